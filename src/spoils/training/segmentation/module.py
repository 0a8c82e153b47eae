"""A network with its loss and optimiser, and loading from a checkpoint."""

from __future__ import annotations

from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor

from spoils.errors import InputUnreadable
from spoils.training.networks import SegmentationNetwork, adamw_one_cycle, build_network
from spoils.training.segmentation.loss import SegmentationLoss
from spoils.training.segmentation.plan import SegmentationPlan

__all__ = ["CHECKPOINT_NAME", "PLAN_NAME", "SegmentationModule", "load_network", "steps_done"]

CHECKPOINT_NAME = "last.ckpt"
PLAN_NAME = "plan.json"


class SegmentationModule(lightning.LightningModule):
    """Network, loss and optimiser of one fit."""

    def __init__(self, plan: SegmentationPlan) -> None:
        super().__init__()
        self.plan = plan
        self.network = build_network(plan.network)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing from torch's stubs
        self.loss = SegmentationLoss()

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return the loss of one batch of patches."""
        image, labels, unlabelled = batch
        scores = self.network(image.to(memory_format=torch.channels_last))
        loss: Tensor = self.loss(scores, labels, unlabelled)
        self.log("loss", loss, on_step=False, on_epoch=True, sync_dist=True)
        return loss

    def configure_callbacks(self) -> list[Callback]:
        """Return the averaging of the weights. Each process creates its own, because it can't be pickled."""
        return [EMAWeightAveraging(decay=self.plan.averaging)]

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return the optimiser and its schedule."""
        return adamw_one_cycle(self.parameters(), self.plan, self.plan.steps)


def steps_done(checkpoint: Path) -> int:
    """Return the number of optimiser steps of a checkpoint; zero if it does not exist yet."""
    if not checkpoint.is_file():
        return 0
    return int(torch.load(checkpoint, map_location="cpu", weights_only=True)["global_step"])


def load_network(out: Path) -> SegmentationNetwork:
    """Return the averaged network of the fit in ``out``, ready for evaluation.

    Raises:
        InputUnreadable: the folder holds no such fit.
    """
    plan = SegmentationPlan.read(out / PLAN_NAME)
    checkpoint = out / CHECKPOINT_NAME
    if not checkpoint.is_file():
        raise InputUnreadable(f"{out.name} holds no checkpoint yet.")
    module = SegmentationModule(plan)
    module.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"])
    module.eval()
    return module.network
