"""Fitting of networks with AdamW, a one-cycle learning rate and mixed precision, and reports of progress."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.utils.data import DataLoader

from spoils.training.progress import Progress, no_progress

__all__ = ["OptimiserSettings", "ReportSteps", "adamw_one_cycle", "run_epochs"]

_FINAL_DIVISOR = 1e3
_MAX_GRADIENT_NORM = 5.0


class OptimiserSettings(Protocol):
    """The part of a plan that sets the optimiser."""

    @property
    def learning_rate(self) -> float:
        """Highest learning rate."""

    @property
    def weight_decay(self) -> float:
        """Weight decay of AdamW."""

    @property
    def warm_up(self) -> float:
        """Share of the steps in which the rate rises."""


def adamw_one_cycle(
    parameters: Iterable[torch.nn.Parameter], settings: OptimiserSettings, steps: int
) -> OptimizerLRScheduler:
    """Return AdamW with a one-cycle schedule over ``steps`` optimiser steps, in the form that Lightning expects."""
    optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        settings.learning_rate,
        total_steps=steps,
        pct_start=settings.warm_up,
        final_div_factor=_FINAL_DIVISOR,
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class ReportSteps(Callback):
    """Report progress after every batch: the epoch, and the mean loss of the last whole epoch once there is one."""

    def __init__(self, progress: Progress, steps: int) -> None:
        self.progress = progress
        self.steps = steps

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Tensor | Mapping[str, Any] | None,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Report the step that has just ended."""
        if trainer.is_global_zero:
            self._report(trainer)

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Report the loss of the epoch."""
        if trainer.is_global_zero:
            self._report(trainer)

    def _report(self, trainer: lightning.Trainer) -> None:
        loss = trainer.callback_metrics.get("loss")
        known = "" if loss is None else f", loss {float(loss):.3f}"
        step = trainer.global_step
        self.progress(f"epoch {trainer.current_epoch + 1}, step {step} of {self.steps}{known}", step / self.steps)


def run_epochs(
    module: lightning.LightningModule,
    batches: DataLoader[tuple[Tensor, ...]],
    epochs: int,
    *,
    averaging: float | None = None,
    progress: Progress = no_progress,
) -> None:
    """Fit ``module`` in place on the CPU.

    Args:
        module: network, loss and optimiser.
        batches: of one epoch.
        epochs: number of passes over the batches.
        averaging: decay of the moving average that replaces the weights; None keeps the weights of the last step.
        progress: called after every batch.
    """
    callbacks: list[Callback] = [ReportSteps(progress, epochs * len(batches))]
    if averaging is not None:
        callbacks.append(EMAWeightAveraging(decay=averaging))
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        precision="bf16-mixed",
        callbacks=callbacks,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        gradient_clip_val=_MAX_GRADIENT_NORM,
    )
    trainer.fit(module, batches)
