"""Exact measurements of a phantom, taken from its continuous contours by the project's definitions.

A disc is measured in the principal frame of its area: origin at the centroid, width axis along the larger axis and
pointing backward. A body is measured between its four corners, the contour's furthest points along the diagonals of
its box, as a sacral body has no useful principal frame. Chords are exact intersections of a line with the contour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, DISCS, bodies_beside
from spoils.phantom.alignment import true_alignment
from spoils.phantom.painting import inside
from spoils.phantom.sac import Sac
from spoils.phantom.section import Section
from spoils.phantom.tissue import CSF_SIGNAL, disc_signal

__all__ = ["Truth", "TruthFrame", "area_mm2", "chord_mm", "frame_of", "measure_truth"]

FloatArray = npt.NDArray[np.float64]
Levels = dict[str, dict[str, float]]

_CENTRAL_SHARE = 0.8
_LINES = 161
_SIGNAL_STEP_MM = 0.1


@dataclass(frozen=True)
class Truth:
    """Measurements by level and by the names of the public result; lengths in mm, signal relative to CSF = 1.

    A disc's signals are those of the tissue itself, before partial volume, texture, coil and noise. The rim of its
    ``signal_difference`` is the tissue outside the central 75 % x 75 %. T12-L1 has no ``height_index``. ``alignment``
    is what ``true_alignment`` returns.
    """

    discs: Levels
    vertebrae: Levels
    canal: Levels
    alignment: dict[str, Levels]


@dataclass(frozen=True, eq=False)
class TruthFrame:
    """Centroid ``(2,)`` of a contour, unit width axis (backward) and unit height axis (downward), each ``(2,)``."""

    centre: FloatArray
    backward: FloatArray
    down: FloatArray

    def local(self, points_mm: FloatArray) -> FloatArray:
        """Map points ``(n, 2)`` to (width, height) coordinates in mm."""
        return np.asarray((points_mm - self.centre) @ np.stack((self.backward, self.down), axis=1))


def area_mm2(polygon: FloatArray) -> float:
    """Return the area of a polygon ``(n, 2)``.

    >>> area_mm2(np.array(((0.0, 0.0), (3.0, 0.0), (3.0, 2.0), (0.0, 2.0))))
    6.0
    """
    x, y = polygon.T
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def frame_of(polygon: FloatArray) -> TruthFrame:
    """Return the principal frame of the area of a polygon, from its exact second moments."""
    middle = polygon.mean(axis=0)
    x, y = (polygon - middle).T
    x1, y1 = np.roll(x, -1), np.roll(y, -1)
    cross = x * y1 - y * x1
    area = cross.sum() / 2
    centre = np.array((((x + x1) * cross).sum(), ((y + y1) * cross).sum())) / (6 * area)
    xx = ((x * x + x * x1 + x1 * x1) * cross).sum() / (12 * area) - centre[0] ** 2
    yy = ((y * y + y * y1 + y1 * y1) * cross).sum() / (12 * area) - centre[1] ** 2
    xy = ((x * y1 + 2 * x * y + 2 * x1 * y1 + x1 * y) * cross).sum() / (24 * area) - centre[0] * centre[1]
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    backward = np.array((np.cos(angle), np.sin(angle)))
    backward *= np.sign(backward[0]) or 1.0
    return TruthFrame(middle + centre, backward, np.array((-backward[1], backward[0])))


def chord_mm(local: FloatArray, axis: Literal[0, 1], at_mm: float) -> float:
    """Return the length inside a polygon of the line where coordinate ``axis`` equals ``at_mm``.

    >>> chord_mm(np.array(((0.0, 0.0), (3.0, 0.0), (3.0, 2.0), (0.0, 2.0))), 0, 1.0)
    2.0
    """
    crossings = _crossings(local, axis, at_mm)
    return float(np.sum(crossings[1::2] - crossings[::2]))


def _crossings(local: FloatArray, axis: Literal[0, 1], at_mm: float) -> FloatArray:
    start, end = local, np.roll(local, -1, axis=0)
    side = (start[:, axis] > at_mm) != (end[:, axis] > at_mm)
    a, b = start[side], end[side]
    share = (at_mm - a[:, axis]) / (b[:, axis] - a[:, axis])
    return np.sort(a[:, 1 - axis] + share * (b[:, 1 - axis] - a[:, 1 - axis]))


def _chord_at(local: FloatArray, axis: Literal[0, 1], share: float) -> float:
    low, high = local[:, axis].min(), local[:, axis].max()
    return chord_mm(local, axis, float(low + share * (high - low)))


def _mean_chord(local: FloatArray, axis: Literal[0, 1]) -> float:
    """Average the chords over the central 80 % of the extent along ``axis``, by the midpoint rule."""
    shares = (np.arange(_LINES) + 0.5) / _LINES * _CENTRAL_SHARE + (1 - _CENTRAL_SHARE) / 2
    return float(np.mean([_chord_at(local, axis, share) for share in shares]))


def _disc_lengths(polygon: FloatArray) -> dict[str, float]:
    local = frame_of(polygon).local(polygon)
    return {
        "height_mean_mm": _mean_chord(local, 0),
        "height_central_mm": _chord_at(local, 0, 0.5),
        "height_anterior_mm": _chord_at(local, 0, 0.1),
        "height_posterior_mm": _chord_at(local, 0, 0.9),
        "width_mean_mm": _mean_chord(local, 1),
        "width_mid_mm": _chord_at(local, 1, 0.5),
        "area_mm2": area_mm2(polygon),
    }


def _body_lengths(polygon: FloatArray, backward: FloatArray) -> dict[str, float]:
    """Measure a body: heights 10, 50 and 90 % of the way along its endplates, widths likewise along its walls."""
    corners = _corners(polygon, backward)
    heights = (("anterior", 0.1), ("central", 0.5), ("posterior", 0.9))
    widths = (("superior", 0.1), ("mid", 0.5), ("inferior", 0.9))
    top, front = corners[0], corners[:, 0]
    bottom, back = corners[1], corners[:, 1]
    found = {
        f"height_{name}_mm": _span_through(polygon, _at(top, share), _at(bottom, share)) for name, share in heights
    }
    return found | {
        f"width_{name}_mm": _span_through(polygon, _at(front, share), _at(back, share)) for name, share in widths
    }


def _corners(polygon: FloatArray, backward: FloatArray) -> FloatArray:
    """Return the contour's furthest points along the diagonals of its box: (superior, inferior) x (front, back), 2."""
    local = TruthFrame(polygon.mean(axis=0), backward, np.array((-backward[1], backward[0]))).local(polygon)
    along, down = (local / np.ptp(local, axis=0)).T
    found = [[polygon[np.argmax(a * along + d * down)] for a in (-1, 1)] for d in (-1, 1)]
    return np.array(found)


