"""The interface of all graders."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from spoils.training.disc_table import Discs

__all__ = ["FittedGrader", "Grader", "Probabilities"]

Probabilities = npt.NDArray[np.float64]
"""Class probabilities (discs, 11)."""


class FittedGrader(Protocol):
    """A fitted grader."""

    def probabilities(self, discs: Discs) -> Probabilities:
        """Return class probabilities (discs, 11). Rows sum to one. The classes of ``discs`` are ignored."""
        ...


class Grader(Protocol):
    """A grader that can be fitted. The same seed and discs always give the same predictions."""

    @property
    def name(self) -> str:
        """A short name, as in tables and on the command line."""
        ...

    def fit(self, discs: Discs, *, seed: int) -> FittedGrader:
        """Fit to discs and their classes. A class that does not occur is predicted with a small or zero probability."""
        ...
