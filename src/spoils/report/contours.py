"""Smooth contours of masks that stay on the boundary of the mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from skimage.measure import find_contours

from spoils.canvas import VectorPath

__all__ = ["smooth_contours", "vector_path"]

FloatArray = npt.NDArray[np.float64]

_SMOOTHING_PIXELS = 0.7
"""Standard deviation of the smoothing: large enough to remove stair steps, too small to move a boundary by a pixel."""

_PADDING = 4
"""Background around the mask, so that a structure cut by the image's edge still has a closed contour."""


def smooth_contours(mask: npt.NDArray[np.bool_]) -> list[FloatArray]:
    """Return the closed contours of ``mask`` (rows, columns), each (points, 2) as row and column in pixels.

    An integer coordinate is a pixel's centre, so a straight boundary lies half a pixel outside its last pixel.
    Contours of holes have the opposite orientation of outer ones.

    >>> mask = np.zeros((20, 20), dtype=bool)
    >>> mask[5:15, 5:15] = True
    >>> (contour,) = smooth_contours(mask)
    >>> float(contour[:, 0].min().round(2)), float(contour[:, 0].max().round(2))
    (4.5, 14.5)
    """
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return []
    window = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    padded: npt.NDArray[Any] = np.pad(mask[window].astype(np.float64), _PADDING)
    smooth = gaussian_filter(padded, _SMOOTHING_PIXELS)
    origin = np.array((rows.min(), columns.min())) - _PADDING
    return [np.asarray(contour + origin, dtype=np.float64) for contour in find_contours(smooth, 0.5)]


def vector_path(contours: list[FloatArray], row_mm: float, column_mm: float) -> VectorPath:
    """Join ``contours`` to one drawable path with x along the columns and y along the rows, both in millimetres."""
    parts = [VectorPath(contour[:, ::-1] * (column_mm, row_mm), closed=True) for contour in contours]
    return VectorPath.make_compound_path(*parts)
