"""From polygons to pixels: which pixel centres lie inside, and how much of each pixel is covered.

A polygon is ``(n, 2)`` of (column, row) in pixels, with integers at pixel centres. It must not cross itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Window", "coverage", "inside"]

FloatArray = npt.NDArray[np.float64]
Window = tuple[slice, slice]

_SUBROWS = 4
"""Scan lines per pixel row; along a scan line the covered length is exact."""


def _window(polygon_px: FloatArray, shape: tuple[int, int]) -> Window | None:
    low = np.maximum(np.floor(polygon_px.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(polygon_px.max(axis=0)) + 1, (shape[1], shape[0])).astype(int)
    if (low >= high).any():
        return None
    return slice(low[1], high[1]), slice(low[0], high[0])


def _crossings(
    polygon_px: FloatArray, first_line: float, step: float, n_lines: int
) -> tuple[npt.NDArray[np.intp], FloatArray, FloatArray]:
    """Return line number, column and direction (+1 or -1) of each edge that crosses one of ``n_lines`` scan lines."""
    start, end = polygon_px, np.roll(polygon_px, -1, axis=0)
    position = np.stack((start[:, 1], end[:, 1])) - first_line
    bounds = np.clip(np.ceil(position / step), 0, n_lines).astype(np.intp)
    first, last = bounds.min(axis=0), bounds.max(axis=0)
    counts = last - first
    edge = np.repeat(np.arange(len(start)), counts)
    line = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    rise = end[edge, 1] - start[edge, 1]
    share = (first_line + line * step - start[edge, 1]) / rise
    column = start[edge, 0] + share * (end[edge, 0] - start[edge, 0])
    return line, column, np.sign(rise)


def inside(polygon_px: FloatArray, shape: tuple[int, int]) -> tuple[Window, npt.NDArray[np.bool_]] | None:
    """Return the window the polygon lies in and which pixel centres of it are inside; None where it is out of view."""
    window = _window(polygon_px, shape)
    if window is None:
        return None
    rows, columns = window
    height, width = rows.stop - rows.start, columns.stop - columns.start
    line, column, direction = _crossings(polygon_px, rows.start, 1.0, height)
    first = np.clip(np.ceil(column - columns.start), 0, width).astype(np.intp)
    change = np.bincount(line * (width + 1) + first, direction, height * (width + 1))
    return window, np.cumsum(change.reshape(height, width + 1), axis=1)[:, :-1] != 0


def coverage(polygon_px: FloatArray, shape: tuple[int, int]) -> tuple[Window, FloatArray] | None:
    """Return the window the polygon lies in and the covered share of each of its pixels; None where out of view."""
    window = _window(polygon_px, shape)
    if window is None:
        return None
    rows, columns = window
    height, width = rows.stop - rows.start, columns.stop - columns.start
    n_lines = height * _SUBROWS
    first_line = rows.start - 0.5 + 0.5 / _SUBROWS
    line, column, direction = _crossings(polygon_px, first_line, 1.0 / _SUBROWS, n_lines)
    position = np.clip(column + 0.5 - columns.start, 0.0, width)
    whole = np.floor(position).astype(np.intp)
    part = position - whole
    flat = line * (width + 2) + whole
    change = np.bincount(flat, direction * (1 - part), n_lines * (width + 2))
    change += np.bincount(flat + 1, direction * part, n_lines * (width + 2))
    covered = np.abs(np.cumsum(change.reshape(n_lines, width + 2), axis=1)[:, :width])
    return window, np.minimum(covered.reshape(height, _SUBROWS, width).mean(axis=1), 1.0)
