"""Patches: image and labels move together, nothing depends on anything but the generator."""

from dataclasses import replace

import numpy as np
import pytest

from spoils.anatomy import structure
from spoils.training.segmentation.augmentation import (
    HARD,
    Augmentation,
    augment_signal,
    cut_field_of_view,
    sample_patch,
)

STILL = Augmentation(rotation_deg=0, log_scale=0, log_anisotropy=0, warp_mm=0)


@pytest.fixture
def picture():
    labels = np.zeros((96, 80), dtype=np.uint8)
    labels[30:50, 20:60] = 5
    return (labels * 10 + 1).astype(np.float32), labels


def patch_of(picture, augmentation, seed=0, shape=(96, 96), centre=(47.5, 39.5)):
    image, labels = picture
    rng = np.random.default_rng(seed)
    return sample_patch(image, labels, centre=centre, shape=shape, pixel_mm=0.8, augmentation=augmentation, rng=rng)


def test_without_distortion_the_patch_is_the_picture_in_air(picture):
    image, labels, inside = patch_of(picture, STILL)
    assert np.array_equal(inside[0], np.r_[[False] * 8, [True] * 80, [False] * 8])
    assert np.array_equal(labels[:, 8:88], picture[1])
    assert np.allclose(image[:, 8:88], picture[0], atol=1e-3)
    assert not labels[:, :8].any()
    assert np.allclose(image[:, :7], 1.0, atol=1e-3)


def test_finer_labels_cover_the_same_field(picture):
    image, labels = picture
    fine = labels.repeat(2, axis=0).repeat(2, axis=1)
    rng = np.random.default_rng(0)
    _, found, _ = sample_patch(
        image, fine, centre=(47.5, 39.5), shape=(96, 80), pixel_mm=0.8, augmentation=STILL, rng=rng
    )
    assert (found == labels).mean() > 0.99


@pytest.mark.parametrize("seed", range(5))
def test_image_and_labels_are_distorted_alike(picture, seed):
    image, labels, _ = patch_of(picture, Augmentation(), seed)
    inside, outside = image[labels == 5], image[labels == 0]
    assert np.median(inside) > 45
    assert np.median(outside) < 10


def test_the_generator_decides(picture):
    first, again, other = (patch_of(picture, Augmentation(), seed)[0] for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_signal_stays_finite_and_ordered(picture):
    image, labels, _ = patch_of(picture, STILL)
    for seed in range(20):
        seen = augment_signal(image, Augmentation(), np.random.default_rng(seed))
        assert seen.dtype == np.float32
        assert np.isfinite(seen).all()
        assert seen[labels == 5].mean() > seen[labels == 0].mean()


def test_a_tight_field_of_view_hides_and_unlabels_but_keeps_the_lower_end():
    labels, inside = np.ones((40, 30), dtype=np.uint8), np.ones((40, 30), dtype=bool)
    cut = [cut_field_of_view(labels, inside, Augmentation(), np.random.default_rng(seed)) for seed in range(40)]
    assert all(np.array_equal(kept, seen > 0) for seen, kept in cut)
    assert all(kept[-1].sum() >= 15 for _, kept in cut)
    assert sum(not kept[0].any() for _, kept in cut) > 5
    untouched = Augmentation(field_of_view=0)
    assert all(cut_field_of_view(labels, inside, untouched, np.random.default_rng(s))[1].all() for s in range(9))


UNCHANGED = Augmentation(
    noise=0, bias=0, log_gamma=0, blur_px=0, low_resolution=1, saturation=0, ghost=0, field_of_view=0
)


def ramp():
    return np.tile(np.linspace(0, 1, 96, dtype=np.float32), (96, 1))


def changed(seed, **parts):
    return augment_signal(ramp(), replace(UNCHANGED, **parts), np.random.default_rng(seed))


def test_what_is_switched_off_draws_no_random_number():
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    augment_signal(ramp(), Augmentation(), one)
    augment_signal(ramp(), replace(Augmentation(), fold=1.0), other)
    assert one.random() == other.random()


def test_an_export_to_8_bits_cuts_both_ends_and_keeps_few_values():
    for seed in range(10):
        seen = changed(seed, eight_bits=1.0)
        assert seen.min() == 0.0
        assert seen.max() == 1.0
        assert len(np.unique(seen)) <= 2**8
        assert (np.diff(seen[0]) >= 0).all()
    assert min(len(np.unique(changed(seed, eight_bits=1.0))) for seed in range(10)) < 96


def test_jpeg_keeps_the_picture_but_not_its_values():
    seen = changed(0, jpeg=1.0)
    assert 0 < np.abs(seen - ramp() / ramp().max()).mean() < 0.05


def test_a_curve_rises_unless_it_folds():
    for seed in range(20):
        assert (np.diff(changed(seed, remap=1.0)[0]) >= -1e-6).all()
        assert (np.diff(changed(seed, remap=1.0, fold=1.0)[0]) < 0).any()


def test_the_signal_fades_towards_the_front():
    flat = np.ones((96, 96), dtype=np.float32)
    flat[0, 0] = 0
    for seed in range(10):
        seen = augment_signal(flat, replace(UNCHANGED, falloff=1.0), np.random.default_rng(seed))
        assert (np.diff(seen[48]) >= -1e-6).all()


def test_the_hardest_signal_stays_finite(picture):
    image, _, _ = patch_of(picture, STILL)
    for seed in range(60):
        seen = augment_signal(image, HARD, np.random.default_rng(seed))
        assert seen.dtype == np.float32
        assert seen.shape == image.shape
        assert np.isfinite(seen).all()


@pytest.mark.parametrize("lowest", ["S1", "L5-S1"])
def test_the_lower_end_is_cut_below_most_of_the_sacrum(lowest):
    labels = np.zeros((200, 30), dtype=np.uint8)
    labels[60:90], labels[95:100] = structure("L5").label, structure("L5-S1").label
    if lowest == "S1":
        labels[105:135] = structure("S1").label
    inside = np.ones(labels.shape, dtype=bool)
    plan = replace(UNCHANGED, lower_end=1.0)
    cuts = [cut_field_of_view(labels, inside, plan, np.random.default_rng(seed)) for seed in range(40)]
    ends = [int(np.flatnonzero(kept[:, 0])[-1]) + 1 for _, kept in cuts]
    least, most = (126, 156) if lowest == "S1" else (114, 144)
    assert min(ends) >= least
    assert max(ends) <= most
    assert max(ends) - min(ends) > 10
    assert all(not seen[~kept].any() for seen, kept in cuts)


def test_without_a_sacrum_the_lower_end_stays():
    labels = np.full((40, 30), structure("L2").label, dtype=np.uint8)
    plan = replace(UNCHANGED, lower_end=1.0)
    _, kept = cut_field_of_view(labels, labels > 0, plan, np.random.default_rng(0))
    assert kept.all()
