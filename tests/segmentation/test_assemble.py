"""Back to the image's own grid: linear weights and label slices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoils.anatomy import structure
from spoils.segmentation import name_slice
from spoils.segmentation.assemble import FineSlice, linear_weights, named_like
from spoils.segmentation.preprocess import normalised, padded, resampled


@given(st.integers(1, 60), st.integers(1, 60))
def test_linear_weights_keep_a_constant(n_out, n_in):
    weights = linear_weights(n_out, n_in)
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert (weights >= 0).all()


@given(st.integers(2, 60), st.integers(2, 60))
def test_linear_weights_keep_a_ramp_over_the_same_extent(n_out, n_in):
    ramp = (np.arange(n_in) + 0.5) / n_in
    expected = np.clip((np.arange(n_out) + 0.5) / n_out, ramp[0], ramp[-1])
    assert np.allclose(linear_weights(n_out, n_in) @ ramp, expected, atol=1e-5)


@pytest.mark.parametrize("factor", [1, 2])
def test_labels_come_back_on_the_image_grid(phantom_labels, as_seen, factor):
    seen = as_seen(phantom_labels)
    _, parts = name_slice(seen, 0.64)
    shape = tuple(factor * n for n in phantom_labels.shape)
    expected = phantom_labels.repeat(factor, axis=0).repeat(factor, axis=1)
    fine = FineSlice.of(seen, parts, shape)
    found = fine.labels
    assert found.dtype == np.uint8
    inside = expected > 0
    assert (found[inside] == expected[inside]).mean() > 0.97
    assert (found[~inside] == 0).mean() > 0.995


def test_coverage_agrees_with_labels_and_is_finer(phantom_labels, as_seen):
    seen = as_seen(phantom_labels)
    _, parts = name_slice(seen, 0.64)
    fine = FineSlice.of(seen, parts, tuple(2 * n for n in phantom_labels.shape))
    assert set(fine.coverage) == set(parts)
    for name, share in fine.coverage.items():
        label = structure(name).label
        assert ((share > 0.5) == (fine.labels == label)).mean() > 0.998
        assert np.unique(share).size > 3


def test_a_lateral_slice_takes_its_names_from_the_slice_beside_it(phantom_labels, as_seen):
    _, parts = name_slice(as_seen(phantom_labels), 0.64)
    nameless = list(parts.values())
    assert set(named_like(nameless, parts)) == set(parts)
    assert named_like(nameless, {}) == {}


def test_resampling_keeps_the_field_of_view_and_a_constant():
    pixels = np.full((912, 768), 7.0)
    small = resampled(pixels, (0.3509, 0.3509))
    assert small.shape == (400, 337)
    assert np.allclose(small, 7.0)


def test_normalising_ignores_scale_offset_and_a_hot_pixel():
    rng = np.random.default_rng(0)
    pixels = rng.random((64, 64)).astype(np.float32)
    hot = pixels * 300 + 20
    hot[0, 0] = 1e6
    assert np.allclose(normalised(hot).ravel()[1:], normalised(pixels).ravel()[1:], atol=0.05)
    assert normalised(hot).max() < 3
    assert not normalised(np.ones((8, 8), np.float32)).any()


def test_padding_adds_air_at_the_end():
    image = padded(np.arange(1, 18 * 20 + 1, dtype=np.float32).reshape(18, 20))
    assert image.shape == (32, 32)
    assert image[31, 31] == 1.0


def test_a_hole_inside_a_body_is_closed(phantom_labels, as_seen):
    seen = as_seen(phantom_labels)
    row, column = np.argwhere(phantom_labels == structure("L4").label).mean(axis=0).astype(int)
    hole = (slice(row - 2, row + 3), slice(column - 2, column + 3))
    seen[:, *hole] = as_seen(np.zeros(phantom_labels.shape, dtype=np.uint8))[:, *hole]
    _, parts = name_slice(seen, 0.64)
    fine = FineSlice.of(seen, parts, phantom_labels.shape)
    assert (fine.labels[hole] == structure("L4").label).all()
    assert fine.coverage["L4"][hole].min() > 0.5
