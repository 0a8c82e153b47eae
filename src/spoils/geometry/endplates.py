"""The endplates of vertebral bodies as lines, and where one body stands upon the next.

An endplate runs between two corner points. Corner points alone would lean with every spur and rounded edge, so the line
is fitted to the contour between them. It ends where the contour ends beside it, as corners are rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoils.geometry.contour import Contour, FloatArray, LocalFrame
from spoils.geometry.frames import corners

__all__ = ["BodyEndplates", "Endplate", "Step", "angle_between_deg", "body_endplates", "step_between"]

LEAST_DEPTH_MM = 5.0
"""An endplate that is shorter has no direction worth measuring."""

_ENDS = 0.05
"""Share of an endplate at each end that is rounded, or belongs to a spur, and is left out of the fit."""
_PLACES = 81
_MARGIN_SHARE = 0.12
"""The margins of an endplate are sought within this share of its depth to both sides of it."""


@dataclass(frozen=True, eq=False)
class Endplate:
    """An endplate as a straight line, by its ends ``(2,)`` of (posterior, inferior) mm.

    Raises:
        ValueError: an end is no pair of finite numbers, or they lie less than ``LEAST_DEPTH_MM`` apart.
    """

    anterior_mm: FloatArray
    posterior_mm: FloatArray

    def __post_init__(self) -> None:
        ends = np.array((self.anterior_mm, self.posterior_mm), dtype=np.float64)
        if ends.shape != (2, 2) or not np.isfinite(ends).all():
            raise ValueError("an endplate has two ends of two finite coordinates")
        if np.linalg.norm(ends[1] - ends[0]) < LEAST_DEPTH_MM:
            raise ValueError(f"an endplate is at least {LEAST_DEPTH_MM:g} mm deep")

    @property
    def depth_mm(self) -> float:
        """Distance of the two ends."""
        return float(np.linalg.norm(self.posterior_mm - self.anterior_mm))

    @property
    def backward(self) -> FloatArray:
        """Unit vector from the anterior to the posterior end, ``(2,)``."""
        return np.asarray((self.posterior_mm - self.anterior_mm) / self.depth_mm)

    @property
    def tilt_deg(self) -> float:
        """Angle against the horizontal of the slice, above zero where the anterior end is the lower one.

        >>> round(Endplate(np.array((0.0, 10.0)), np.array((10.0, 0.0))).tilt_deg, 3)
        45.0
        """
        posterior, inferior = self.backward
        return float(np.degrees(np.arctan2(-inferior, posterior)))


@dataclass(frozen=True, eq=False)
class BodyEndplates:
    """Both endplates of a body, and its contour for what else is sought beside them."""

    superior: Endplate
    inferior: Endplate
    contour: Contour


@dataclass(frozen=True, eq=False)
class Step:
    """The angle of a disc, and how far the body above it stands in front of the one below it.

    ``angle_deg`` is that between the endplates, as by ``angle_between_deg``. ``forward_mm`` is above zero where the
    upper body stands in front, ``share`` is that of the depth of the endplate below.
    ``margins_mm`` are the posterior margins of the upper and of the lower body ``(2, 2)``, between which it is measured
    at right angles to ``superior``, the unit vector ``(2,)`` across the disc.
    """

    angle_deg: float
    forward_mm: float
    share: float
    margins_mm: FloatArray
    superior: FloatArray


def angle_between_deg(upper: Endplate, lower: Endplate) -> float:
    """Return the angle between two endplates, -180 to 180, above zero where they open to the front (lordosis).

    >>> level = Endplate(np.array((0.0, 0.0)), np.array((30.0, 0.0)))
    >>> round(angle_between_deg(level, Endplate(np.array((0.0, 30.0)), np.array((30.0, 0.0)))), 3)
    45.0
    """
    return (lower.tilt_deg - upper.tilt_deg + 180.0) % 360.0 - 180.0


def body_endplates(contour: Contour, frame: LocalFrame) -> BodyEndplates | None:
    """Return the endplates of a body; None where its corner points lie too close for them to have a direction."""
    front_top, back_top, back_bottom, front_bottom = corners(contour, frame)
    depths = [np.linalg.norm(back_top - front_top), np.linalg.norm(back_bottom - front_bottom)]
    if min(depths) < 2 * LEAST_DEPTH_MM:
        return None
    return BodyEndplates(_fitted(contour, front_top, back_top), _fitted(contour, front_bottom, back_bottom), contour)


def step_between(upper: BodyEndplates, lower: BodyEndplates) -> Step:
    """Return the step of the posterior margins of two neighbouring bodies.

    It is measured along the bisector of the two endplates that face each other, so that the angle of the disc is not
    taken for a step (Frobin et al., Clin Biomech 1997;12 Suppl 1:S1-S63).
    """
    above, below = upper.inferior, lower.superior
    backward = above.backward + below.backward
    frame = LocalFrame(below.posterior_mm, backward / np.linalg.norm(backward))
    margins = np.array(
        (
            _posterior_margin(upper.contour, above, upper.superior, frame),
            _posterior_margin(lower.contour, below, lower.inferior, frame),
        )
    )
    forward_mm = float(margins[1, 0] - margins[0, 0])
    angle_deg = angle_between_deg(above, below)
    return Step(angle_deg, forward_mm, forward_mm / below.depth_mm, frame.to_slice(margins), frame.superior)


def _fitted(contour: Contour, anterior: FloatArray, posterior: FloatArray) -> Endplate:
    """Fit a line to the contour between two corner points, evenly along it, and end it at the contour's margins."""
    chord = LocalFrame(anterior, (posterior - anterior) / np.linalg.norm(posterior - anterior))
    depth = float(np.linalg.norm(posterior - anterior))
    run = chord.to_frame(_run_between(contour.points_mm, anterior, posterior))
    run = run[np.argsort(run[:, 0], kind="stable")]
    places = np.linspace(_ENDS, 1 - _ENDS, _PLACES) * depth
    slope, offset = np.polyfit(places, np.interp(places, run[:, 0], run[:, 1]), 1)
    along = chord.to_frame(contour.points_mm)
    beside = along[np.abs(along[:, 1] - offset - slope * along[:, 0]) < _MARGIN_SHARE * depth, 0]
    ends = np.array((beside.min(), beside.max()))
    return Endplate(*chord.to_slice(np.stack((ends, offset + slope * ends), axis=1)))


def _run_between(points: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Return the points of a closed contour from one of its points to another, on the side closer to the chord."""
    first, last = (int(np.linalg.norm(points - corner, axis=1).argmin()) for corner in (start, end))
    n = len(points)
    ways = [
        points[(first + np.arange((last - first) % n + 1)) % n],
        points[(last + np.arange((first - last) % n + 1)) % n],
    ]
    across = np.array((-(end - start)[1], (end - start)[0]))
    return min(ways, key=lambda way: float(np.abs((way - start) @ across).max()))


def _posterior_margin(contour: Contour, near: Endplate, far: Endplate, frame: LocalFrame) -> FloatArray:
    """Return where the posterior wall reaches furthest back beside an endplate, ``(2,)`` in ``frame``."""
    wall = far.posterior_mm - near.posterior_mm
    along = (contour.points_mm - near.posterior_mm) @ (wall / np.linalg.norm(wall))
    local = frame.to_frame(contour.points_mm[np.abs(along) < _MARGIN_SHARE * near.depth_mm])
    return np.asarray(local[int(local[:, 0].argmax())])
