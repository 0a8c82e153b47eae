"""What every image must hold before it is worth a look: a bearable size, a plausible extent and some contrast."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.spatial import Grid

__all__ = ["MAX_VOXELS", "require_bearable_size", "require_contrast", "require_lumbar_extent"]

MAX_VOXELS = 2**27
"""Largest number of voxels of a series that is read: 512 MiB once they are 32-bit floats."""

_MIN_HEIGHT_MM = 100.0
_MAX_HEIGHT_MM = 700.0
"""L1 to S1 does not fit into less than 100 mm; no scanner's field of view is higher than 700 mm."""


def require_bearable_size(rows: int, columns: int, slices: int, max_pixels: int) -> None:
    """Refuse an image that is too large, before its pixels are decoded.

    Raises:
        UnsuitableInput: a slice has more than ``max_pixels`` pixels or the series more than ``MAX_VOXELS``.
    """
    if rows * columns > max_pixels:
        raise UnsuitableInput(
            f"The image has {columns} x {rows} pixels per slice, more than the {max_pixels} that are read."
        )
    if rows * columns * slices > MAX_VOXELS:
        raise UnsuitableInput(
            f"The image has {rows * columns * slices} voxels, more than the {MAX_VOXELS} that are read."
        )


def require_lumbar_extent(grid: Grid) -> None:
    """Refuse a canonical grid that is too low or too high to be an image of the lumbar spine.

    Raises:
        UnsuitableInput: the rows span less than 100 mm or more than 700 mm.
    """
    height_mm = grid.shape[1] * grid.spacing_mm[1]
    if not _MIN_HEIGHT_MM <= height_mm <= _MAX_HEIGHT_MM:
        raise UnsuitableInput(
            f"The image is {height_mm:.0f} mm high; a lumbar spine image has {_MIN_HEIGHT_MM:.0f} to"
            f" {_MAX_HEIGHT_MM:.0f} mm."
        )


def require_contrast(pixels: npt.NDArray[Any]) -> None:
    """Refuse pixels that are not numbers, or all the same.

    Raises:
        InputUnreadable: a pixel is not a finite number.
        UnsuitableInput: all pixels have one value.
    """
    if not np.isfinite(pixels).all():
        raise InputUnreadable("The image holds pixels that are not numbers.")
    if pixels.min() == pixels.max():
        raise UnsuitableInput("The image is empty: all pixels have the same value.")
