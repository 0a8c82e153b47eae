"""What can be counted in two ways is named in both, and a recognised sacrum needs no image below it."""

import numpy as np
import pytest

from spoils.anatomy import DISCS
from spoils.images import SagittalSeries
from spoils.phantom import PhantomSpec, draw_phantom
from spoils.segmentation import SegmentationModels, load_limits, name_slice, segment
from spoils.segmentation.counting import Countings
from spoils.segmentation.quality import is_certain_of_sacrum
from spoils.spatial import Grid


@pytest.fixture(scope="module")
def models():
    return SegmentationModels.load()


@pytest.fixture(scope="module")
def transitional():
    return draw_phantom(PhantomSpec(n_slices=1, spacing_mm=0.8, lumbarised_s1=True))


def test_both_counts_of_a_lumbarised_s1_are_named_and_nothing_is_graded(models, transitional):
    seen = segment(transitional.series, models, mid_slice=0)
    assert "level-count-uncertain" in {note.code for note in seen.notes}
    assert set(seen.ungradable) == set(DISCS)
    plausible = [way for way in seen.countings if way.probability >= load_limits().plausible_counting]
    assert len(plausible) > 1
    assert sum(way.probability for way in seen.countings) == pytest.approx(1.0, abs=0.02)


def test_one_of_the_two_is_the_truth_and_the_hint_of_each_settles_the_count(models, transitional):
    ways = segment(transitional.series, models, mid_slice=0).countings[:2]
    l5_s1 = 6 + len(DISCS)
    assert [transitional.labels.labels[0][way.place] == l5_s1 for way in ways].count(True) == 1
    for way in ways:
        chosen = segment(transitional.series, models, mid_slice=0, hint=way.hint)
        assert chosen.countings == ()
        assert chosen.labels.labels[0][way.place] == l5_s1
        assert chosen.ungradable == {}


def test_a_phantom_cut_off_below_s1_is_counted(models):
    """2 mm below its lowest pixel: S1 is complete, and recognised by itself."""
    whole = draw_phantom(PhantomSpec(n_slices=1, spacing_mm=0.8))
    sacrum = whole.labels.mask("S1")[0]
    rows = int(np.flatnonzero(sacrum.any(axis=1))[-1]) + 3
    grid = Grid.from_axes((1, rows, sacrum.shape[1]), whole.series.grid.spacing_mm)
    seen = segment(SagittalSeries(whole.series.pixels[:, :rows], grid), models, mid_slice=0)
    assert (seen.labels.mask("S1")[0] & sacrum[:rows]).sum() > 0.8 * sacrum.sum()


def test_an_ordinary_phantom_is_counted_in_one_way(models):
    seen = segment(draw_phantom(PhantomSpec(n_slices=1, spacing_mm=0.8)).series, models, mid_slice=0)
    assert (seen.countings[0].lowest_disc, seen.countings[0].is_used) == ("L5-S1", True)
    assert seen.countings[0].probability > 0.9
    assert seen.ungradable == {}


def test_a_sacrum_is_recognised_by_its_class_and_by_agreement(phantom_labels, as_seen):
    limits = load_limits()
    clear, faint = (name_slice(as_seen(phantom_labels, certainty=one), 0.64)[0] for one in (0.9, 0.7))
    agreed, split = Countings({0: 0.95, 1: 0.05}), Countings({0: 0.75, 1: 0.25})
    assert is_certain_of_sacrum(clear, agreed, limits)
    assert not is_certain_of_sacrum(faint, agreed, limits)
    assert not is_certain_of_sacrum(clear, split, limits)
    assert not is_certain_of_sacrum(clear, None, limits)
