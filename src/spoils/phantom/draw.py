"""From a specification to pictures, labels and truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spoils.phantom.scene import Look, paint_section
from spoils.phantom.section import cut, paint_labels
from spoils.phantom.spec import PhantomSpec
from spoils.phantom.view import View

__all__ = ["draw_slice", "lateral_positions_mm"]

FloatArray = npt.NDArray[np.float64]

_CSF_UNITS = 1000.0
"""Pixel value of CSF before the bias field."""


def lateral_positions_mm(spec: PhantomSpec) -> FloatArray:
    """Return where each slice cuts the patient: mm to the left of the midline, right to left, ``(n_slices,)``."""
    centred = np.arange(spec.n_slices) - (spec.n_slices - 1) / 2
    return np.asarray(centred * spec.slice_spacing_mm - spec.shift_left_mm)


def mid_slice(spec: PhantomSpec) -> int:
    """Return the index of the slice nearest to the midline."""
    return int(np.abs(lateral_positions_mm(spec)).argmin())


def draw_slice(spec: PhantomSpec) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Return pixels and labels, each ``(rows, columns)``, of the slice nearest to the midline, as thin as can be."""
    view, index = View.of(spec), mid_slice(spec)
    section = cut(spec, float(lateral_positions_mm(spec)[index]))
    signal = paint_section(section, view, Look.of(spec, view))
    return scanned(signal, spec, index), paint_labels(section, view)


def scanned(signal: FloatArray, spec: PhantomSpec, index: int) -> npt.NDArray[np.float32]:
    """Return a slice's signal as the scanner gives it: uneven coil sensitivity, and noise of a magnitude image."""
    coil = np.random.default_rng((spec.seed, 5))
    rows, columns = spec.rows, spec.columns
    down = np.linspace(-1, 1, rows)[:, None] - coil.uniform(-0.3, 0.3)
    back = np.linspace(-1, 1, columns)[None, :] - 0.35
    slope = coil.uniform(0.5, 1.0)
    bias = np.exp(spec.bias_strength * (slope * 1.2 * back - 0.8 * down**2 - 0.5 * back**2))
    rng = np.random.default_rng((spec.seed, 6, index))
    noise = rng.standard_normal((2, rows, columns), dtype=np.float32) * spec.noise_sd
    return np.asarray(_CSF_UNITS * np.hypot(signal * bias + noise[0], noise[1]), dtype=np.float32)
