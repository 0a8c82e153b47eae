"""Scores of the segmentation network."""

import numpy as np
import pytest

from spoils.anatomy import BODIES, structure
from spoils.training.segmentation_scores import ImageScore, _named_right, bootstrap_interval, dice, summarise


def test_dice_of_half_overlapping_squares():
    truth, found = np.zeros((4, 8), bool), np.zeros((4, 8), bool)
    truth[:, :4], found[:, 2:6] = True, True
    assert dice(truth, found) == pytest.approx(0.5)
    assert dice(truth, ~truth) == 0.0
    assert dice(np.zeros(3, bool), np.zeros(3, bool)) == 1.0


@pytest.mark.parametrize(("found", "right"), [("L3", True), ("L4", False), ("L3-L4", False)])
def test_a_level_is_right_when_most_of_its_kind_says_so(found, right):
    truth = np.ones((4, 4), bool)
    assert _named_right(truth, np.full((4, 4), structure(found).label, np.uint8), "L3") is right


def score(patient, value, right):
    return ImageScore(patient, patient, "x", dict.fromkeys(BODIES, value), {"L1": right, "L2": True}, 0.9)


def test_the_summary_averages_images():
    table = summarise([score("a", 0.8, right=True), score("b", 0.6, right=False)])
    assert table["dice"]["bodies"]["mean"] == pytest.approx(0.7)
    assert "canal" not in table["dice"]
    assert table["images_named_right"] == 0.5
    assert table["levels_named_right"] == 0.75


def test_the_bootstrap_interval_narrows_with_patients_and_holds_the_mean():
    rng = np.random.default_rng(0)
    few, many = rng.normal(0.9, 0.05, 10), rng.normal(0.9, 0.05, 1000)
    low, high = bootstrap_interval(few)
    assert low < few.mean() < high
    narrow = bootstrap_interval(many)
    assert narrow[1] - narrow[0] < (high - low) / 3
