"""From shapes in millimetres to the pixels of a slice: how a slice is seen, and how shapes are painted on it.

A polygon in pixels is ``(n, 2)`` of (column, row), with integers at pixel centres. It must not cross itself. Shapes are
laid over each other by the share of each pixel that they cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import zoom

from spoils.phantom.spec import PhantomSpec

__all__ = ["Canvas", "Texture", "View", "coverage", "inside"]

FloatArray = npt.NDArray[np.float64]
Window = tuple[slice, slice]
Signal = float | FloatArray | Callable[[FloatArray], FloatArray]

_SPINE_COLUMN_SHARE = 0.1
"""The column stands this share of the field of view behind its middle, as the abdomen is in front."""
_SPINE_CENTRE_MM = 8.0
"""The middle of the picture lies this far below the middle of L3."""
_SUBROWS = 4
"""Scan lines per pixel row; along a scan line the covered length is exact."""


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


class Canvas:
    """Signal of one slice, ``pixels`` of shape (rows, columns), painted in millimetres through a view."""

    def __init__(self, view: View, background: float = 0.0) -> None:
        self.view = view
        self.pixels: FloatArray = np.full(view.shape, background)

    def fill(self, polygon_mm: FloatArray, signal: Signal, opacity: float = 1.0) -> None:
        """Lay a polygon ``(n, 2)`` over the picture.

        ``signal`` is one value, an array of the picture's shape, or a function of points ``(..., 2)`` in mm.
        """
        covered = coverage(self.view.to_pixels(polygon_mm), self.view.shape)
        if covered is None:
            return
        window, share = covered
        part = self.pixels[window]
        part += (self._within(signal, window) - part) * (share * opacity)

    def shade(self, polygon_mm: FloatArray, texture: FloatArray, strength: float) -> None:
        """Multiply the picture by ``1 + strength * texture`` inside a polygon ``(n, 2)``, but never below zero."""
        covered = coverage(self.view.to_pixels(polygon_mm), self.view.shape)
        if covered is not None:
            window, share = covered
            self.pixels[window] *= np.maximum(1.0 + (strength * share) * texture[window], 0.0)

    def _within(self, signal: Signal, window: Window) -> float | FloatArray:
        if isinstance(signal, np.ndarray):
            return np.asarray(signal[window])
        if not callable(signal):
            return signal
        rows, columns = (np.arange(w.start, w.stop, dtype=np.float64) for w in window)
        return signal(self.view.to_plane(columns[None, :], rows[:, None]))


class Texture:
    """Smooth random fields of one picture; each has mean 0 and standard deviation 1."""

    def __init__(self, view: View, rng: np.random.Generator) -> None:
        self._view = view
        self._rng = rng

    def field(self, grain_mm: float) -> FloatArray:
        """Return a field of the picture's shape whose grains are about ``grain_mm`` wide."""
        rows, columns = self._view.shape
        step = max(grain_mm / self._view.spacing_mm, 1.0)
        coarse = self._rng.standard_normal((int(rows / step) + 4, int(columns / step) + 4))
        scale = max((rows + step) / coarse.shape[0], (columns + step) / coarse.shape[1], step)
        fine = zoom(coarse, scale, order=1 if step < 3 else 2, prefilter=False, grid_mode=True, mode="nearest")
        field = fine[:rows, :columns]
        return np.asarray((field - field.mean()) / field.std())
