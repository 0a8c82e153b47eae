"""Texture of a disc: signal of nucleus and rim, their border, and homogeneity."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation

from spoils.discs import DiscVolume
from spoils.grading.inputs import graded_slice

__all__ = ["TEXTURE_FEATURES", "texture_of"]

FloatArray = npt.NDArray[np.float64]

TEXTURE_FEATURES: tuple[str, ...] = (
    "disc_p10",
    "disc_p50",
    "disc_p90",
    "disc_variation",
    "dark_share",
    "nucleus_p10",
    "nucleus_p50",
    "nucleus_p90",
    "nucleus_variation",
    "nucleus_cleft",
    "front_rim",
    "back_rim",
    "nucleus_over_rim",
    "border_steepness",
    "upper_bone",
    "lower_bone",
    "disc_over_bone",
    "brightest_place",
)
"""Signals are in units of CSF; ``variation`` is standard deviation over mean."""

_DARK = 0.25
"""Share of CSF signal below which disc tissue has lost its water: between grades 3 and 4 (Pfirrmann on T2 TSE)."""
_NUCLEUS = (0.25, 0.75)
_RIM = 0.15
_LEAST_PIXELS = 12
_BONE_ROWS = 4


def _percentiles(values: FloatArray, name: str) -> dict[str, float]:
    low, middle, high = np.percentile(values, (10, 50, 90))
    return {f"{name}_p10": float(low), f"{name}_p50": float(middle), f"{name}_p90": float(high)}


def _variation(values: FloatArray) -> float:
    return float(values.std() / max(values.mean(), 0.01))


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else math.nan


def _extent_shares(mask: npt.NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Return for each pixel its place in the disc: 0 to 1 from superior to inferior, and from anterior to posterior.

    Height is taken column by column, so that a wedge-shaped disc has its nucleus in its middle.
    """
    rows, columns = np.indices(mask.shape)
    present = np.flatnonzero(mask.any(axis=0))
    top, bottom = mask.argmax(axis=0), len(mask) - 1 - mask[::-1].argmax(axis=0)
    down = (rows - top + 0.5) / np.maximum(bottom - top + 1, 1)
    back = (columns - present[0] + 0.5) / (present[-1] - present[0] + 1)
    return down, back


def texture_of(volume: DiscVolume) -> dict[str, float]:
    """Return ``TEXTURE_FEATURES`` of a disc's graded slice; all NaN when it is too small to hold texture."""
    pixels, mask = graded_slice(volume)
    if np.count_nonzero(mask) < _LEAST_PIXELS:
        return dict.fromkeys(TEXTURE_FEATURES, math.nan)
    signal = pixels.astype(np.float64)
    down, back = _extent_shares(mask)
    low, high = _NUCLEUS
    nucleus_mask = mask & (down > low) & (down < high) & (back > low) & (back < high)
    inside, nucleus = signal[mask], signal[nucleus_mask] if nucleus_mask.any() else signal[mask]
    front, rear = signal[mask & (back < _RIM)], signal[mask & (back > 1 - _RIM)]
    rim = _mean(np.concatenate((front, rear)))
    bone = _bone_beside(signal, mask, back)
    profile = _profile(signal, mask & (down > low) & (down < high), back)
    found = {
        **_percentiles(inside, "disc"),
        "disc_variation": _variation(inside),
        "dark_share": float((inside < _DARK).mean()),
        **_percentiles(nucleus, "nucleus"),
        "nucleus_variation": _variation(nucleus),
        "nucleus_cleft": _cleft(signal, nucleus_mask, down),
        "front_rim": _mean(front),
        "back_rim": _mean(rear),
        "nucleus_over_rim": float(nucleus.mean() / max(rim, 0.01)),
        "border_steepness": float(np.abs(np.diff(profile)).max()),
        "upper_bone": bone[0],
        "lower_bone": bone[1],
        "disc_over_bone": float(inside.mean() / max(float(np.nanmean(bone)), 0.01))
        if np.isfinite(bone).any()
        else math.nan,
        "brightest_place": float(profile.argmax() / (len(profile) - 1)),
    }
    return {name: found[name] for name in TEXTURE_FEATURES}


def _profile(signal: FloatArray, mask: npt.NDArray[np.bool_], back: FloatArray) -> FloatArray:
    """Return the middle band's mean signal in ten steps from anterior to posterior; a gap takes its neighbour's."""
    steps = np.minimum((back[mask] * 10).astype(int), 9)
    counts = np.bincount(steps, minlength=10)
    sums = np.bincount(steps, weights=signal[mask], minlength=10)
    filled = np.flatnonzero(counts)
    return np.asarray(np.interp(np.arange(10), filled, sums[filled] / counts[filled]))


def _cleft(signal: FloatArray, nucleus: npt.NDArray[np.bool_], down: FloatArray) -> float:
    """Return how much darker the middle of the nucleus is than what lies above and below it, in CSF."""
    central = np.abs(down - 0.5) < 0.08
    if not (nucleus & central).any() or not (nucleus & ~central).any():
        return math.nan
    return _mean(signal[nucleus & ~central]) - _mean(signal[nucleus & central])


def _bone_beside(signal: FloatArray, mask: npt.NDArray[np.bool_], back: FloatArray) -> tuple[float, float]:
    """Return the mean signal of the endplate region just above and just below the disc."""
    between = (back > 0.1) & (back < 0.9)
    upward, downward = np.zeros((3, 3), bool), np.zeros((3, 3), bool)
    upward[:2, 1], downward[1:, 1] = True, True
    above, below = (
        binary_dilation(mask, structure, iterations=_BONE_ROWS) & ~mask & between for structure in (upward, downward)
    )
    return _mean(signal[above]), _mean(signal[below])
