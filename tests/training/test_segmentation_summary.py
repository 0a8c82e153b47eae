"""Averages over images, and intervals over patients."""

import numpy as np
import pytest

from spoils.anatomy import BODIES, structure
from spoils.training.segmentation_metrics import Overlap, score_structure
from spoils.training.segmentation_scores import ImageScore
from spoils.training.segmentation_summary import class_figures, estimate, summarise


def column(levels=BODIES, kept=1.0, second=None):
    """Score one image of stacked bodies of 20 pixels; ``kept`` is the share of each that is found."""
    drawn = np.repeat([structure(name).label for name in levels], 20).astype(np.uint8).reshape(-1, 5)
    found = drawn.copy()
    for name in levels:
        body = np.flatnonzero(drawn == structure(name).label)
        found.flat[body[round(kept * len(body)) :]] = 0 if second is None else structure(second).label
    return {name: score_structure(name, drawn, found, (1.0, 1.0)) for name in levels}


def score(patient, structures, image=None, accuracy=None):
    background = None if accuracy is None else Overlap(8, 2, 0, 10)
    return ImageScore(
        image or patient, patient, "x", structures, background, accuracy, found=np.zeros((1, 1), np.uint8)
    )


def test_the_summary_averages_images():
    table = summarise([score("a", column(), accuracy=0.9), score("b", column(kept=0.6))])
    dice = 2 * 0.6 / 1.6
    assert table["dice"]["bodies"]["mean"] == pytest.approx((1 + dice) / 2)
    assert table["dice"]["bodies"]["images"] == table["images"] == table["patients"] == 2
    assert "canal" not in table["dice"]
    assert (table["images_named_right"], table["levels_named_right"]) == (1.0, 1.0)
    assert table["pixel_accuracy"] == 0.9
    assert table["pixel_accuracy_interval"] == [0.9, 0.9]
    assert table["missing"] == table["split"] == []


def test_what_is_missing_counts_as_dice_zero_but_has_no_part_in_distances():
    table = summarise([score("a", column()), score("b", column(kept=0.0))])
    assert table["dice"]["S1"]["mean"] == 0.5
    assert table["assd_mm"]["S1"] == {"mean": 0.0, "low": 0.0, "high": 0.0, "images": 1, "missing": 1}
    assert table["hausdorff95_mm"]["bodies"]["missing"] == len(BODIES)
    assert table["missing"] == [f"b {name}" for name in BODIES]
    assert table["images_named_right"] == 0.5
    assert summarise([score("b", column(kept=0.0))])["assd_mm"] == {}


def test_split_bodies_are_named():
    table = summarise([score("a", column(("L2",), kept=0.8, second="L3"))])
    assert table["split"] == ["a L2"]
    assert table["levels_named_right"] == 1.0


def test_classes_have_every_figure_and_background_stands_apart():
    table = class_figures([score("a", column(), accuracy=0.9), score("b", column(("L1",), kept=0.0))])
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
