"""A slice under the brush: shapes are laid over each other by the share of each pixel that they cover."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.ndimage import zoom

from spoils.phantom.raster import Window, coverage
from spoils.phantom.view import View

__all__ = ["Canvas", "Texture"]

FloatArray = npt.NDArray[np.float64]
Signal = float | FloatArray | Callable[[FloatArray], FloatArray]


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
