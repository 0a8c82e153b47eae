"""The values of the data set: acquisitions, findings, measurements, the table and its file."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoils.anatomy import BODIES, DISCS
from spoils.discs import DISC_COLUMNS, DISC_ROWS, SignalReference
from spoils.errors import InputUnreadable, UsageError
from spoils.findings import BODY_MEASUREMENTS, DISC_MEASUREMENTS, Measurement, NotMeasured
from spoils.geometry import SpineMeasurements
from spoils.grading import CHANNELS, FEATURES, FINDINGS
from spoils.images import Note
from spoils.messages import message, verbatim
from spoils.training.data.acquisitions import ScannerRecord, read_acquisitions
from spoils.training.data.gradings import DiscLabel, Findings, count_graded_discs, read_disc_labels
from spoils.training.disc_table import (
    MEASUREMENTS,
    DiscRow,
    DiscTable,
    LeftOut,
    Reading,
    SeenDisc,
    read_table,
    write_table,
)
from spoils.training.disc_table.measurements import measurements_at, unit_of
from spoils.training.disc_table.table import IMAGE_SHAPE

TAKEN = ScannerRecord("F", "Maker Medical", "Big", 1.5, 90.0, 3500.0, 0.7, 7, 7)
NUMBER = st.floats(0.01, 1e4)


def whole_spine():
    """Every measurement of every level, each with another value, but no canal and no L5."""
    value = iter(range(1, 1000))

    def measured(names):
        return {name: Measurement(value=next(value), unit=unit_of(name), method="slice 0") for name in names}

    discs = {level: measured(DISC_MEASUREMENTS) for level in DISCS}
    bodies = {body: measured(BODY_MEASUREMENTS) for body in BODIES if body != BODIES[4]}
    return SpineMeasurements(discs=discs, vertebrae=bodies, canal={})


def as_text(measured):
    """Drop the wording of methods and reasons: a table holds them as English text."""
    return {name: one.model_copy(update={"wording": None}) for name, one in measured.items()}


def row(level, findings=None, **parts):
    findings = findings or Findings(narrowing=1, lower_endplate=1)
    features = np.arange(len(FEATURES), dtype=np.float32)
    features[3] = np.nan
    image = np.linspace(0, 1.5, len(CHANNELS) * DISC_ROWS * DISC_COLUMNS, dtype=np.float16).astype(np.float32)
    parts = {"acquisition": TAKEN, **parts}
    return DiscRow(
        DiscLabel("p", level, 4, "M", findings), features, image.reshape(-1, DISC_ROWS, DISC_COLUMNS), **parts
    )


@pytest.fixture
def table():
    spine = whole_spine()
    seen = [
        SeenDisc(as_text(measurements_at(level, spine)), 0.5, SignalReference.CSF_ELSEWHERE, ("low-confidence",))
        for level in DISCS
    ]
    rows = (
        *(row(level, seen=of) for level, of in zip(DISCS, seen, strict=True)),
        row(DISCS[0], acquisition=ScannerRecord()),
    )
    left_out = (LeftOut("q", None, "Refused."), LeftOut("p", DISCS[0], "not found"))
    return DiscTable(
        tuple(rows), left_out, (Reading("p", 7, DISCS, (Note("lumbar-count", verbatim("Six are possible.")),)),)
    )


def test_a_disc_has_the_measurements_of_its_neighbours_and_the_reason_of_what_is_missing():
    spine = whole_spine()
    found = measurements_at(DISCS[-2], spine)
    assert tuple(found) == MEASUREMENTS
    assert found["height_index"] == spine.discs[DISCS[-2]]["height_index"]
    assert found["upper_width_mid_mm"] == spine.vertebrae[BODIES[3]]["width_mid_mm"]
    assert found["lower_width_mid_mm"] == NotMeasured.because(message("not-found"))
    assert found["canal_ap_diameter_mm"] == NotMeasured.because(message("not-found"))


def test_the_body_above_the_highest_disc_is_not_measured():
    above = measurements_at(DISCS[0], whole_spine())["upper_width_mid_mm"]
    assert isinstance(above, NotMeasured)
    assert "no label" in above.not_measured


def test_a_table_survives_its_file_with_everything(table, tmp_path):
    write_table(table, tmp_path / "discs.parquet", "key", {"network": "abc"})
    read = read_table(tmp_path / "discs.parquet", "key")
    assert (read.left_out, read.readings) == (table.left_out, table.readings)
    for there, here in zip(read.rows, table.rows, strict=True):
        assert (there.label, there.acquisition, there.seen) == (here.label, here.acquisition, here.seen)
        np.testing.assert_array_equal(there.features, here.features)
        np.testing.assert_array_equal(there.image, here.image)


def test_the_file_says_units_by_name_and_why_a_value_is_null(table, tmp_path):
    write_table(table, tmp_path / "discs.parquet", "key", {"network": "abc"})
    stored = pyarrow.parquet.read_table(tmp_path / "discs.parquet")
    first = stored.slice(0, 1).to_pylist()[0]
    assert first["upper_width_mid_mm"] is None
    assert "no label" in dict(first["not_measured"])["upper_width_mid_mm"]
    assert first["height_mean_mm"] == 1
    assert dict(first["method"])["height_mean_mm"] == "slice 0"
    assert first["feature_" + FEATURES[3]] is None
    assert stored.schema.metadata[b"made_from"] == b'{"network": "abc"}'


def test_a_table_of_another_version_is_not_read(table, tmp_path):
    path = tmp_path / "discs.parquet"
    write_table(table, path, "key")
    stored = pyarrow.parquet.read_table(path)
    pyarrow.parquet.write_table(stored.replace_schema_metadata({**stored.schema.metadata, b"format": b"0"}), path)
    assert read_table(path, "key") is None


def test_a_table_that_was_half_written_is_made_anew(table, tmp_path, caplog):
    path = tmp_path / "discs.parquet"
    write_table(table, path, "key")
    whole = path.read_bytes()
    # Without its end, and with nothing right but its end.
    for damaged in (whole[: len(whole) // 2], b"", bytes(len(whole) // 4) + whole[len(whole) // 4 :]):
        caplog.clear()
        path.write_bytes(damaged)
        assert read_table(path, "key") is None
        assert "discs.parquet is damaged" in caplog.text


def test_a_table_is_written_whole_or_not_at_all(table, tmp_path, monkeypatch):
    path = tmp_path / "discs.parquet"
    write_table(table, path, "key")
    before = path.read_bytes()

    def fail(columns, draft):
        draft.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(pyarrow.parquet, "write_table", fail)
    with pytest.raises(UsageError):
        write_table(table, path, "other")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_table_tells_findings_sex_scanner_and_field_of_each_disc(table):
    assert table.findings.shape == (len(DISCS) + 1, len(FINDINGS))
    assert dict(zip(FINDINGS, table.findings[0].tolist(), strict=True)) == {
        **dict.fromkeys(FINDINGS, False),
        "narrowing": True,
        "endplate": True,
    }
    assert (table.sex[0], table.scanner[0], table.field_t[0]) == ("F", "Maker Big", 1.5)
    assert (table.sex[-1], table.scanner[-1]) == ("", "")
    assert math.isnan(table.field_t[-1])
    assert table.discs.levels.tolist() == [0, 1, 2, 3, 4, 5, 0]


@pytest.mark.parametrize("wrong", [{"features": np.zeros(2, np.float32)}, {"image": np.zeros((2, 3, 3), np.float32)}])
def test_a_disc_of_another_shape_is_refused(wrong):
    with pytest.raises(UsageError):
        replace(row(DISCS[0]), **wrong)


def test_some_of_the_measurements_are_refused():
    some = {MEASUREMENTS[0]: NotMeasured(not_measured="too small")}
    with pytest.raises(UsageError):
        SeenDisc(measured=some)
    with pytest.raises(UsageError):
        SeenDisc(image_pixel_mm=0.0)


@pytest.mark.parametrize("wrong", [{"modic": 4}, {"bulging": 2}, {"herniation": -1}])
def test_a_finding_out_of_range_is_refused(wrong):
    with pytest.raises(InputUnreadable):
        Findings(**wrong)


@given(st.builds(Findings, st.integers(0, 3), *(st.integers(0, 1) for _ in range(6))))
def test_findings_are_present_where_the_reader_saw_them(findings):
    present = dict(zip(FINDINGS, findings.present, strict=True))
    assert present["endplate"] == (findings.upper_endplate + findings.lower_endplate > 0)
    for name in set(FINDINGS) - {"endplate"}:
        assert present[name] == (getattr(findings, name) > 0)


@given(st.sampled_from(("F", "M", "")), NUMBER, st.integers(1, 30))
def test_an_acquisition_is_what_its_row_says(sex, field_t, discs):
    taken = ScannerRecord.of_row({"sex": sex, "field_t": str(field_t), "discs": str(discs), "te_ms": ""})
    assert taken == ScannerRecord(sex=sex, field_t=field_t, annotated_discs=discs)


@pytest.mark.parametrize(
    "wrong", [{"sex": "X"}, {"field_t": "-1"}, {"field_t": "nan"}, {"spacing_mm": "wide"}, {"discs": "0"}]
)
def test_an_acquisition_that_can_not_be_is_refused(wrong):
    with pytest.raises(InputUnreadable):
        ScannerRecord.of_row(wrong)


def test_acquisitions_need_a_table_with_patients(tmp_path):
    for content in (None, b"sex\nF\n", b"patient\n\xff\n"):
        path = tmp_path / "acquisitions.csv"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputUnreadable):
            read_acquisitions(path)


def test_acquisitions_that_excel_wrote_and_short_rows_are_read(tmp_path):
    path = tmp_path / "acquisitions.csv"
    path.write_text("patient,sex,manufacturer,model\np,F\n", encoding="utf-8-sig")
    assert ScannerRecord.of_row(read_acquisitions(path)["p"]) == ScannerRecord(sex="F")


def test_gradings_keep_findings_and_count_discs_above_the_lumbar_spine(tmp_path):
    path = tmp_path / "gradings.csv"
    names = "modic,upper_endplate,lower_endplate,spondylolisthesis,herniation,narrowing,bulging"
    rows = "".join(f"p,{number},2,0,1,0,0,0,{int(number == 1)},3\n" for number in range(1, 9))
    path.write_text(f"patient,ivd_label,{names},pfirrmann\n{rows}")
    lowest = read_disc_labels(path)["p"][DISCS[-1]]
    assert lowest.findings == Findings(modic=2, lower_endplate=1, bulging=1)
    assert count_graded_discs(path) == {"p": 8}


def test_the_documentation_names_every_column(table, tmp_path):
    write_table(table, tmp_path / "discs.parquet", "key")
    columns = pyarrow.parquet.read_schema(tmp_path / "discs.parquet").names
    page = (Path(__file__).parents[3] / "docs" / "dataset.md").read_text(encoding="utf-8")
    single = [name for name in columns if name not in MEASUREMENTS and not name.startswith("feature_")]
    assert [name for name in single if f"`{name}`" not in page] == []
    assert f"shape {' x '.join(map(str, IMAGE_SHAPE))}" in page
