"""Signal of a disc and of the fluid behind it, on one slice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from skimage.draw import polygon2mask

from spoils.geometry.outline import FloatArray, Frame, Outline

__all__ = ["CSF_METHOD", "csf_signal", "disc_signals"]

_NUCLEUS_SHARE = 0.5
_RIM_SHARE = 0.75
"""Nucleus: the central half of width and height. Rim: what lies outside the central three quarters of either."""
_CSF_REACH_MM = 10.0
_LEAST_CSF_PIXELS = 10
CSF_METHOD = f"CSF: brighter half of the canal within {_CSF_REACH_MM:g} mm"
"""Cord and roots darken the canal, and a narrow canal holds little fluid at the disc itself."""


def _pixels_inside(outline: Outline, spacing_mm: FloatArray, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    return np.asarray(polygon2mask(shape, outline.points_mm[:, ::-1] / spacing_mm))


def _points_mm(mask: npt.NDArray[np.bool_], spacing_mm: FloatArray) -> FloatArray:
    return np.asarray((np.argwhere(mask) * spacing_mm)[:, ::-1])


def disc_signals(
    outline: Outline, frame: Frame, pixels: npt.NDArray[np.float32], spacing_mm: tuple[float, float]
) -> tuple[float | None, float | None]:
    """Return a disc's mean signal, and the mean of its nucleus minus that of its rim; None where no pixel lies there.

    ``pixels`` is (rows, columns), ``spacing_mm`` is (row, column).
    """
    spacing = np.array(spacing_mm)
    mask = _pixels_inside(outline, spacing, (pixels.shape[0], pixels.shape[1]))
    if not mask.any():
        return None, None
    values = pixels[mask].astype(np.float64)
    extent = frame.to_frame(outline.points_mm)
    middle, reach = (extent.max(axis=0) + extent.min(axis=0)) / 2, np.ptp(extent, axis=0) / 2
    share = np.abs((frame.to_frame(_points_mm(mask, spacing)) - middle) / reach).max(axis=1)
    nucleus, rim = values[share <= _NUCLEUS_SHARE], values[share > _RIM_SHARE]
    difference = float(nucleus.mean() - rim.mean()) if len(nucleus) and len(rim) else None
    return float(values.mean()), difference


def csf_signal(
    canal: Outline, chord: FloatArray, pixels: npt.NDArray[np.float32], spacing_mm: tuple[float, float]
) -> float | None:
    """Return the signal of CSF beside ``chord`` (2, 2), by ``CSF_METHOD``; None where too little canal is there."""
    spacing = np.array(spacing_mm)
    mask = _pixels_inside(canal, spacing, (pixels.shape[0], pixels.shape[1]))
    across = (chord[1] - chord[0]) / np.linalg.norm(chord[1] - chord[0])
    local = Frame(chord.mean(axis=0), across).to_frame(_points_mm(mask, spacing))
    # A curved canal may pass the same height twice; only the part beside the chord counts.
    beside = (np.abs(local[:, 1]) <= _CSF_REACH_MM) & (np.abs(local[:, 0]) <= 2 * _CSF_REACH_MM)
    values = pixels[mask][beside]
    if len(values) < _LEAST_CSF_PIXELS:
        return None
    mean = float(values[values >= np.median(values)].mean())
    return mean if mean > 0 else None
