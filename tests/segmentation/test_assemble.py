"""Back to the image's own grid: linear weights and label slices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.transform import resize

from spoils.anatomy import Kind, structure
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


def test_only_what_was_found_is_refined_and_nothing_around_it_matters(phantom_labels, as_seen):
    tight = phantom_labels[ndimage.find_objects((phantom_labels > 0).astype(int))[0]]
    wide = np.pad(tight, 20)
    fine = []
    for labels in (tight, wide):
        seen = as_seen(labels)
        fine.append(FineSlice.of(seen, name_slice(seen, 0.64)[1], tuple(2 * n for n in labels.shape)))
    assert fine[1].fields[Kind.CANAL].size < 0.8 * fine[1].labels.size
    inner = (slice(40, -40), slice(40, -40))
    assert (fine[0].labels == fine[1].labels[inner]).mean() > 0.999
    assert not np.delete(fine[1].labels, np.s_[38:-38], axis=0).any()
    for name, share in fine[0].coverage.items():
        assert share.shape == fine[0].labels.shape
        assert np.abs(share - fine[1].coverage[name][inner])[4:-4, 4:-4].max() < 1e-5


def test_where_nothing_was_found_all_is_background(phantom_labels, as_seen):
    fine = FineSlice.of(as_seen(np.zeros_like(phantom_labels)), {}, (90, 70))
    assert fine.labels.shape == (90, 70)
    assert not fine.labels.any()
    assert fine.coverage == {}


def test_a_lateral_slice_takes_its_names_from_the_slice_beside_it(phantom_labels, as_seen):
    _, parts = name_slice(as_seen(phantom_labels), 0.64)
    nameless = list(parts.values())
    assert set(named_like(nameless, parts)) == set(parts)
    assert named_like(nameless, {}) == {}


def test_a_piece_that_continues_two_structures_gets_neither_name_and_ends_both(piece):
    """Three slices outward: L3 and L4 grow together on the second and are apart again on the third."""
    apart = {"L2": piece("L2", 10), "L3": piece("L3", 46), "L4": piece("L4", 72)}
    grown_together = piece("L4", 46, size=(50, 34))
    second = named_like([apart["L2"], grown_together], apart)
    assert second == {"L2": apart["L2"]}
    assert named_like(apart.values(), second) == {"L2": apart["L2"]}


def test_resampling_keeps_the_field_of_view_and_a_constant():
    pixels = np.full((912, 768), 7.0)
    small = resampled(pixels, (0.3509, 0.3509))
    assert small.shape == (400, 337)
    assert np.allclose(small, 7.0)


@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.tuples(st.floats(0.1, 2.0), st.floats(0.1, 2.0)),
    st.integers(0, 2**32 - 1),
)
def test_resampling_is_what_scikit_image_does(shape, spacing_mm, seed):
    pixels = np.random.default_rng(seed).random(shape, dtype=np.float32)
    small = resampled(pixels, spacing_mm)
    expected = resize(pixels, small.shape, order=1, mode="edge", anti_aliasing=True)
    assert small.dtype == np.float32
    assert small.flags.c_contiguous
    np.testing.assert_allclose(small, expected, atol=1e-5)


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
