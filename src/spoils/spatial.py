"""Where things are: coordinate convention, voxel grids and their tolerances.

Patient coordinates are LPS in millimetres: +x to the patient's left, +y to posterior, +z to superior.
Volumes are indexed ``(slice, row, column)`` from zero, and an integer index is the *centre* of a voxel.
An affine is 4x4 and maps ``(slice, row, column, 1)`` to ``(x, y, z, 1)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.errors import InputUnreadable
from spoils.messages import message

__all__ = [
    "DIRECTION_TOLERANCE",
    "POSITION_TOLERANCE_MM",
    "SPACING_RELATIVE_TOLERANCE",
    "Grid",
    "right_angled",
]

FloatArray = npt.NDArray[np.float64]

DIRECTION_TOLERANCE = 1e-3
"""Largest accepted dot product of two axis directions that should be at right angles (as DICOM writers round)."""

SPACING_RELATIVE_TOLERANCE = 0.02
"""Two slice gaps that differ by less than this share count as equal."""

POSITION_TOLERANCE_MM = 0.05
"""Two positions nearer than this are the same."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A voxel grid in the patient: shape ``(slices, rows, columns)`` and affine (LPS, mm).

    Raises:
        InputUnreadable: the shape is empty, or the affine is not finite, singular or sheared.
    """

    shape: tuple[int, int, int]
    affine: FloatArray

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        shape = tuple(int(n) for n in self.shape)
        if len(shape) != 3 or min(shape) < 1:
            raise InputUnreadable(message("grid-empty", shape=[*shape]))
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise InputUnreadable(message("grid-affine-not-finite"))
        if not np.array_equal(affine[3], (0.0, 0.0, 0.0, 1.0)):
            raise InputUnreadable(message("grid-affine-not-affine"))
        with np.errstate(over="ignore"):
            spacing = np.linalg.norm(affine[:3, :3], axis=0)
        if not np.isfinite(spacing).all():
            raise InputUnreadable(message("grid-affine-not-finite"))
        if (spacing <= 0).any():
            raise InputUnreadable(message("grid-spacing-zero"))
        axes = affine[:3, :3] / spacing
        if np.abs(axes.T @ axes - np.eye(3)).max() > DIRECTION_TOLERANCE:
            raise InputUnreadable(message("grid-axes-oblique"))
        affine.setflags(write=False)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine", affine)

    @classmethod
    def from_axes(
        cls,
        shape: tuple[int, int, int],
        spacing_mm: Sequence[float],
        axes: npt.ArrayLike = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
        origin_mm: Sequence[float] = (0.0, 0.0, 0.0),
    ) -> Grid:
        """Build a grid from spacing, the unit directions of slice, row and column axis (LPS), and voxel 0's centre.

        The default directions are the canonical sagittal ones: to the left, inferior, posterior.

        >>> Grid.from_axes((3, 4, 5), (4.0, 0.5, 0.5)).spacing_mm
        (4.0, 0.5, 0.5)
        """
        affine = np.eye(4)
        affine[:3, :3] = np.asarray(axes, dtype=np.float64).T * np.asarray(spacing_mm, dtype=np.float64)
        affine[:3, 3] = origin_mm
        return cls(shape, affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance of neighbouring voxel centres along slice, row and column axis."""
        slice_mm, row_mm, column_mm = np.linalg.norm(self.affine[:3, :3], axis=0)
        return (float(slice_mm), float(row_mm), float(column_mm))

    @property
    def axes(self) -> FloatArray:
        """Unit directions (LPS) of slice, row and column axis, one per row of a 3x3 array."""
        return np.asarray((self.affine[:3, :3] / np.linalg.norm(self.affine[:3, :3], axis=0)).T)

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel."""
        slice_mm, row_mm, column_mm = self.spacing_mm
        return slice_mm * row_mm * column_mm

    def to_patient(self, indices: npt.ArrayLike) -> FloatArray:
        """Map voxel indices ``(..., 3)`` (fractions allowed) to LPS millimetres ``(..., 3)``."""
        return np.asarray(indices, dtype=np.float64) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_index(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Map LPS millimetres ``(..., 3)`` to fractional voxel indices ``(..., 3)``."""
        inverse = np.linalg.inv(self.affine)
        return np.asarray(np.asarray(points_mm, dtype=np.float64) @ inverse[:3, :3].T + inverse[:3, 3])

    def rearranged(self, order: Sequence[int], flipped: Sequence[bool]) -> Grid:
        """Return the grid of the array after ``transpose(order)`` and then reversing the ``flipped`` axes."""
        affine = self.affine.copy()
        affine[:3, :3] = self.affine[:3, list(order)]
        shape = tuple(self.shape[axis] for axis in order)
        for axis, flip in enumerate(flipped):
            if flip:
                affine[:3, 3] += affine[:3, axis] * (shape[axis] - 1)
                affine[:3, axis] *= -1
        return Grid((shape[0], shape[1], shape[2]), affine)

    def matches(self, other: Grid) -> bool:
        """Say whether both grids put every voxel in the same place, within ``POSITION_TOLERANCE_MM``."""
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape], indexing="ij")).reshape(3, -1).T
        return bool(np.abs(self.to_patient(corners) - other.to_patient(corners)).max() <= POSITION_TOLERANCE_MM)


def right_angled(axes: npt.ArrayLike) -> tuple[FloatArray, float]:
    """Return the directions at right angles nearest to given ones, and how far the given ones are off, in degrees.

    Args:
        axes: three unit directions, one a row.

    Returns:
        Directions in the same order and of the same hand (3, 3), and the largest deviation of an angle between two of
        ``axes`` from 90 degrees.

    >>> axes, off_deg = right_angled([[1, 0, 0], [0.01, 1, 0], [0, 0, 1]])
    >>> axes.round(3).tolist(), round(off_deg, 2)
    ([[1.0, -0.005, 0.0], [0.005, 1.0, 0.0], [0.0, 0.0, 1.0]], 0.57)
    """
    given = np.asarray(axes, dtype=np.float64)
    off_deg = np.rad2deg(np.arcsin(np.clip(np.abs(given @ given.T - np.diag(np.diag(given @ given.T))).max(), 0, 1)))
    left, _, right = np.linalg.svd(given)
    return np.asarray(left @ right), float(off_deg)
