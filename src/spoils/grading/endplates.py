"""The two endplates that a disc lies between, in numbers: their shape, and the marrow beneath them.

Erosions and Schmorl's nodes dent an endplate; Modic changes make the marrow beneath it brighter or darker than the
marrow deep in the same body. Lengths are shares of the endplate's width, so that they mean the same at any pixel size.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from spoils.anatomy import bodies_beside
from spoils.geometry import Contour, LocalFrame, SliceContours, corners, crossings

__all__ = ["ENDPLATE_FEATURES", "endplate_frame", "endplates_of", "signal_at"]

FloatArray = npt.NDArray[np.float64]

_OF_ENDPLATE = (
    "roughness",
    "dent",
    "depth",
    "signal",
    "marrow_front",
    "marrow_middle",
    "marrow_back",
    "marrow_brightest",
    "marrow_variation",
    "marrow_deep",
)
_WORST = ("roughness", "dent", "depth", "marrow_brightest")

ENDPLATE_FEATURES: tuple[str, ...] = (
    *(f"{side}_endplate_{name}" for side in ("upper", "lower") for name in _OF_ENDPLATE),
    *(f"worst_endplate_{name}" for name in _WORST),
)
"""``marrow_deep`` is in units of CSF, signal of endplate and marrow in units of that body's deep marrow."""

_PLACES = np.linspace(0.1, 0.9, 25)
"""Sample positions along an endplate, from its anterior to its posterior corner, without the ring apophysis."""
_FURTHEST = 0.35
"""A contour that crosses further from the chord between the corners than this is another side of the body."""
_AT_ENDPLATE = np.linspace(-0.03, 0.03, 6)
_BENEATH = np.linspace(0.04, 0.14, 6)
_DEEP = np.linspace(0.17, 0.34, 6)
_LEAST_SHARE = 1e-3
"""Smallest divisor, as a share of CSF, where marrow has no signal."""


def endplate_frame(contour: Contour, body: LocalFrame, *, inferior: bool) -> tuple[LocalFrame, float]:
    """Return the frame of a body's superior or ``inferior`` endplate, its origin at the anterior corner, and its width.

    The width is the distance of the endplate's corners, mm.
    """
    front_top, back_top, back_bottom, front_bottom = corners(contour, body)
    front, back = (front_bottom, back_bottom) if inferior else (front_top, back_top)
    width_mm = float(np.linalg.norm(back - front))
    return LocalFrame(front, (back - front) / width_mm), width_mm


def signal_at(contours: SliceContours, points_mm: FloatArray) -> FloatArray:
    """Return the signal of a slice, which has pixels, at ``points_mm`` (..., 2), linearly interpolated.

    Beyond the slice its border is repeated.
    """
    rows, columns = points_mm[..., 1] / contours.spacing_mm[0], points_mm[..., 0] / contours.spacing_mm[1]
    return np.asarray(map_coordinates(contours.pixels, (rows, columns), order=1, mode="nearest"), dtype=np.float64)


def endplates_of(contours: SliceContours, level: str, csf: float) -> dict[str, float]:
    """Return ``ENDPLATE_FEATURES`` at a disc; NaN where a body is not there, is cut, or the slice has no pixels.

    Args:
        contours: of the slice.
        level: the disc.
        csf: the signal that counts as one.
    """
    above, below = bodies_beside(level)
    found: dict[str, float] = dict.fromkeys(ENDPLATE_FEATURES, math.nan)
    for side, body in (("upper", above), ("lower", below)):
        if body is not None and contours.pixels is not None and contours.problem_with(body) is None:
            of_side = _endplate(contours, body, csf, inferior=side == "upper")
            found |= {f"{side}_endplate_{name}": value for name, value in of_side.items()}
    for name in _WORST:
        both = [found[f"{side}_endplate_{name}"] for side in ("upper", "lower")]
        found[f"worst_endplate_{name}"] = max((value for value in both if not math.isnan(value)), default=math.nan)
    return found


def _endplate(contours: SliceContours, body: str, csf: float, *, inferior: bool) -> dict[str, float]:
    contour = contours.by_name[body]
    frame, width_mm = endplate_frame(contour, contours.frames[body], inferior=inferior)
    heights = _profile(contour, frame, width_mm)
    if heights is None:
        return {}
    inward = 1.0 if inferior else -1.0
    depth = inward * heights
    return _shape(depth) | _marrow(contours, frame, width_mm, (depth, inward), csf)


def _profile(contour: Contour, frame: LocalFrame, width_mm: float) -> FloatArray | None:
    """Return how far superior of the chord between the corners the endplate lies at ``_PLACES``, in widths.

    None where most of it is not met near that chord.
    """
    local = frame.to_frame(contour.points_mm) / width_mm
    heights = []
    for place in _PLACES:
        met = crossings(local, float(place))
        nearest = met[np.abs(met).argmin()] if met.size else math.nan
        heights.append(nearest if abs(nearest) < _FURTHEST else math.nan)
    known = np.isfinite(heights)
    if np.count_nonzero(known) < len(_PLACES) / 2:
        return None
    return np.asarray(np.interp(_PLACES, _PLACES[known], np.array(heights)[known]))


def _shape(depth: FloatArray) -> dict[str, float]:
    """Describe an endplate by its ``depth`` into the body at ``_PLACES``; roughness is deviation from a parabola."""
    beside = depth - np.polyval(np.polyfit(_PLACES, depth, 2), _PLACES)
    return {
        "roughness": float(beside.std()),
        "dent": float(beside.max()),
        "depth": float(depth.max()),
    }


def _marrow(
    contours: SliceContours, frame: LocalFrame, width_mm: float, endplate: tuple[FloatArray, float], csf: float
) -> dict[str, float]:
    depth, inward = endplate

    def band(beneath: FloatArray) -> FloatArray:
        heights = inward * (depth + beneath[:, None])
        places = np.broadcast_to(_PLACES, heights.shape)
        return signal_at(contours, frame.to_slice(width_mm * np.stack((places, heights), axis=-1)))

    deep = max(float(np.median(band(_DEEP))), _LEAST_SHARE * csf)
    beneath = band(_BENEATH) / deep
    thirds = [float(part.mean()) for part in np.array_split(beneath, 3, axis=1)]
    return {
        "signal": float(band(_AT_ENDPLATE).mean()) / deep,
        **dict(zip(("marrow_front", "marrow_middle", "marrow_back"), thirds, strict=True)),
        "marrow_brightest": max(thirds),
        "marrow_variation": float(beneath.std() / max(beneath.mean(), _LEAST_SHARE)),
        "marrow_deep": deep / csf,
    }
