import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError
from typer.testing import CliRunner

from spoils import findings
from spoils.anatomy import BODIES, DISCS
from spoils.cli import app
from spoils.findings import Assessment, CanalFinding, DiscFinding, Measured, Measurement, NotMeasured, VertebraFinding

PUBLISHED_SCHEMA = Path(__file__).parents[1] / "docs" / "schema" / f"assessment-{findings.SCHEMA_VERSION}.json"

GRADED = {
    "level": "L4-L5",
    "label": "4M",
    "label_probabilities": {"4M": 0.7, "4L": 0.3},
    "prediction_set": ["4L", "4M"],
    "pfirrmann": {"grade": 4, "probabilities": {"4": 1.0}},
    "severity": {"grade": "M", "probabilities": {"M": 0.7, "L": 0.3}},
}
FLAG = {"code": "out-of-view", "message": "The disc lies outside the image."}
UNGRADED = {"level": "T12-L1", "flags": [FLAG]}
ADVICE = {
    "pathway": "clinical-review",
    "driving_level": "L4-L5",
    "driving_class": "4M",
    "rationale": ["No score was given."],
    "alternatives": [],
    "policy_version": "1",
}


def assessment(**changes):
    fields = {
        "created": datetime(2026, 1, 2, tzinfo=UTC),
        "provenance": {"spoils": "0.1.0", "models": [], "policy_version": "1"},
        "study": {
            "modality": "MR",
            "series_uid": None,
            "spacing_mm": (4.0, 0.5, 0.5),
            "slices": 15,
            "mid_slice": 7,
            "source": "phantom",
        },
        "quality": {"usable": True, "flags": []},
        "discs": [GRADED],
        "vertebrae": [],
        "canal": [],
        "clinical": {"odi": None, "nrs": None},
        "recommendation": ADVICE,
    }
    return Assessment.model_validate(fields | changes)


def test_an_assessment_survives_its_json():
    before = assessment(discs=[UNGRADED, GRADED])
    assert Assessment.model_validate_json(before.model_dump_json()) == before
    assert before.notice == findings.RESEARCH_USE


def test_the_schema_is_the_published_one():
    """A change is a new schema version; `spoils info --schema` prints the file."""
    printed = CliRunner().invoke(app, ["info", "--schema"]).stdout
    assert printed == PUBLISHED_SCHEMA.read_text(encoding="utf-8")
    assert json.loads(printed)["title"] == "Assessment"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_a_value_that_is_not_finite_is_no_measurement(value):
    with pytest.raises(ValidationError):
        Measurement(value=value, unit="mm", method="mid-slice")


def test_what_could_not_be_measured_has_a_reason():
    with pytest.raises(ValidationError):
        NotMeasured(not_measured="")


def test_a_measured_value_and_a_reason_are_told_apart():
    adapter = TypeAdapter(Measured)
    assert adapter.validate_python({"value": 1.0, "unit": "mm", "method": "mid-slice"}).value == 1.0
    assert adapter.validate_python({"not_measured": "no image was given"}).not_measured == "no image was given"
    with pytest.raises(ValidationError):
        adapter.validate_python({"value": 1.0, "unit": "mm", "method": "mid-slice", "not_measured": "both"})


def test_units_end_the_names_of_measurements():
    names = {*findings.DISC_MEASUREMENTS, *findings.BODY_MEASUREMENTS, *findings.CANAL_MEASUREMENTS}
    without_unit = {name for name in names if not name.endswith(("_mm", "_mm2", "_mm3"))}
    assert without_unit == {"height_index", "signal_mean", "signal_csf_ratio", "signal_difference"}


def test_an_ungraded_disc_says_why():
    assert DiscFinding.model_validate(UNGRADED).label is None
    with pytest.raises(ValidationError, match="needs a flag that says why"):
        DiscFinding(level="T12-L1")


def test_confidence_is_two_probabilities_or_nothing():
    sure = DiscFinding.model_validate(GRADED | {"confidence": {"outline": 0.9, "level": 1.0}})
    assert sure.confidence.level == 1.0
    assert DiscFinding.model_validate(GRADED).confidence is None
    with pytest.raises(ValidationError):
        VertebraFinding(level=BODIES[0], measurements={}, confidence={"outline": 1.1, "level": 1.0})


@pytest.mark.parametrize("part", ["label", "pfirrmann", "severity"])
def test_a_disc_is_graded_whole_or_not_at_all(part):
    with pytest.raises(ValidationError, match="come together or not at all"):
        DiscFinding.model_validate(GRADED | {part: None, "flags": [FLAG]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": "2H"},
        {"label_probabilities": {"6L": 1.0}},
        {"label_probabilities": {"4M": 1.1}},
        {"prediction_set": ["M"]},
        {"pfirrmann": {"grade": 0, "probabilities": {}}},
        {"severity": {"grade": "X", "probabilities": {}}},
        {"flags": [{"code": "Not A Code", "message": "x"}]},
        {"remark": "x"},
    ],
)
def test_a_wrong_disc_is_refused(wrong):
    with pytest.raises(ValidationError):
        DiscFinding.model_validate(GRADED | wrong)


def test_levels_belong_to_their_kind():
    for disc in DISCS:
        assert CanalFinding(level=disc, measurements={}).level == disc
        with pytest.raises(ValidationError, match="not a vertebral body"):
            VertebraFinding(level=disc, measurements={})
    for body in BODIES:
        assert VertebraFinding(level=body, measurements={}).level == body
        with pytest.raises(ValidationError, match="not a disc level"):
            CanalFinding(level=body, measurements={})
        with pytest.raises(ValidationError, match="not a disc level"):
            DiscFinding.model_validate(GRADED | {"level": body})


def test_an_unusable_input_gets_no_grade_and_no_advice():
    unusable = {"usable": False, "flags": [FLAG]}
    nothing = assessment(quality=unusable, discs=[UNGRADED], recommendation=None)
    assert nothing.recommendation is None
    for changes in ({"discs": [GRADED], "recommendation": None}, {"discs": [UNGRADED]}):
        with pytest.raises(ValidationError, match="neither graded nor given a pathway"):
            assessment(quality=unusable, **changes)


def test_an_assessment_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        assessment().created = datetime(2026, 1, 3, tzinfo=UTC)
