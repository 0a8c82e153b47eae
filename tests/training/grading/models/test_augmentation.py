"""Augmentation of disc images."""

import torch

from spoils.training.grading.models.augmentation import DiscAugmentation, augmented

STILL = DiscAugmentation(0, 0, 0, 0, 0, 0, 0, 0)


def discs():
    images = torch.zeros(6, 2, 48, 80)
    images[:, 0] = 0.5
    images[:, 1, 16:32, 16:64] = 1
    return images


def test_augmentation_without_amplitude_only_mirrors():
    images = discs()
    images[:, 0, :24] = 0.9
    varied = augmented(images, STILL, torch.Generator().manual_seed(0))
    upside_down = [bool(disc[0, 0, 0] < 0.6) for disc in varied]
    assert 0 < sum(upside_down) < len(images)
    expected = torch.stack([disc.flip(1) if turned else disc for disc, turned in zip(images, upside_down, strict=True)])
    torch.testing.assert_close(varied[:, 0], expected[:, 0], atol=1e-3, rtol=0)
    # Blurring its edge rounds the corners of a rectangle, and nothing else.
    assert (varied[:, 1] != expected[:, 1]).sum(dim=(1, 2)).max() <= 12


def test_augmentation_varies_signal_and_contour_but_keeps_the_mask_a_mask():
    varied = augmented(discs(), DiscAugmentation(), torch.Generator().manual_seed(0))
    assert varied.shape == discs().shape
    assert set(varied[:, 1].unique().tolist()) == {0.0, 1.0}
    assert (varied[:, 1] != discs()[:, 1]).any()
    again = augmented(discs(), DiscAugmentation(), torch.Generator().manual_seed(0))
    torch.testing.assert_close(varied, again)
