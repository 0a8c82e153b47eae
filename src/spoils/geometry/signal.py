"""Signal of a disc and of the fluid behind it, on one slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.geometry.contour import Contour, FloatArray, LocalFrame, pixels_inside

__all__ = ["CSF_REACH_MM", "Csf", "csf_at_discs", "disc_signals"]

_NUCLEUS_SHARE = 0.5
_RIM_SHARE = 0.75
"""Nucleus: the central half of width and height. Rim: what lies outside the central three quarters of either."""
CSF_REACH_MM = 10.0
"""CSF is measured in the canal up to this distance above and below the mid-height line of a disc."""
_LEAST_CSF_PIXELS = 10
_EFFACED_SHARE = 0.7
"""Where a canal is darker than this share of the other levels' CSF, it holds none on this slice."""


@dataclass(frozen=True)
class Csf:
    """Signal of CSF at a disc level: measured there, or taken over from the other levels."""

    signal: float
    is_own: bool


def _pixels_inside(contour: Contour, spacing_mm: FloatArray, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    return pixels_inside(contour.points_mm[:, ::-1] / spacing_mm, shape)


def _points_mm(mask: npt.NDArray[np.bool_], spacing_mm: FloatArray) -> FloatArray:
    return np.asarray((np.argwhere(mask) * spacing_mm)[:, ::-1])


def disc_signals(
    contour: Contour, frame: LocalFrame, pixels: npt.NDArray[np.float32], spacing_mm: tuple[float, float]
) -> tuple[float | None, float | None]:
    """Return a disc's mean signal, and the mean of its nucleus minus that of its rim; None where no pixel lies there.

    ``pixels`` is (rows, columns), ``spacing_mm`` is (row, column).
    """
    spacing = np.array(spacing_mm)
    mask = _pixels_inside(contour, spacing, (pixels.shape[0], pixels.shape[1]))
    if not mask.any():
        return None, None
    values = pixels[mask].astype(np.float64)
    extent = frame.to_frame(contour.points_mm)
    middle, reach = (extent.max(axis=0) + extent.min(axis=0)) / 2, np.ptp(extent, axis=0) / 2
    share = np.abs((frame.to_frame(_points_mm(mask, spacing)) - middle) / reach).max(axis=1)
    nucleus, rim = values[share <= _NUCLEUS_SHARE], values[share > _RIM_SHARE]
    difference = float(nucleus.mean() - rim.mean()) if len(nucleus) and len(rim) else None
    return float(values.mean()), difference


def csf_at_discs(
    canal: Contour,
    chords: Mapping[str, FloatArray | None],
    pixels: npt.NDArray[np.float32],
    spacing_mm: tuple[float, float],
) -> dict[str, Csf]:
    """Return the signal of CSF at each level of ``chords`` (across the canal, ``(2, 2)``); empty if no level has any.

    Cord and roots darken the canal, so the brighter half of its pixels counts. Where the canal is not met (None), or so
    narrow or winding that it holds no fluid on this slice, the other levels stand in.
    """
    spacing = np.array(spacing_mm)
    mask = _pixels_inside(canal, spacing, (pixels.shape[0], pixels.shape[1]))
    points, values = _points_mm(mask, spacing), pixels[mask].astype(np.float64)
    own = {level: 0.0 if chord is None else _brighter_half(points, values, chord) for level, chord in chords.items()}
    known = [signal for signal in own.values() if signal > 0]
    if not known:
        return {}
    usual = float(np.median(known))
    return {
        level: Csf(signal, True) if signal >= _EFFACED_SHARE * usual else Csf(usual, False)
        for level, signal in own.items()
    }


def _brighter_half(points_mm: FloatArray, values: FloatArray, chord: FloatArray) -> float:
    """Return the mean of the brighter half of the canal's pixels near a chord; 0 where there are too few."""
    across = (chord[1] - chord[0]) / np.linalg.norm(chord[1] - chord[0])
    local = LocalFrame(chord.mean(axis=0), across).to_frame(points_mm)
    # A curved canal may pass the same height twice; only the part beside the chord counts.
    beside = (np.abs(local[:, 1]) <= CSF_REACH_MM) & (np.abs(local[:, 0]) <= 2 * CSF_REACH_MM)
    near = values[beside]
    return float(near[near >= np.median(near)].mean()) if len(near) >= _LEAST_CSF_PIXELS else 0.0
