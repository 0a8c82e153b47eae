"""NumPy arrays as input: one mid-sagittal slice, or a volume in canonical sagittal order, with its spacing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.errors import InputUnreadable, UsageError
from spoils.images import Note, SagittalSeries
from spoils.io.checks import require_contrast, require_lumbar_extent, require_size
from spoils.io.inputs import Spacing
from spoils.io.limits import NOMINAL_SLICE_MM
from spoils.io.source import SourceLayout, SourceSeries
from spoils.io.volumes import series_of_volume
from spoils.messages import Message, message
from spoils.spatial import Grid

__all__ = ["in_plane_spacing", "read_pixels", "series_of_slice", "slice_grid"]

_LONGEST_QUOTED = 80

_SLICE_NOTES = (
    Note("laterality-unknown", message("array-without-laterality")),
    Note("slice-thickness-unknown", message("array-without-slice-thickness")),
)


def read_pixels(pixels: npt.NDArray[np.generic], spacing_mm: Spacing | None, max_pixels: int) -> SourceSeries:
    """Read an array of one grey value per pixel.

    Args:
        pixels: (rows, columns) of one mid-sagittal slice, or (slices, rows, columns). Slices run from the patient's
            right to left, rows from superior to inferior, columns from anterior to posterior.
        spacing_mm: of a slice the spacing of its square pixels or (row, column); of a volume (slice, row, column).
        max_pixels: largest number of pixels of one slice.

    Raises:
        UsageError: the spacing is missing, not positive, or has another number of values.
        InputUnreadable: the array has another number of axes, or values that are not finite real numbers.
        UnsuitableInput: the image is empty, too coarse, or of an impossible size.
    """
    pixels = np.asarray(pixels)  # a subclass, such as a matrix, has rules of its own
    if pixels.ndim not in (2, 3) or not pixels.size:
        raise InputUnreadable(message("array-shape", shape=[*pixels.shape]))
    if pixels.dtype.kind not in "biuf":
        raise InputUnreadable(message("array-not-numeric", type=str(pixels.dtype)))
    rows, columns = pixels.shape[-2:]
    require_size(rows, columns, pixels.size // (rows * columns), max_pixels)
    if pixels.ndim == 2:
        spacing = in_plane_spacing(spacing_mm, message("array-spacing-missing"))
        return series_of_slice(pixels, spacing, message("array-slice-source"), _SLICE_NOTES)
    values = _positive(spacing_mm, message("array-spacing-missing"))
    if len(values) != 3:
        raise UsageError(message("array-spacing-count"))
    return series_of_volume(pixels, Grid.from_axes((len(pixels), rows, columns), values), "NumPy")


def series_of_slice(
    pixels: npt.NDArray[Any], spacing_mm: tuple[float, float], source: Message, notes: tuple[Note, ...]
) -> SourceSeries:
    """Return the series of one slice, (rows, columns), whose place in the patient is unknown.

    Raises:
        InputUnreadable: a pixel is not a finite number.
        UnsuitableInput: the image is empty or not the size of a lumbar spine.
    """
    layout = SourceLayout(slice_grid(pixels.shape[0], pixels.shape[1], spacing_mm))
    require_contrast(pixels)
    require_lumbar_extent(layout.grid)
    series = SagittalSeries(pixels[np.newaxis].astype(np.float32), layout.grid)
    return SourceSeries(series, layout, "unknown", None, source, notes)


def slice_grid(rows: int, columns: int, spacing_mm: tuple[float, float]) -> Grid:
    """Return the canonical grid of one slice with pixels of (row, column) ``spacing_mm``; its thickness is nominal.

    >>> slice_grid(448, 320, (0.6, 0.6)).shape
    (1, 448, 320)
    """
    return Grid.from_axes((1, rows, columns), (NOMINAL_SLICE_MM, *spacing_mm))


def in_plane_spacing(spacing_mm: Spacing | None, missing: Message) -> tuple[float, float]:
    """Return the spacing of rows and columns from one number or two.

    Raises:
        UsageError: there is none (``missing`` is the message then), it is not positive, or has more values.

    >>> in_plane_spacing(0.6, message("png-spacing-missing"))
    (0.6, 0.6)
    """
    values = _positive(spacing_mm, missing)
    if len(values) > 2:
        raise UsageError(message("slice-spacing-count"))
    return values[0], values[-1]


def _positive(spacing_mm: Spacing | None, missing: Message) -> tuple[float, ...]:
    if spacing_mm is None:
        raise UsageError(missing)
    refused = UsageError(message("spacing-not-positive", spacing=str(spacing_mm)[:_LONGEST_QUOTED]))
    try:
        values = np.atleast_1d(np.asarray(spacing_mm, dtype=np.float64))
    except (TypeError, ValueError, OverflowError) as error:
        raise refused from error
    if values.ndim != 1 or not values.size or not (np.isfinite(values) & (values > 0)).all():
        raise refused
    return tuple(float(value) for value in values.tolist())
