"""Augmented patches from a mixture of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from spoils.segmentation import PIXEL_MM, normalised
from spoils.training.segmentation.augmentation import Augmentation, augment_signal, cut_field_of_view, sample_patch
from spoils.training.segmentation.samples import Sample

__all__ = ["Mixture", "PatchDataset"]


@dataclass(frozen=True)
class Mixture:
    """Groups of samples and the share of patches drawn from each. Empty groups are skipped."""

    groups: Sequence[Sequence[Sample]]
    shares: Sequence[float]

    def draw(self, rng: np.random.Generator) -> Sample:
        """Return a sample: first the group by share, then any of the group."""
        filled = [(group, share) for group, share in zip(self.groups, self.shares, strict=True) if len(group)]
        shares = np.array([share for _, share in filled])
        group = filled[int(rng.choice(len(filled), p=shares / shares.sum()))][0]
        return group[int(rng.integers(len(group)))]


class PatchDataset(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Augmented patches. Item ``i`` depends on ``(*seed, i)`` alone, so a resumed fit sees the same patches.

    An item is (image float32 (1, rows, columns), labels uint8 (rows, columns), unlabelled bool (14,)).
    """

    def __init__(
        self,
        mixture: Mixture,
        *,
        length: int,
        shape: tuple[int, int],
        seed: tuple[int, ...],
        augmentation: Augmentation | None = None,
    ) -> None:
        self.mixture = mixture
        self.length = length
        self.shape = shape
        self.seed = seed
        self.augmentation = augmentation or Augmentation()

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        rng = np.random.default_rng((*self.seed, index))
        sample = self.mixture.draw(rng)
        patch, labels, inside = sample_patch(
            sample.image,
            sample.labels,
            centre=self._centre(sample, rng),
            shape=self.shape,
            pixel_mm=PIXEL_MM,
            augmentation=self.augmentation,
            rng=rng,
        )
        labels, inside = cut_field_of_view(labels, inside, self.augmentation, rng)
        # As at run time, the scale is computed inside the image only, and it is padded with its darkest value.
        shown = normalised(augment_signal(patch, self.augmentation, rng)[inside])
        image = np.full(patch.shape, shown.min(), dtype=np.float32)
        image[inside] = shown
        return torch.from_numpy(image[None]), torch.from_numpy(labels), torch.from_numpy(sample.unlabelled)

    def _centre(self, sample: Sample, rng: np.random.Generator) -> tuple[float, float]:
        """Choose a centre that keeps the sacrum in view, because levels can't be named without it."""
        row, column = sample.lowest
        rows, columns = self.shape
        return row - rows * rng.uniform(0.15, 0.42), column + columns * rng.uniform(-0.18, 0.18)
