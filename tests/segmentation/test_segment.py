"""How far a segmentation goes to the side of the middle slice, and where a structure ends."""

import importlib
from types import SimpleNamespace

import numpy as np
import pytest

from spoils.anatomy import CANAL, structure
from spoils.images import SagittalSeries
from spoils.phantom import PhantomSpec, draw_slice
from spoils.segmentation import SegmentationModels, load_limits, segment
from spoils.segmentation.predict import Prediction
from spoils.segmentation.preprocess import normalised
from spoils.spatial import Grid

READER = importlib.import_module("spoils.segmentation.reader")
SLICES, MIDDLE, SLICE_MM = 21, 10, 4.0
BODY = "L3"


@pytest.fixture
def segmented(monkeypatch, as_seen):
    """Segment equal slices, on each of which the network sees the labels of a phantom, or others by slice index."""
    pixels, labels = draw_slice(PhantomSpec(spacing_mm=0.8, noise_sd=0.0))
    series = np.repeat(pixels[None], SLICES, axis=0)
    background = float(pixels[0, 0])
    # A corner pixel tells the slices apart. In other looks at the middle slice its signal is another.
    series[:, 0, 0] = background + 1e-4 * np.arange(1, SLICES + 1)
    grid = Grid.from_axes(series.shape, (SLICE_MM, 0.8, 0.8))
    network = SimpleNamespace(record=SimpleNamespace(sha256="", extra={}))

    def run(others=None):
        def predict(slices, spacing_mm, model):
            indices = [round((float(one[0, 0]) - background) / 1e-4) - 1 for one in slices]
            found = [(others or {}).get(i, labels) for i in indices]
            return Prediction(np.stack([as_seen(one) for one in found]), np.zeros((len(slices), 1), np.float32))

        monkeypatch.setattr(READER, "predict", predict)
        return segment(SagittalSeries(series, grid), SegmentationModels(network), mid_slice=MIDDLE).labels

    return SimpleNamespace(run=run, labels=labels)


def slices_with(found, name):
    return np.flatnonzero(found.mask(name).any(axis=(1, 2))).tolist()


def grown(labels, share):
    """Return labels whose L3 covers about ``share`` times as much, towards the front."""
    mask = labels == structure(BODY).label
    larger, wanted = mask.copy(), share * mask.sum()
    while larger.sum() < wanted:
        larger[:, :-1] |= larger[:, 1:] & (labels[:, :-1] == 0)
    return np.where(larger, structure(BODY).label, labels)


def test_a_body_ends_30_mm_and_the_canal_13_mm_from_the_middle(segmented):
    found = segmented.run()
    assert slices_with(found, BODY) == list(range(MIDDLE - 7, MIDDLE + 8))
    assert slices_with(found, "L3-L4") == list(range(MIDDLE - 7, MIDDLE + 8))
    assert slices_with(found, CANAL) == list(range(MIDDLE - 3, MIDDLE + 4))


def test_a_body_that_grows_to_the_side_ends_there(segmented):
    """16 mm from the middle a body may not be a fifth larger than 4 mm nearer to it; what lies nearer may grow."""
    larger = grown(segmented.labels, 1.35)
    found = segmented.run({i: larger for i in range(SLICES) if i >= MIDDLE + 4 or i <= MIDDLE - 3})
    assert slices_with(found, BODY) == list(range(MIDDLE - 7, MIDDLE + 4))
    assert slices_with(found, "L3-L4") == list(range(MIDDLE - 7, MIDDLE + 8))


def test_a_body_that_grows_by_less_goes_on(segmented):
    larger = grown(segmented.labels, 1.08)
    found = segmented.run({i: larger for i in range(SLICES) if i >= MIDDLE + 4})
    assert slices_with(found, BODY) == list(range(MIDDLE - 7, MIDDLE + 8))


def test_every_limit_has_a_unit_a_meaning_and_a_source():
    limits = load_limits()
    assert limits.max_growth == 1.2
    assert (limits.body_reach_mm, limits.canal_reach_mm, limits.narrowing_mm) == (30.0, 13.0, 15.0)
    for low, high in (limits.typical_body_mm2, limits.body_area_mm2, limits.disc_area_mm2, limits.disc_place):
        assert low < high


@pytest.mark.parametrize("value", [0.0, 7.0, 1e-30])
def test_a_constant_slice_is_single_precision_for_the_network(value):
    constant = normalised(np.full((20, 16), value, dtype=np.float32))
    assert constant.dtype == np.float32
    assert not constant.any()


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_signal_of_any_size_is_normalised_alike(scale):
    ramp = np.arange(1.0, 321.0, dtype=np.float32).reshape(20, 16)
    np.testing.assert_allclose(normalised(ramp * np.float32(scale)), normalised(ramp), atol=1e-4)
