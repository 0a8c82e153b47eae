"""How every network is optimised: AdamW whose learning rate rises once and falls to nearly nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler

__all__ = ["Pace", "adamw_one_cycle"]

_FINAL_DIVISOR = 1e3


class Pace(Protocol):
    """The part of a plan that decides the optimiser."""

    @property
    def learning_rate(self) -> float:
        """Highest learning rate."""

    @property
    def weight_decay(self) -> float:
        """Weight decay of AdamW."""

    @property
    def warm_up(self) -> float:
        """Share of the steps in which the rate rises."""


def adamw_one_cycle(parameters: Iterable[torch.nn.Parameter], pace: Pace, steps: int) -> OptimizerLRScheduler:
    """Return AdamW with a one-cycle schedule over ``steps`` optimiser steps, as Lightning takes it."""
    optimizer = torch.optim.AdamW(parameters, lr=pace.learning_rate, weight_decay=pace.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, pace.learning_rate, total_steps=steps, pct_start=pace.warm_up, final_div_factor=_FINAL_DIVISOR
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
