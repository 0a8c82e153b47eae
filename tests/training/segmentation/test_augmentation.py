"""Patches: image and labels move together, nothing depends on anything but the generator."""

import numpy as np
import pytest

from spoils.training.segmentation.augmentation import Augmentation, augment_signal, cut_field_of_view, sample_patch

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
