"""Measurements as document, CSV and table."""

import csv
import io

import pytest

from spoils.cli.measurement_table import CSV_COLUMNS, csv_text, findings_document, table_lines
from spoils.findings import CanalFinding, DiscFinding, Measurement, NotMeasured, VertebraFinding


@pytest.fixture
def structures():
    reason = NotMeasured(not_measured="There is no image, only labels.")
    return {
        "discs": {
            "L4-L5": {"volume_mm3": Measurement(value=12345.6, unit="mm3", method="sum over 9 slices")},
            "L5-S1": {"volume_mm3": Measurement(value=987.65, unit="mm3", method="sum"), "signal_mean": reason},
        },
        "vertebrae": {"L5": {"width_mid_mm": Measurement(value=34.25, unit="mm", method="mid-slice")}},
        "canal": {"L5-S1": {"ap_diameter_mm": reason}},
        "alignment": {},
    }


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_document_is_valid_by_the_result_model(structures):
    document = findings_document(structures)
    discs = [DiscFinding.model_validate(disc) for disc in document["discs"]]
    assert [disc.label for disc in discs] == [None, None]
    assert {flag.code for disc in discs for flag in disc.flags} == {"not-graded"}
    assert VertebraFinding.model_validate(document["vertebrae"][0]).level == "L5"
    assert CanalFinding.model_validate(document["canal"][0]).level == "L5-S1"


def test_csv_has_a_line_for_each_measurement(structures):
    rows = rows_of(csv_text({None: structures}))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert len(rows) == 5
    assert rows[0] == {
        "kind": "discs",
        "level": "L4-L5",
        "measurement": "volume_mm3",
        "value": "12345.6",
        "unit": "mm3",
        "method": "sum over 9 slices",
        "not_measured": "",
    }
    assert rows[2]["not_measured"] == "There is no image, only labels."
    assert rows[2]["value"] == ""


def test_csv_of_slices_names_the_slice(structures):
    rows = rows_of(csv_text({3: structures, 4: structures}))
    assert [row["slice"] for row in rows] == ["3"] * 5 + ["4"] * 5


def test_the_table_has_a_column_for_each_level(structures):
    lines = [line.split() for line in table_lines(structures)]
    assert ["discs", "L4-L5", "L5-S1"] in lines
    assert ["volume_mm3", "12346", "987.6"] in lines
    assert ["signal_mean", "-", "-"] in lines
    assert ["width_mid_mm", "34.25"] in lines


def test_an_empty_kind_has_no_table(structures):
    assert "canal" not in " ".join(table_lines({**structures, "canal": {}}))
