"""How every module of the image graders is run: on the processor, quietly, in mixed precision."""

from __future__ import annotations

import lightning
from lightning.pytorch.callbacks import EMAWeightAveraging
from torch import Tensor
from torch.utils.data import DataLoader

__all__ = ["run_epochs"]

_CLIP = 5.0
"""Largest norm of a gradient."""


def run_epochs(
    module: lightning.LightningModule,
    batches: DataLoader[tuple[Tensor, ...]],
    epochs: int,
    *,
    averaging: float | None = None,
) -> None:
    """Fit ``module`` in place; its weights become their moving average with decay ``averaging``, if that is given."""
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        precision="bf16-mixed",
        callbacks=[] if averaging is None else [EMAWeightAveraging(decay=averaging)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        gradient_clip_val=_CLIP,
    )
    trainer.fit(module, batches)
