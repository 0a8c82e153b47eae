"""From the spine's plane (mm) to pixels of a slice."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.phantom.spec import PhantomSpec

__all__ = ["View"]

FloatArray = npt.NDArray[np.float64]

_SPINE_COLUMN_SHARE = 0.1
"""The column stands this share of the field of view behind its middle, as the belly is in front."""
_SPINE_CENTRE_MM = 8.0
"""The middle of the picture lies this far below the middle of L3."""


@dataclass(frozen=True)
class View:
    """How a slice is seen: its shape and pixel spacing, and how the spine is turned and shifted in it."""

    shape: tuple[int, int]
    spacing_mm: float
    rotation_deg: float
    shift_mm: tuple[float, float]

    @classmethod
    def of(cls, spec: PhantomSpec) -> View:
        """Return the view that ``spec`` asks for."""
        depth_mm = spec.columns * spec.spacing_mm
        posterior_mm = min(_SPINE_COLUMN_SHARE * depth_mm, depth_mm / 2 - 60.0) + spec.shift_posterior_mm
        inferior_mm = spec.shift_inferior_mm - _SPINE_CENTRE_MM
        return cls((spec.rows, spec.columns), spec.spacing_mm, spec.rotation_deg, (posterior_mm, inferior_mm))

    def to_pixels(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Map points ``(..., 2)`` of the spine's plane to (column, row), integers at pixel centres."""
        angle = math.radians(self.rotation_deg)
        cosine, sine = math.cos(angle), math.sin(angle)
        turn = np.array(((cosine, -sine), (sine, cosine)))
        middle = np.array((self.shape[1] - 1, self.shape[0] - 1)) / 2
        return np.asarray((np.asarray(points_mm) @ turn.T + np.array(self.shift_mm)) / self.spacing_mm + middle)

    def to_plane(self, columns: FloatArray, rows: FloatArray) -> FloatArray:
        """Map pixel coordinates to the spine's plane, ``(..., 2)`` in mm; the inverse of ``to_pixels``."""
        angle = math.radians(self.rotation_deg)
        cosine, sine = math.cos(angle), math.sin(angle)
        turn = np.array(((cosine, sine), (-sine, cosine)))
        pixels = np.stack(np.broadcast_arrays(columns, rows), axis=-1)
        middle = np.array((self.shape[1] - 1, self.shape[0] - 1)) / 2
        return np.asarray(((pixels - middle) * self.spacing_mm - np.array(self.shift_mm)) @ turn.T)
