"""The plan of a segmentation fit: all its settings, written beside its weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from spoils.errors import InputUnreadable, UsageError
from spoils.training.data import N_FOLDS
from spoils.training.networks import NetworkConfig
from spoils.training.segmentation.augmentation import HARD, Augmentation

__all__ = ["RECIPES", "SegmentationPlan", "Shares"]


@dataclass(frozen=True)
class Shares:
    """Shares of the patches drawn from each kind of sample. A kind with share zero is not read.

    ``self_labelled`` slices are used once the network has labelled them, see ``SegmentationPlan.self_training_from``.
    """

    annotated: float = 0.62
    volumes: float = 0.10
    phantoms: float = 0.10
    self_labelled: float = 0.18
    spider_space: float = 0.0

    def __post_init__(self) -> None:
        values = (self.annotated, self.volumes, self.phantoms, self.spider_space)
        if min(*values, self.self_labelled) < 0 or sum(values) == 0:
            raise UsageError(
                "Shares of samples can't be negative, and samples other than self-labelled slices must be drawn."
            )


@dataclass(frozen=True)
class SegmentationPlan:
    """Settings of a segmentation fit.

    ``held_out`` are folds whose patients the fit never sees. ``self_training_from`` is the share of the steps after
    which the network labels slices without annotation. ``start`` is the hash of the weights that the fit started from,
    empty for fresh ones.
    """

    held_out: tuple[int, ...] = ()
    steps: int = 1200
    batch: int = 8
    patch: tuple[int, int] = (352, 192)
    learning_rate: float = 1.5e-3
    weight_decay: float = 1e-2
    warm_up: float = 0.1
    averaging: float = 0.99
    steps_per_epoch: int = 50
    phantoms: int = 120
    shares: Shares = field(default_factory=Shares)
    self_training_from: float = 0.5
    augmentation: Augmentation = field(default_factory=Augmentation)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    start: str = ""
    seed: int = 0
    workers: int = 1
    devices: int = 1

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < 1 or self.steps_per_epoch < 1:
            raise UsageError("Steps, batch and steps an epoch must be at least 1.")
        if not set(self.held_out) < set(range(N_FOLDS)):
            raise UsageError(f"Held-out folds are some, not all, of 0 to {N_FOLDS - 1}.")
        if not 0 <= self.self_training_from <= 1:
            raise UsageError("Self-training starts after a share of the steps between 0 and 1.")

    def on_phantoms(self, steps: int) -> SegmentationPlan:
        """Return the plan of a fit to synthetic patients only, from which the fit of any fold may start."""
        only = Shares(annotated=0, volumes=0, phantoms=1, self_labelled=0)
        return replace(self, held_out=(), steps=steps, shares=only, phantoms=2 * self.phantoms)

    def of_recipe(self, name: str) -> SegmentationPlan:
        """Return this plan with the shares and the augmentation of one of ``RECIPES``.

        Raises:
            UsageError: there is no such recipe.
        """
        if name not in RECIPES:
            raise UsageError(f"There is no recipe {name!r}; known are {', '.join(RECIPES)}.")
        shares, augmentation = RECIPES[name]
        return replace(self, shares=shares, augmentation=augmentation)

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> SegmentationPlan:
        """Read a plan written by ``write``; what older plans do not name had its default value.

        Raises:
            InputUnreadable: the file is missing or not such a plan.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            parts: dict[str, Any] = {
                "network": NetworkConfig(**values.pop("network")),
                "augmentation": Augmentation(**values.pop("augmentation", {})),
                "shares": Shares(**values.pop("shares")),
                "held_out": tuple(values.pop("held_out")),
                "patch": tuple(values.pop("patch")),
            }
            return cls(**parts, **values)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputUnreadable(f"The plan {path.name} of this fit can't be read: {error}.") from error


RECIPES: Mapping[str, tuple[Shares, Augmentation]] = {
    "second": (Shares(), Augmentation()),
    "third": (
        Shares(annotated=0.46, volumes=0.08, phantoms=0.08, self_labelled=0.16, spider_space=0.22),
        HARD,
    ),
}
"""Shares and augmentation by the generation of the network; the packaged network is of the second."""
