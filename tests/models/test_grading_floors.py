"""The packaged graders against what the project asks of them, on SPIDER's patients left out."""

import pytest

from spoils.anatomy import GRADE_CLASSES
from spoils.models import installed_models

FLOORS = {
    "pfirrmann_kappa": 0.82,
    "pfirrmann_exact": 0.65,
    "pfirrmann_within_one": 0.96,
    "pfirrmann_macro_recall": 0.62,
    "severity_kappa": 0.50,
    "class_accuracy": 0.52,
}
LARGEST_CALIBRATION_ERROR = 0.06
COVERAGE = (0.87, 0.93)


@pytest.fixture(scope="module", params=["grader-image", "grader-geometry"])
def metrics(request):
    return {record.name: record for record in installed_models()}[request.param].metrics


@pytest.mark.parametrize("name", FLOORS)
def test_the_shipped_graders_reach_what_is_asked(metrics, name):
    assert metrics["ensemble"][name]["value"] >= FLOORS[name]


def test_their_probabilities_and_sets_keep_their_promise(metrics):
    assert metrics["ensemble"]["expected_calibration_error"]["value"] <= LARGEST_CALIBRATION_ERROR
    assert COVERAGE[0] <= metrics["ensemble"]["set_coverage"]["value"] <= COVERAGE[1]


def test_their_figures_by_class_and_part_are_of_the_same_answers(metrics):
    confusion, figures = metrics["confusion"], metrics["ensemble"]
    discs = sum(map(sum, confusion))
    right = sum(row[index] for index, row in enumerate(confusion))
    assert right / discs == pytest.approx(figures["class_accuracy"]["value"])
    for name, row in zip(GRADE_CLASSES, confusion, strict=True):
        assert metrics["by_class"][name]["discs"] == sum(row)
    for parts in metrics["by_part"].values():
        assert sum(part["discs"] for part in parts.values()) == discs
    covered = sum(of["discs"] * of["set_coverage"]["value"] for of in metrics["by_class"].values())
    assert covered / discs == pytest.approx(figures["set_coverage"]["value"], abs=1e-5)


def test_a_learned_ensemble_that_wins_would_have_to_ship(metrics):
    assert not metrics["learned"]["wins"]
