"""Fitting the table of normal values: what is known of the cohort must come out of it."""

import json

import numpy as np
import pytest

from spoils.anatomy import BODIES, DISCS
from spoils.discs import DISC_COLUMNS, DISC_ROWS
from spoils.errors import UsageError
from spoils.findings import Measurement, NotMeasured
from spoils.grading import CHANNELS, FEATURES
from spoils.reference_values import ReferenceValues, load_reference_values
from spoils.training.data.acquisitions import ScannerRecord
from spoils.training.data.gradings import DiscLabel, Findings
from spoils.training.disc_table import MEASUREMENTS, DiscRow, DiscTable, SeenDisc
from spoils.training.disc_table.measurements import unit_of
from spoils.training.reference_values.table import reference_of, reference_text

BODY_DEPTH_MM = 35.0
HEIGHTS_MM = np.linspace(8.0, 12.0, 41)
IMAGE = np.zeros((len(CHANNELS), DISC_ROWS, DISC_COLUMNS), dtype=np.float32)
SIGHT = np.zeros(len(FEATURES), dtype=np.float32)


def measured(height_mm, factor):
    """Everything of one disc, of a patient whose picture is ``factor`` times too large."""
    values = dict.fromkeys(MEASUREMENTS, height_mm)
    wedge_mm = (height_mm - 10.0) / 10.0
    for name in MEASUREMENTS:
        if name.endswith(("width_superior_mm", "width_inferior_mm")):
            values[name] = (BODY_DEPTH_MM + wedge_mm) * factor
        elif name.endswith("er_width_mid_mm"):
            values[name] = (BODY_DEPTH_MM - 2 * wedge_mm) * factor
    values |= {
        "height_mean_mm": height_mm * factor,
        "area_mm2": 30.0 * height_mm * factor**2,
        "height_index": height_mm / 25,
    }
    found = {
        name: Measurement(value=value, unit=unit_of(name), method="slice 0")
        for name, value in values.items()
        if name != "volume_mm3"
    }
    return {"volume_mm3": NotMeasured(not_measured="one slice has no volume"), **found}


def row(patient, level, height_mm, factor, flags=()):
    sex, grade = "F" if patient % 4 else "M", 2 if patient % 2 else 4
    label = DiscLabel(str(patient), level, grade, "L", Findings(*[False] * 6))
    seen = SeenDisc(measured(height_mm, factor), flags=flags)
    return DiscRow(label, SIGHT, IMAGE, ScannerRecord(sex=sex), seen)


def cohort(factors):
    rows = [
        row(patient, level, height_mm, factor)
        for patient, (height_mm, factor) in enumerate(zip(HEIGHTS_MM, factors, strict=True))
        for level in DISCS[3:5]
    ]
    return DiscTable(tuple(rows), ())


@pytest.fixture(scope="module")
def reference():
    return reference_of(cohort(np.ones(len(HEIGHTS_MM))), {"spoils": "0"})


def test_the_cohort_comes_out_as_it_went_in(reference):
    heights = reference.levels[DISCS[3]]["height_mean_mm"].cohort["both"]
    assert heights.n == len(HEIGHTS_MM)
    assert heights.mean == pytest.approx(10.0)
    assert heights.quantiles[4] == pytest.approx(10.0)
    assert heights.quantiles[1] == pytest.approx(8.2)
    assert (reference.patients["both"], reference.body_depth_mm) == (41, BODY_DEPTH_MM)


def test_only_women_are_enough_for_a_group_of_their_own(reference):
    heights = reference.levels[DISCS[3]]["height_mean_mm"]
    assert set(heights.cohort) == {"both", "F"}
    assert set(heights.healthy) == {"both", "F"}
    assert heights.healthy["both"].n == 20


def test_the_size_of_the_picture_does_not_count(reference):
    factors = np.random.default_rng(0).uniform(0.8, 1.2, len(HEIGHTS_MM))
    scaled = reference_of(cohort(factors), {"spoils": "0"})
    for name in ("height_mean_mm", "area_mm2"):
        one, other = (found.levels[DISCS[3]][name].cohort["both"].mean for found in (reference, scaled))
        ratio = reference.body_depth_mm / scaled.body_depth_mm
        assert one == pytest.approx(other * ratio ** (1 if name == "height_mean_mm" else 2), rel=1e-3)


def test_bodies_and_discs_hold_their_own_measurements_and_no_signal(reference):
    assert set(reference.levels) == {*DISCS[3:5], *BODIES[2:5]}
    assert {"signal_mean", "signal_difference", "volume_mm3"}.isdisjoint(reference.levels[DISCS[3]])
    assert "ap_diameter_mm" in reference.levels[DISCS[3]]


def test_doubtful_discs_are_left_out(reference):
    table = cohort(np.ones(len(HEIGHTS_MM)))
    issues = DiscTable((*table.rows, row(99, DISCS[3], 50.0, 1.0, ("low-confidence",))), ())
    assert reference_of(issues, {"spoils": "0"}) == reference


def test_a_few_patients_are_no_reference():
    table = cohort(np.ones(len(HEIGHTS_MM)))
    with pytest.raises(UsageError, match="at least 20 patients"):
        reference_of(DiscTable(table.rows[:38], ()), {})


def test_the_text_is_the_table(reference):
    text = reference_text(reference)
    assert ReferenceValues.model_validate_json(text) == reference
    assert json.loads(text)["made_from"] == {"spoils": "0"}
    assert max(map(len, text.splitlines())) < 250
    assert reference_text(load_reference_values()).count("\n") > 500
