"""The packaged figures: errors of measurement and what matters to patients."""

import json
from math import sqrt
from pathlib import Path

import pytest
from pydantic import ValidationError

from spoils.followup import (
    BODY_WIDTH,
    FOLLOW_UP_SCHEMA_VERSION,
    Change,
    FollowUp,
    Importance,
    MeasuredError,
    MeasuredErrors,
    Repeats,
    compare,
    load_errors,
    load_importance,
)
from spoils.models import installed_models

from .builders import assessment

PAGE = Path(__file__).parents[2] / "docs" / "follow-up.md"
PUBLISHED_SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / f"follow-up-{FOLLOW_UP_SCHEMA_VERSION}.json"
REPEATS = Repeats(pairs=20, patients=10, sd_of_differences=0.7, within_95=1.4, sem=0.5)


def test_the_schema_is_the_published_one():
    """A change is a new schema version."""
    assert json.loads(PUBLISHED_SCHEMA.read_text(encoding="utf-8")) == FollowUp.model_json_schema()


def test_a_comparison_survives_its_json():
    follow_up = compare([assessment(1), assessment(2)])
    assert FollowUp.model_validate_json(follow_up.model_dump_json()) == follow_up


def test_every_measurement_that_is_followed_has_an_error():
    assert set(load_errors().measurements) == {*load_importance().measurements, BODY_WIDTH}


@pytest.mark.parametrize("name", load_errors().measurements)
def test_errors_are_those_of_the_larger_basis_and_cover_the_differences(name):
    error = load_errors().measurements[name]
    assert error.sem == max(one.sem for one in error.repeats.values())
    for one in error.repeats.values():
        assert 1.96 * sqrt(2) * one.sem == pytest.approx(one.within_95, rel=0.01)


def test_the_detectable_change_is_absolute_or_a_share():
    absolute = MeasuredError(sem=0.5, relative=False, basis="a", repeats={"a": REPEATS})
    relative = MeasuredError(sem=0.5, relative=True, basis="a", repeats={"a": REPEATS})
    assert absolute.detectable(8, 12) == absolute.detectable(80, 120) == pytest.approx(1.96 * sqrt(2) * 0.5)
    assert relative.detectable(8, 12) == pytest.approx(10 * 1.96 * sqrt(2) * 0.5)


def test_errors_name_their_basis():
    with pytest.raises(ValidationError, match="that of its basis"):
        MeasuredError(sem=0.4, relative=False, basis="a", repeats={"a": REPEATS})
    error = MeasuredError(sem=0.5, relative=False, basis="a", repeats={"a": REPEATS})
    with pytest.raises(ValidationError, match="every basis is described"):
        MeasuredErrors(version="1", bases={}, limits="none", measurements={"height_index": error})


def test_rules_cite_listed_sources_only():
    content = load_importance().model_dump(mode="json")
    with pytest.raises(ValidationError, match="every source is listed"):
        Importance.model_validate(content | {"sources": {}})
    spare = {"spare": {"citation": "nobody", "basis": "published"}}
    with pytest.raises(ValidationError, match="every listed source cited"):
        Importance.model_validate(content | {"sources": content["sources"] | spare})


def test_an_item_is_judged_by_its_change():
    fields = {"name": "odi", "unit": "percent", "values": [1, 2], "reason": "x"}
    with pytest.raises(ValidationError, match="what is comparable has a change"):
        Change(**fields, change=None, least=None, verdict="worse")
    with pytest.raises(ValidationError, match="what is comparable has a change"):
        Change(**fields, change=1, least=1, verdict="not-comparable")


def test_every_item_has_a_value_for_each_assessment():
    content = compare([assessment(1), assessment(2)]).model_dump(mode="json")
    content["scores"][0]["values"].append(1.0)
    with pytest.raises(ValidationError, match="one value for each assessment"):
        FollowUp.model_validate(content)


def test_the_error_of_grades_is_that_of_the_packaged_graders():
    graders = {record.name: record for record in installed_models()}
    measured = graders["grader-image"].metrics["ensemble"]
    grades = load_importance().grades
    assert grades["pfirrmann"].exact == round(measured["pfirrmann_exact"]["value"], 3)
    assert grades["pfirrmann"].within_one == round(measured["pfirrmann_within_one"]["value"], 3)
    assert grades["severity"].exact == round(measured["severity_exact"]["value"], 3)


def test_the_page_gives_the_same_figures():
    page, grades = " ".join(PAGE.read_text(encoding="utf-8").split()), load_importance().grades
    pfirrmann = grades["pfirrmann"]
    exact, within_one = (f"{100 * share:.0f} %" for share in (pfirrmann.exact, pfirrmann.within_one))
    assert f"exactly for {exact} of discs and within one grade for {within_one}" in page
    assert f"for severity they agree exactly for {100 * grades['severity'].exact:.0f} %" in page
    assert f"{load_importance().scores['odi'].least:.0f} of 100 for the ODI" in page
    assert f"{load_importance().scores['nrs'].least:.0f} of 10 for the NRS" in page
