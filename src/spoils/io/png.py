"""Greyscale PNG images of one mid-sagittal slice: rows run inferior, columns posterior, left-right is unknown."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note
from spoils.io.arrays import in_plane_spacing, series_of_slice, slice_grid
from spoils.io.checks import require_size
from spoils.io.inputs import FileSource, Spacing
from spoils.io.library_warnings import warnings_logged
from spoils.io.source import SourceSeries
from spoils.messages import message
from spoils.spatial import Grid

__all__ = ["read_label_png", "read_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SINGLE_CHANNEL = frozenset({"1", "L", "P", "I", "I;16"})
_BROKEN_PNG = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)
_NOTES = (
    Note("laterality-unknown", message("png-without-laterality")),
    Note("slice-thickness-unknown", message("png-without-slice-thickness")),
)


def read_png(file: FileSource, spacing_mm: Spacing | None, max_pixels: int) -> SourceSeries:
    """Read one mid-sagittal slice with pixels of ``spacing_mm``.

    Raises:
        UsageError: ``spacing_mm`` is missing or not positive.
        InputUnreadable: the file is not a whole PNG.
        UnsuitableInput: the image is coloured, empty, too large, or not the size of a lumbar spine.
    """
    spacing = in_plane_spacing(spacing_mm, message("png-spacing-missing"))
    return series_of_slice(_grey_levels(_decode(file, max_pixels)), spacing, message("png-source"), _NOTES)


def read_label_png(file: FileSource, spacing_mm: Spacing | None, max_pixels: int) -> tuple[npt.NDArray[Any], Grid]:
    """Read the values of a single-channel PNG as (1, rows, columns), with their grid.

    Raises:
        UsageError: ``spacing_mm`` is missing or not positive.
        InputUnreadable: the file is not a whole PNG with one channel.
        UnsuitableInput: the image is too large.
    """
    spacing = in_plane_spacing(spacing_mm, message("png-spacing-missing"))
    image = _decode(file, max_pixels)
    if image.mode not in _SINGLE_CHANNEL:
        raise InputUnreadable(message("label-png-channels"))
    values = np.asarray(image)[np.newaxis]
    return values, slice_grid(values.shape[1], values.shape[2], spacing)


def _decode(file: FileSource, max_pixels: int) -> Image.Image:
    try:
        header = file.start(24)
        if header[:8] != _SIGNATURE or len(header) < 24:
            raise InputUnreadable(message("png-expected"))
        columns, rows = struct.unpack(">II", header[16:24])
        require_size(rows, columns, 1, max_pixels)
        with warnings_logged():
            with file.open() as opened, Image.open(opened, formats=["PNG"]) as image:
                image.verify()  # the checksums, which loading leaves unchecked
            with file.open() as opened, Image.open(opened, formats=["PNG"]) as image:
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
