"""Pretraining of a trunk without grades: it reconstructs image blocks that were masked out."""

from __future__ import annotations

import lightning
import numpy as np
import numpy.typing as npt
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from spoils.errors import UsageError
from spoils.training.grading.models.augmentation import augmented
from spoils.training.grading.models.image.plan import ImagePlan, Pretraining
from spoils.training.networks import adamw_one_cycle, run_epochs
from spoils.training.progress import Progress, no_progress

__all__ = ["pretrain"]


def masked_blocks(discs: Tensor, how: Pretraining, generator: torch.Generator) -> Tensor:
    """Return a mask of random blocks, one if masked and zero otherwise, (batch, 1, row, column)."""
    count, _, rows, columns = discs.shape
    drawn = torch.rand(count, 1, -(-rows // how.block), -(-columns // how.block), generator=generator) < how.hidden
    whole = functional.interpolate(drawn.float(), scale_factor=how.block, mode="nearest")
    return whole[:, :, :rows, :columns]


class ReconstructionModule(lightning.LightningModule):
    """A trunk with a temporary layer that reconstructs the signal from its map, fitted over ``steps`` batches."""

    def __init__(self, trunk: nn.Module, head: nn.Module, plan: ImagePlan, *, steps: int, seed: int) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head
        self.plan, self.steps = plan, steps
        self.how = plan.pretraining or Pretraining()
        self.generator = torch.Generator().manual_seed(seed)

    def training_step(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Return the mean squared error of the masked signal of discs (batch, channel, row, column)."""
        discs = augmented(batch[0], self.plan.augmentation, self.generator)
        hidden = masked_blocks(discs, self.how, self.generator)
        reconstructed = self.head(self.trunk(discs * (1 - hidden))).float()
        loss: Tensor = (hidden * (reconstructed - discs[:, :1]) ** 2).sum() / hidden.sum().clamp_min(1)
        return loss

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return AdamW with a one-cycle schedule."""
        return adamw_one_cycle(self.parameters(), self.plan, self.steps)


def _reconstruction_head(trunk: nn.Module, discs: Tensor) -> nn.Module:
    """Return a layer from the trunk's map to the signal of ``discs`` (batch, channel, row, column)."""
    with torch.inference_mode():
        features = trunk.eval()(discs)
    trunk.train()
    scale = discs.shape[2] // features.shape[2]
    return nn.Sequential(nn.Conv2d(features.shape[1], scale**2, 1), nn.PixelShuffle(scale))


def pretrain(
    trunk: nn.Module, images: npt.NDArray[np.float32], plan: ImagePlan, *, seed: int, progress: Progress = no_progress
) -> None:
    """Pretrain ``trunk`` in place on images (discs, channel, row, column).

    Images of patients on whom the grader will be scored must not be among them.

    Raises:
        UsageError: the plan has no pretraining, or there are fewer discs than a batch holds.
    """
    if plan.pretraining is None or len(images) < plan.batch:
        raise UsageError(f"Pretraining needs a plan with pretraining and at least {plan.batch} discs.")
    discs = TensorDataset(torch.from_numpy(images))
    shuffle = torch.Generator().manual_seed(seed)
    batches = DataLoader(discs, plan.batch, shuffle=True, drop_last=True, generator=shuffle)
    head = _reconstruction_head(trunk, discs[:2][0])
    steps = plan.pretraining.epochs * len(batches)
    module = ReconstructionModule(trunk, head, plan, steps=steps, seed=seed)
    run_epochs(module, batches, plan.pretraining.epochs, progress=progress)
