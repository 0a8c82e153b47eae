"""Checks of every image: a size that fits into memory, a plausible field of view, and some contrast."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.io.limits import (
    MAX_HEIGHT_MM,
    MAX_SIGNAL,
    MAX_VOXELS,
    MIN_CONTRAST,
    MIN_HEIGHT_MM,
    MIN_WIDTH_MM,
)
from spoils.messages import message
from spoils.spatial import Grid

__all__ = ["require_contrast", "require_lumbar_extent", "require_size"]


def require_size(rows: int, columns: int, slices: int, max_pixels: int) -> None:
    """Refuse an image that is too large, before its pixels are decoded.

    Raises:
        UnsuitableInput: a slice has more than ``max_pixels`` pixels or the series more than ``MAX_VOXELS``.
    """
    if rows * columns > max_pixels:
        raise UnsuitableInput(message("image-too-many-pixels", columns=columns, rows=rows, limit=max_pixels))
    if rows * columns * slices > MAX_VOXELS:
        raise UnsuitableInput(message("image-too-many-voxels", voxels=rows * columns * slices, limit=MAX_VOXELS))


def require_lumbar_extent(grid: Grid) -> None:
    """Refuse a canonical grid that is too low, too high or too narrow to be an image of the lumbar spine.

    Raises:
        UnsuitableInput: the rows span less than 100 mm or more than 700 mm, or the columns less than 40 mm.
    """
    height_mm = grid.shape[1] * grid.spacing_mm[1]
    if not MIN_HEIGHT_MM <= height_mm <= MAX_HEIGHT_MM:
        raise UnsuitableInput(
            message("image-height-implausible", height=height_mm, lowest=MIN_HEIGHT_MM, highest=MAX_HEIGHT_MM)
        )
    width_mm = grid.shape[2] * grid.spacing_mm[2]
    if width_mm < MIN_WIDTH_MM:
        raise UnsuitableInput(message("image-too-narrow", width=width_mm, lowest=MIN_WIDTH_MM))


def require_contrast(pixels: npt.NDArray[Any]) -> None:
    """Refuse pixels that are not numbers, that are too large to reckon with, or all the same.

    Raises:
        InputUnreadable: a pixel is not a finite number, or beyond ``MAX_SIGNAL``.
        UnsuitableInput: all pixels have one value, or differ by less than ``MIN_CONTRAST``.
    """
    lowest, highest = pixels.min(), pixels.max()
    if not -MAX_SIGNAL <= lowest <= highest <= MAX_SIGNAL:  # false for what is not a number
        raise InputUnreadable(message("pixels-not-finite"))
    if lowest == highest or float(highest) - float(lowest) < MIN_CONTRAST:
        raise UnsuitableInput(message("image-without-contrast"))
