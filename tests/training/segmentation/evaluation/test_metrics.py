"""Measures of one structure, against MONAI and against what a ruler says."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance

from spoils.anatomy import structure
from spoils.training.segmentation.evaluation.metrics import BoundaryDistance, Overlap, score_structure

MASKS = arrays(bool, (9, 7))


def rectangle(rows, columns, shape=(60, 50)):
    mask = np.zeros(shape, bool)
    mask[rows, columns] = True
    return mask


def test_half_overlapping_squares():
    drawn, found = rectangle(slice(0, 4), slice(0, 4), (4, 8)), rectangle(slice(0, 4), slice(2, 6), (4, 8))
    overlap = Overlap.of(drawn, found)
    assert (overlap.dice, overlap.precision, overlap.recall, overlap.accuracy) == (0.5, 0.5, 0.5, 0.5)
    assert overlap.iou == pytest.approx(1 / 3)


@given(MASKS, MASKS)
@settings(max_examples=40, deadline=None)
def test_overlap_keeps_the_laws_of_its_figures(drawn, found):
    overlap, turned = Overlap.of(drawn, found), Overlap.of(found, drawn)
    assert overlap.both + overlap.found_only + overlap.drawn_only + overlap.neither == drawn.size
    assert overlap.dice == pytest.approx(2 * overlap.iou / (1 + overlap.iou))
    assert (overlap.precision, overlap.recall) == (turned.recall, turned.precision)
    assert overlap.accuracy == pytest.approx(float((drawn == found).mean()))


def test_nothing_drawn_or_found_has_no_share_and_no_distance():
    nothing, something = np.zeros((4, 4), bool), np.ones((4, 4), bool)
    assert Overlap.of(something, nothing).precision is None
    assert Overlap.of(nothing, something).recall is None
    assert Overlap.of(nothing, nothing).dice == 1.0
    assert BoundaryDistance.of(something, nothing, (1.0, 1.0)) is None


def test_a_shift_is_measured_in_millimetres_of_its_axis():
    drawn = rectangle(slice(10, 50), slice(10, 40))
    down = BoundaryDistance.of(drawn, np.roll(drawn, 4, axis=0), (0.5, 2.0))
    across = BoundaryDistance.of(drawn, np.roll(drawn, 4, axis=1), (0.5, 2.0))
    assert down.hausdorff95_mm == pytest.approx(2.0)
    assert across.hausdorff95_mm == pytest.approx(8.0)
    assert 0 < down.assd_mm < down.hausdorff95_mm


@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")
def test_distances_are_those_of_monai():
    rng = np.random.default_rng(0)
    drawn, found = (rng.random((2, 40, 30)) > 0.6).astype(bool)
    spacing = (0.7, 1.3)
    batch = [torch.from_numpy(mask)[None, None] for mask in (found, drawn)]
    ours = BoundaryDistance.of(drawn, found, spacing)
    mean = compute_average_surface_distance(*batch, include_background=True, symmetric=True, spacing=spacing)
    farthest = compute_hausdorff_distance(*batch, include_background=True, percentile=95, spacing=spacing)
    assert ours.assd_mm == pytest.approx(mean.item(), abs=1e-5)
    assert ours.hausdorff95_mm == pytest.approx(farthest.item(), abs=1e-5)


def body(name, *painted):
    """Score a drawn body of 100 pixels of which ``painted`` are ``(pixels, found name)``."""
    drawn, found = np.full((10, 10), structure(name).label, np.uint8), np.zeros(100, np.uint8)
    start = 0
    for pixels, other in painted:
        found[start : start + pixels] = structure(other).label
        start += pixels
    return score_structure(name, drawn, found.reshape(10, 10), (1.0, 1.0))


@pytest.mark.parametrize(
    ("painted", "named", "right"),
    [
        ([(100, "L3")], "L3", True),
        ([(60, "L3"), (40, "L4")], "L3", True),
        ([(40, "L3"), (60, "L4")], "L4", False),
        ([(50, "L3"), (50, "L4")], None, False),
        ([(20, "L3")], "L3", True),
        ([(100, "L3-L4")], None, False),
        ([], None, False),
    ],
)
def test_a_level_is_right_when_most_of_its_kind_says_so(painted, named, right):
    score = body("L3", *painted)
    assert (score.named, score.named_right) == (named, right)


@pytest.mark.parametrize(("second", "split"), [(0, False), (10, False), (11, True), (50, True)])
def test_a_body_is_split_when_a_second_name_holds_more_than_a_tenth(second, split):
    score = body("L3", (100 - second, "L3"), (second, "L4"))
    assert score.second_share == second / 100
    assert score.split is split


def test_a_body_with_another_name_is_misnamed_not_split():
    score = body("L3", (95, "L4"))
    assert not score.split
    assert score.missing


def test_a_canal_has_no_level():
    drawn = np.full((4, 4), structure("canal").label, np.uint8)
    score = score_structure("canal", drawn, drawn, (1.0, 1.0))
    assert score.named_right is None
    assert not score.split
    assert score.figures["dice"] == 1.0
