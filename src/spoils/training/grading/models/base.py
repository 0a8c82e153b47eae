"""What every grader is given and what it answers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from spoils.training.disc_table import Discs

__all__ = ["FittedGrader", "Grader", "Probabilities"]

Probabilities = npt.NDArray[np.float64]
"""Class probabilities (discs, 11)."""


class FittedGrader(Protocol):
    """A grader that has learned."""

    def probabilities(self, discs: Discs) -> Probabilities:
        """Return class probabilities (discs, 11): rows sum to one. The classes of ``discs`` are not looked at."""
        ...


class Grader(Protocol):
    """A way of grading that can be fitted; the same seed and discs always give the same answers."""

    @property
    def name(self) -> str:
        """A short name, as in tables and on the command line."""
        ...

    def fit(self, discs: Discs, *, seed: int) -> FittedGrader:
        """Fit to discs and their classes; a class that does not occur is answered with a small or zero probability."""
        ...
