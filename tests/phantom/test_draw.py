from dataclasses import replace

import numpy as np
import pytest

from spoils.anatomy import CANAL, DISCS, STRUCTURES, structure
from spoils.phantom import PhantomSpec, draw_phantom, draw_slice, random_spec

SMALL = PhantomSpec(rows=280, columns=240, spacing_mm=0.9, n_slices=7, slice_spacing_mm=5.0)


@pytest.fixture(scope="module")
def phantom():
    return draw_phantom(SMALL)


def test_the_same_specification_gives_the_same_slice_and_another_seed_another():
    pixels, labels = draw_slice(SMALL)
    again = draw_slice(SMALL)
    other = draw_slice(replace(SMALL, seed=1))
    np.testing.assert_array_equal(pixels, again[0])
    np.testing.assert_array_equal(labels, again[1])
    assert not np.array_equal(pixels, other[0])
    np.testing.assert_array_equal(labels, other[1])


@pytest.mark.parametrize("seed", range(6))
def test_random_slices_show_all_structures_and_finite_pixels(seed):
    spec = random_spec(np.random.default_rng(seed), rows=280, columns=280)
    pixels, labels = draw_slice(spec)
    assert pixels.dtype == np.float32
    assert pixels.shape == labels.shape == (280, 280)
    assert np.isfinite(pixels).all()
    assert set(np.unique(labels)) == set(range(14))


def test_the_series_holds_the_slice_that_draw_slice_gives(phantom):
    pixels, labels = draw_slice(SMALL)
    np.testing.assert_array_equal(phantom.labels.labels[phantom.mid_slice], labels)
    assert np.corrcoef(phantom.series.pixels[phantom.mid_slice].ravel(), pixels.ravel())[0, 1] > 0.98
    assert phantom.series.grid.matches(phantom.labels.grid)
    assert phantom.series.grid.spacing_mm == pytest.approx((5.0, 0.9, 0.9))


def test_volume_is_what_the_label_map_counts(phantom):
    for level in DISCS:
        counted = phantom.labels.mask(level).sum() * phantom.labels.grid.voxel_volume_mm3
        assert counted == pytest.approx(phantom.truth.discs[level]["volume_mm3"], rel=0.02)


def test_the_sac_is_widest_in_the_mid_slice_and_ends_beside_it(phantom):
    areas = phantom.labels.mask(CANAL).sum(axis=(1, 2))
    assert areas.argmax() == phantom.mid_slice
    assert areas[0] == areas[-1] == 0


def test_a_shifted_patient_has_the_mid_slice_elsewhere():
    spec = replace(SMALL, shift_left_mm=10.0, n_slices=7)
    found = draw_phantom(replace(spec, rows=220, columns=180, spacing_mm=1.0))
    assert found.mid_slice == 5
    assert found.labels.mask(CANAL).sum(axis=(1, 2)).argmax() == 5


def test_a_brighter_grade_looks_brighter_and_noise_adds_spread():
    grades = [draw_slice(replace(SMALL, grades=(g,) * 6, noise_sd=0.0, bias_strength=0.0)) for g in (1, 3, 5)]
    means = [pixels[labels == structure("L3-L4").label].mean() for pixels, labels in grades]
    assert means[0] > 1.4 * means[1] > 1.4 * means[2]
    clean, noisy = (draw_slice(replace(SMALL, noise_sd=sd))[0] for sd in (0.0, 0.05))
    assert np.std(noisy - clean) == pytest.approx(50.0, rel=0.2)


def test_csf_is_bright_and_bone_darker(phantom):
    picture = phantom.series.pixels[phantom.mid_slice]
    labels = phantom.labels.labels[phantom.mid_slice]
    sac = np.median(picture[labels == structure(CANAL).label])
    bodies = np.isin(labels, [s.label for s in STRUCTURES if s.kind == "body"])
    assert sac > 1.5 * np.median(picture[bodies])


def test_rotation_and_shift_move_the_labels():
    labels = draw_slice(replace(SMALL, rotation_deg=0.0))[1]
    moved = draw_slice(replace(SMALL, shift_posterior_mm=9.0, shift_inferior_mm=-9.0))[1]
    np.testing.assert_array_equal(moved[:-10, 10:], labels[10:, :-10])
    turned = draw_slice(replace(SMALL, rotation_deg=10.0))[1]
    assert not np.array_equal(turned, labels)
    disc = structure("L2-L3").label
    assert (turned == disc).sum() == pytest.approx((labels == disc).sum(), rel=0.05)
