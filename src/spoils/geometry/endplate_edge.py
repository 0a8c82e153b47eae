"""Where the image shows an endplate: the edge between the dark rim of a disc and the brighter marrow behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates

from spoils.geometry.contour import FloatArray
from spoils.geometry.lobes import Lobe
from spoils.geometry.rims import DepthProfile, RimLine

__all__ = ["EndplateEdge", "endplate_edge"]

_STEP_MM = 0.25
_BLUR_MM = 0.6
_BEFORE_MM = 2.5
_BEHIND_MM = 1.5
"""The endplate is looked for from so far before to so far behind the line between the two ends of a lobe."""
_LEAST_DISC_MM = 1.5
"""A disc is no thinner than this where its endplate is looked for."""
_COST_OF_DISTANCE = 0.15
"""Cost, per mm, of a place away from that line; an edge as strong as the strongest is worth 1 per step."""
_COST_OF_BEND = 0.6
"""Cost of a step deeper or shallower by as much as it is long."""
_OUTLINE_REACH_MM = 0.75
"""An outline lies on an edge that is so far away or nearer."""


@dataclass(frozen=True, eq=False)
class EndplateEdge:
    """The endplate across a lobe as the image shows it.

    ``depth_mm`` ``(n,)`` at ``along_mm`` ``(n,)``, as in ``DepthProfile``. ``strength`` is the mean rise of the signal
    across it, per mm, as a share of the range of signal around it; ``outline_strength`` that across the outline of the
    lobe.
    """

    along_mm: FloatArray
    depth_mm: FloatArray
    strength: float
    outline_strength: float


def endplate_edge(
    pixels: npt.NDArray[np.float32],
    spacing_mm: tuple[float, float],
    endplate: RimLine,
    profile: DepthProfile,
    lobe: Lobe,
) -> EndplateEdge:
    """Find the endplate across a lobe: from one of its ends to the other, along the strongest edge near their line.

    Args:
        pixels: the slice (rows, columns).
        spacing_mm: (row, column) of the slice.
        endplate: which the lobe passes.
        profile: of the disc along it.
        lobe: of that profile.
    """
    along = np.linspace(lobe.start_mm, lobe.stop_mm, max(int(np.ceil(lobe.width_mm / _STEP_MM)), 4) + 1)
    line, outline = lobe.line_mm(along), np.interp(along, profile.along_mm, profile.depth_mm)
    depths = np.arange(line.min() - _BEFORE_MM, max(outline.max(), line.max()) + _BEHIND_MM, _STEP_MM)
    rise = _rise(pixels, spacing_mm, endplate, along, depths)
    first = np.maximum(line - _BEFORE_MM, np.interp(along, profile.along_mm, profile.other_mm) + _LEAST_DISC_MM)
    last = np.minimum(line + _BEHIND_MM, np.maximum(outline, line))
    place, top = depths[:, None], max(float(rise.max()), 1e-6)
    cost = 1.0 - np.clip(rise / top, 0.0, 1.0) + _COST_OF_DISTANCE * np.abs(place - line)
    barred = (place < np.minimum(first, line) - _STEP_MM) | (place > last + _STEP_MM)
    barred[:, [0, -1]] = np.abs(place - line[[0, -1]]) > _STEP_MM / 2 + 1e-9
    found = depths[_cheapest(np.where(barred, 1e6, cost))]
    smooth = gaussian_filter1d(found - line, _BLUR_MM / _STEP_MM, mode="nearest") + line
    beyond = outline - line
    inside = beyond >= beyond.max() / 2
    return EndplateEdge(
        along, smooth, _mean_rise(rise, depths, smooth, inside), _mean_rise(rise, depths, outline, inside)
    )


def _rise(
    pixels: npt.NDArray[np.float32],
    spacing_mm: tuple[float, float],
    endplate: RimLine,
    along: FloatArray,
    depths: FloatArray,
) -> FloatArray:
    """Return how the signal rises with depth ``(depths, along)``, per mm, as a share of the range of signal there."""
    margin = np.arange(1, 5) * _STEP_MM
    wide = np.concatenate((depths[0] - margin[::-1], depths, depths[-1] + margin))
    points = endplate.to_slice(np.stack(np.meshgrid(along, wide), axis=-1))
    at = (points[..., 1] / spacing_mm[0], points[..., 0] / spacing_mm[1])
    signal = map_coordinates(np.asarray(pixels, dtype=np.float64), at, order=1, mode="nearest")
    low, high = np.percentile(signal, (5, 95))
    blur = _BLUR_MM / _STEP_MM
    rise = gaussian_filter(signal, blur, order=(1, 0), mode="nearest") / _STEP_MM
    return np.asarray(rise[len(margin) : -len(margin)] / max(high - low, 1e-6))


def _cheapest(cost: FloatArray) -> npt.NDArray[np.intp]:
    """Return the row ``(n,)`` in each column of the cheapest way from the first to the last column of ``cost``."""
    moves = np.arange(-2, 3)
    total, steps = cost[:, 0], []
    for column in cost.T[1:]:
        padded = np.pad(total, 2, constant_values=np.inf)
        ways = np.stack([padded[2 - move : len(total) + 2 - move] + _COST_OF_BEND * abs(move) / 2 for move in moves])
        best = ways.argmin(axis=0)
        steps.append(moves[best])
        total = column + ways.min(axis=0)
    rows = [int(total.argmin())]
    for step in steps[::-1]:
        rows.append(rows[-1] - int(step[rows[-1]]))
    return np.array(rows[::-1])


def _mean_rise(rise: FloatArray, depths: FloatArray, at_mm: FloatArray, chosen: npt.NDArray[np.bool_]) -> float:
    """Return the mean, over the ``chosen`` columns, of the strongest rise near the depth of each."""
    near = np.abs(depths[:, None] - at_mm) <= _OUTLINE_REACH_MM
    strongest = np.where(near, rise, -np.inf).max(axis=0)
    return float(strongest[chosen].mean())
