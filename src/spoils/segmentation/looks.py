"""Looks: one slice shown to the network in several ways. What it says in all of them does not hang on chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["AS_IT_IS", "OTHER_LOOKS", "Look"]

_WINDOW_PERCENTILES = (0.5, 99.5)


@dataclass(frozen=True)
class Look:
    """One way to show a slice.

    ``scale`` multiplies its pixel spacing: below 1 the spine looks smaller, and the network has fewer pixels to read.
    ``gamma`` is the power to which the signal, as a share of its window, is raised: below 1 dark tissue looks brighter.
    """

    scale: float = 1.0
    gamma: float = 1.0

    def spacing_mm(self, spacing_mm: tuple[float, float]) -> tuple[float, float]:
        """Return the spacing (row, column) that the network is told."""
        row_mm, column_mm = spacing_mm
        return row_mm * self.scale, column_mm * self.scale

    def shown(self, pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the signal (rows, columns) that the network is shown.

        >>> Look(gamma=2.0).shown(np.array([[0.0, 1.0, 2.0]])).round(3).tolist()
        [[0.0, 0.25, 1.0]]
        """
        if self.gamma == 1.0:
            return pixels
        low, high = np.percentile(pixels, _WINDOW_PERCENTILES)
        if high <= low:
            return pixels
        share = np.clip((pixels - low) / (high - low), 0.0, 1.0)
        return np.asarray(share**self.gamma, dtype=np.float32)


AS_IT_IS = Look()
"""The look on which contours are drawn."""

OTHER_LOOKS: Sequence[Look] = (Look(0.85, 0.6), Look(0.85, 1.6), Look(1.15))
"""The looks that count again: smaller and brighter, smaller and darker, larger. The small ones cost a quarter less."""
