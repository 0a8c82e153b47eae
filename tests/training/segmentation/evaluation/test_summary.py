"""Averages over images, and intervals over patients."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from spoils.anatomy import BODIES, structure
from spoils.training.segmentation.evaluation.metrics import score_structure
from spoils.training.segmentation.evaluation.summary import calibration_error, class_figures, estimate, summarise

from .scoring import image_score, stacked_bodies


def test_the_summary_averages_images():
    table = summarise([image_score("a", stacked_bodies(), accuracy=0.9), image_score("b", stacked_bodies(kept=0.6))])
    dice = 2 * 0.6 / 1.6
    assert table["dice"]["bodies"]["mean"] == pytest.approx((1 + dice) / 2)
    assert table["dice"]["bodies"]["images"] == table["images"] == table["patients"] == 2
    assert "canal" not in table["dice"]
    assert (table["images_named_right"], table["levels_named_right"]) == (1.0, 1.0)
    assert table["pixel_accuracy"] == 0.9
    assert table["pixel_accuracy_interval"] == [0.9, 0.9]
    assert table["missing"] == table["split"] == table["refused"] == []


def test_what_is_missing_counts_as_dice_zero_but_has_no_part_in_distances():
    table = summarise([image_score("a", stacked_bodies()), image_score("b", stacked_bodies(kept=0.0))])
    assert table["dice"]["S1"]["mean"] == 0.5
    assert table["assd_mm"]["S1"] == {"mean": 0.0, "low": 0.0, "high": 0.0, "images": 1, "missing": 1}
    assert table["dice"]["S1"]["missing"] == 1
    assert table["hausdorff95_mm"]["bodies"]["missing"] == len(BODIES)
    assert table["missing"] == [f"b {name}" for name in BODIES]
    assert table["images_named_right"] == 0.5
    assert summarise([image_score("b", stacked_bodies(kept=0.0))])["assd_mm"] == {}


def test_split_bodies_are_named():
    table = summarise([image_score("a", stacked_bodies(("L2",), kept=0.8, second="L3"))])
    assert table["split"] == ["a L2"]
    assert table["levels_named_right"] == 1.0


def test_classes_have_every_figure_and_background_stands_apart():
    table = class_figures(
        [image_score("a", stacked_bodies(), accuracy=0.9), image_score("b", stacked_bodies(("L1",), kept=0.0))]
    )
    assert table["L1"]["dice"]["mean"] == 0.5
    assert table["L1"]["missing"] == 1
    assert table["L1"]["precision"]["images"] == 1
    assert table["L2"]["dice"]["images"] == 1
    assert table["mean"]["dice"]["mean"] == pytest.approx((0.5 + len(BODIES) - 1) / len(BODIES))
    assert table["mean"]["missing"] == 1
    assert table["background"]["precision"]["mean"] == 0.8
    assert "assd_mm" not in table["background"]
    assert table["canal"] == {"missing": 0}


def test_intervals_hold_the_mean_and_narrow_with_patients():
    rng = np.random.default_rng(0)
    few, many = rng.normal(0.9, 0.05, 10), rng.normal(0.9, 0.05, 1000)
    wide, narrow = (estimate(values, [str(i) for i in range(len(values))]) for values in (few, many))
    assert wide.low < wide.mean < wide.high
    assert wide.mean == pytest.approx(few.mean())
    assert narrow.high - narrow.low < (wide.high - wide.low) / 3


def test_images_of_one_patient_are_drawn_together():
    values = np.repeat([0.0, 1.0, 0.0, 1.0], 25)
    apart = estimate(values, [str(i) for i in range(100)])
    together = estimate(values, np.repeat(list("abcd"), 25).tolist())
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_a_mean_over_columns_gives_each_column_one_voice():
    values = [[1.0, np.nan], [1.0, np.nan], [1.0, 0.0]]
    assert estimate(values, ["a", "b", "c"]).mean == 0.5


def test_no_value_has_no_estimate():
    assert estimate([np.nan], ["a"]) is None
    assert estimate([], []) is None


def test_flags_are_counted_and_refusals_named():
    scores = [
        replace(image_score("a", stacked_bodies()), flags=("levels-missing", "low-confidence")),
        replace(image_score("b", stacked_bodies()), flags=("levels-missing",)),
        replace(image_score("c", stacked_bodies()), refusal="The sacrum is not in view."),
    ]
    table = summarise(scores)
    assert table["flags"] == {"levels-missing": 2, "low-confidence": 1}
    assert table["refused"] == ["c"]


def test_a_flag_raised_twice_on_an_image_counts_once():
    table = summarise([replace(image_score("a", stacked_bodies()), flags=("levels-gap", "levels-gap"))])
    assert table["flags"] == {"levels-gap": 1}


def test_an_image_without_a_drawn_level_is_neither_right_nor_wrong():
    bare = replace(image_score("b", {}), level_confidence=dict.fromkeys(BODIES, 0.95))
    alone = summarise([bare])
    assert (alone["images_named_right"], alone["levels_named_right"]) == (None, None)
    assert alone["images_named_right_interval"] is None
    assert alone["naming_confidence"]["counts"]["number"] == 0
    assert summarise([image_score("a", stacked_bodies(kept=0.0)), bare])["images_named_right"] == 0.0


def test_patients_of_two_sources_with_one_number_are_two():
    scores = [image_score("3", stacked_bodies()), image_score("3", stacked_bodies(kept=0.6))]
    together = summarise(scores)
    apart = summarise([scores[0], replace(scores[1], source="y")])
    assert (together["patients"], apart["patients"]) == (1, 2)
    assert together["dice"]["all"]["low"] == together["dice"]["all"]["high"]
    assert apart["dice"]["all"]["low"] < apart["dice"]["all"]["high"]


def shifted_bodies():
    """Score bodies of which each is called by the name of the next one above; L1 has no name to carry."""
    above = {structure(name).label: structure(other).label for other, name in pairwise(BODIES)}
    drawn = np.repeat([structure(name).label for name in BODIES[1:]], 20).astype(np.uint8).reshape(-1, 5)
    found = np.vectorize(above.get)(drawn).astype(np.uint8)
    return {name: score_structure(name, drawn, found, (1.0, 1.0)) for name in BODIES[1:]}


def test_sure_but_wrong_names_are_counted_and_named():
    sure, unsure = dict.fromkeys(BODIES, 0.95), dict.fromkeys(BODIES, 0.65)
    scores = [
        replace(image_score("a", stacked_bodies()), level_confidence=sure),
        replace(image_score("b", shifted_bodies()), level_confidence=sure | {"L1": 0.4}),
        replace(image_score("c", stacked_bodies()), level_confidence=unsure),
        replace(image_score("d", shifted_bodies()), refusal="The sacrum is not in view."),
    ]
    found = summarise(scores)["naming_confidence"]
    assert found["sure_but_wrong"] == [f"b {name} as {called}" for called, name in pairwise(BODIES[1:])]
    levels = found["levels"]
    assert (levels["number"], levels["wrong"], levels["sure_but_wrong"]) == (17, 5, 4)
    assert levels["mean_of_right"] == pytest.approx(0.8)
    assert levels["mean_of_wrong"] == pytest.approx((4 * 0.95 + 0.4) / 5)
    assert found["counts"] | {"calibration_error": None} == {
        "number": 3,
        "wrong": 1,
        "sure_but_wrong": 1,
        "mean_of_right": pytest.approx(0.8),
        "mean_of_wrong": 0.95,
        "calibration_error": None,
    }


def test_nothing_told_has_no_confidence():
    found = summarise([image_score("a", stacked_bodies())])["naming_confidence"]
    assert found["levels"]["number"] == found["counts"]["number"] == 0
    assert found["levels"]["mean_of_right"] is None
    assert found["levels"]["calibration_error"] is None


def test_the_calibration_error_is_the_gap_in_each_bin():
    assert calibration_error([0.95] * 4, [True, True, False, False]) == pytest.approx(0.45)
    assert calibration_error([0.25, 0.25, 0.25, 0.25], [True, False, False, False]) == pytest.approx(0)
    assert calibration_error([0.8, 0.4], [False, True]) == pytest.approx((0.8 + 0.6) / 2)
    assert calibration_error([1.0], [True]) == 0
