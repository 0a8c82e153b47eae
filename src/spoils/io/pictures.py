"""Greyscale PNG pictures of one mid-sagittal slice: rows run inferior, columns posterior, left-right is unknown."""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from spoils.errors import InputUnreadable, UnsuitableInput, UsageError
from spoils.images import Note, SagittalSeries
from spoils.io.checks import require_contrast, require_lumbar_extent, require_size
from spoils.io.limits import NOMINAL_SLICE_MM
from spoils.io.quiet import warnings_logged
from spoils.io.source import SourceLayout, SourceSeries
from spoils.messages import message
from spoils.spatial import Grid

__all__ = ["picture_grid", "read_indexed_png", "read_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SINGLE_CHANNEL = frozenset({"1", "L", "P", "I", "I;16"})
_BROKEN_PNG = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)
_NOTES = (
    Note("laterality-unknown", message("png-without-laterality")),
    Note("slice-thickness-unknown", message("png-without-slice-thickness")),
)


def read_png(path: Path, spacing_mm: float | None, max_pixels: int) -> SourceSeries:
    """Read one mid-sagittal slice with square pixels of ``spacing_mm``.

    Raises:
        UsageError: ``spacing_mm`` is missing or not a positive number.
        InputUnreadable: the file is not a whole PNG.
        UnsuitableInput: the picture is coloured, empty, too large, or not the size of a lumbar spine.
    """
    spacing_mm = _require_spacing(spacing_mm)
    image = _decode(path, max_pixels)
    pixels = _grey_levels(image)[np.newaxis]
    layout = SourceLayout(picture_grid(pixels.shape[1], pixels.shape[2], spacing_mm))
    require_contrast(pixels)
    require_lumbar_extent(layout.grid)
    series = SagittalSeries(pixels.astype(np.float32), layout.grid)
    return SourceSeries(series, layout, "unknown", None, message("png-source"), _NOTES)


def read_indexed_png(path: Path, spacing_mm: float | None, max_pixels: int) -> tuple[npt.NDArray[Any], Grid]:
    """Read the values of a single-channel PNG as (1, rows, columns), with their grid.

    Raises:
        UsageError: ``spacing_mm`` is missing or not a positive number.
        InputUnreadable: the file is not a whole PNG with one channel.
        UnsuitableInput: the picture is too large.
    """
    spacing_mm = _require_spacing(spacing_mm)
    image = _decode(path, max_pixels)
    if image.mode not in _SINGLE_CHANNEL:
        raise InputUnreadable(message("label-png-channels"))
    values = np.asarray(image)[np.newaxis]
    return values, picture_grid(values.shape[1], values.shape[2], spacing_mm)


def picture_grid(rows: int, columns: int, spacing_mm: float) -> Grid:
    """Return the canonical grid of a picture with square pixels; its slice spacing is nominal.

    >>> picture_grid(448, 320, 0.6).shape
    (1, 448, 320)
    """
    return Grid.from_axes((1, rows, columns), (NOMINAL_SLICE_MM, spacing_mm, spacing_mm))


def _require_spacing(spacing_mm: float | None) -> float:
    if spacing_mm is None:
        raise UsageError(message("png-spacing-missing"))
    if not (math.isfinite(spacing_mm) and spacing_mm > 0):
        raise UsageError(message("spacing-not-positive", spacing=str(spacing_mm)))
    return spacing_mm


def _decode(path: Path, max_pixels: int) -> Image.Image:
    try:
        with path.open("rb") as file:
            header = file.read(24)
        if header[:8] != _SIGNATURE or len(header) < 24:
            raise InputUnreadable(message("png-expected"))
        columns, rows = struct.unpack(">II", header[16:24])
        require_size(rows, columns, 1, max_pixels)
        with warnings_logged():
            with Image.open(path, formats=["PNG"]) as image:
                image.verify()  # the checksums, which loading leaves unchecked
            with Image.open(path, formats=["PNG"]) as image:
                image.load()
                return image
    except Image.DecompressionBombError:
        raise UnsuitableInput(message("png-too-large")) from None
    except _BROKEN_PNG as error:
        raise InputUnreadable(message("png-damaged")) from error


def _grey_levels(image: Image.Image) -> npt.NDArray[Any]:
    if image.mode in {"L", "I", "I;16"}:
        return np.asarray(image)
    if image.mode == "LA":
        return np.asarray(image)[..., 0]
    colours = np.asarray(image.convert("RGB"))
    if (colours != colours[..., :1]).any():
        raise UnsuitableInput(message("png-coloured"))
    return colours[..., 0]