def _at(ends: FloatArray, share: float) -> FloatArray:
    return np.asarray(ends[0] + share * (ends[1] - ends[0]))


def _span_through(polygon: FloatArray, start: FloatArray, end: FloatArray) -> float:
    """Return the distance of the outermost crossings of a line, as one between two spurs leaves the body's waist."""
    along = (end - start) / np.linalg.norm(end - start)
    crossings = _crossings(TruthFrame(start, along, np.array((-along[1], along[0]))).local(polygon), 1, 0.0)
    return float(crossings[-1] - crossings[0])


def _canal_ap_mm(sac: Sac, disc: FloatArray) -> float:
    """Return the shortest chord of the sac through the point where the disc's mid-height line meets its middle line."""
    frame = frame_of(disc)
    middle = sac.line(0.5)
    height = (middle - frame.centre) @ frame.down
    crossing = int(np.flatnonzero((height[:-1] <= 0) & (height[1:] > 0))[-1])
    share = -height[crossing] / (height[crossing + 1] - height[crossing])
    point = middle[crossing] + share * (middle[crossing + 1] - middle[crossing])
    along = middle[crossing + 3] - middle[crossing - 3]
    normal_angle = np.arctan2(-along[0], along[1])
    chords = []
    for angle in normal_angle + np.radians(np.arange(-20.0, 20.01, 0.5)):
        across = np.array((np.cos(angle), np.sin(angle)))
        turned = TruthFrame(point, across, np.array((-across[1], across[0])))
        near = [turned.local(border) for border in (sac.anterior, sac.posterior)]
        front, back = (np.interp(0.0, border[:, 1], border[:, 0]) for border in near)
        chords.append(float(back - front))
    return min(chords)


def _disc_signals(section: Section, name: str) -> dict[str, float]:
    disc = section.discs[name]
    grade = next(d.grade for d in section.chain.discs if d.size.name == name)
    low = disc.polygon.min(axis=0)
    shape = tuple(int(n) for n in np.ceil((disc.polygon.max(axis=0) - low) / _SIGNAL_STEP_MM)[::-1] + 1)
    found = inside((disc.polygon - low) / _SIGNAL_STEP_MM, (shape[0], shape[1]))
    if found is None:
        return {}
    rows, columns = np.nonzero(found[1])
    points = np.stack((columns, rows), axis=1) * _SIGNAL_STEP_MM + low
    signal = disc_signal(disc, grade, points)
    frame = frame_of(disc.polygon)
    local, extent = frame.local(points), frame.local(disc.polygon)
    middle, reach = (extent.max(axis=0) + extent.min(axis=0)) / 2, np.ptp(extent, axis=0) / 2
    share = np.abs((local - middle) / reach).max(axis=1)
    return {
        "signal_mean": float(signal.mean()),
        "signal_csf_ratio": float(signal.mean() / CSF_SIGNAL),
        "signal_difference": float(signal[share <= 0.5].mean() - signal[share > 0.75].mean()),
    }


def measure_truth(
    mid: Section, sections: tuple[Section, ...], slice_spacing_mm: float, rotation_deg: float = 0.0
) -> Truth:
    """Measure a phantom on its section ``mid``; volumes are summed over all ``sections``.

    ``rotation_deg`` is that of the patient within the picture, on which the sacral slope depends.
    """
    vertebrae = {
        body.name: _body_lengths(mid.bodies[body.name].polygon, body.backward)
        for body in mid.chain.bodies
        if body.name in BODIES
    }
    discs, canal = {}, {}
    for name in DISCS:
        polygon = mid.discs[name].polygon
        found = _disc_lengths(polygon)
        upper, lower = bodies_beside(name)
        if upper is not None:
            heights = [found[f"height_{place}_mm"] for place in ("anterior", "central", "posterior")]
            central = [vertebrae[body]["height_central_mm"] for body in (upper, lower)]
            found["height_index"] = float(np.mean(heights) / np.mean(central))
        areas = [area_mm2(s.discs[name].polygon) for s in sections if name in s.discs]
        found["volume_mm3"] = sum(areas) * slice_spacing_mm
        discs[name] = found | _disc_signals(mid, name)
        if mid.sac is not None:
            canal[name] = {"ap_diameter_mm": _canal_ap_mm(mid.sac, polygon)}
    return Truth(discs, vertebrae, canal, true_alignment(mid.chain, rotation_deg))
