"""The endplates beside a disc, and how deep the contour of the disc reaches into each body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import bodies_beside
from spoils.geometry.contour import Contour, FloatArray, LocalFrame
from spoils.geometry.frames import body_frame, corners, posterior_directions

__all__ = ["DepthProfile", "RimLine", "depth_profile", "rim_lines"]

_POSITIONS = 81
_LEAST_POSITIONS = 20
"""A disc that lies beside less of the endplate has no profile."""


@dataclass(frozen=True, eq=False)
class RimLine:
    """The endplate that faces a disc, as the line between the two corners of the rim of a body.

    Attributes:
        body: the body beside the disc; None above T12-L1, whose upper body has no label.
        frame: has its origin at the anterior corner and runs to the posterior one.
        length_mm: distance of the two corners.
        is_above: whether the endplate is that of the body above the disc.
        has_rim: whether the corners are its own; else the line is that of the endplate across the disc.
    """

    body: str | None
    frame: LocalFrame
    length_mm: float
    is_above: bool
    has_rim: bool = True

    def along_and_depth(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Map points ``(..., 2)`` of (posterior, inferior) mm to mm along the line and mm deep into the body."""
        local = self.frame.to_frame(points_mm)
        return local if self.is_above else local * (1.0, -1.0)

    def to_slice(self, along_and_depth_mm: npt.ArrayLike) -> FloatArray:
        """Undo ``along_and_depth``."""
        local = np.asarray(along_and_depth_mm, dtype=np.float64)
        return self.frame.to_slice(local if self.is_above else local * (1.0, -1.0))


@dataclass(frozen=True, eq=False)
class DepthProfile:
    """The boundary of a disc along an endplate.

    At each position ``along_mm`` ``(n,)`` the disc reaches ``depth_mm`` ``(n,)`` into the body and ends, on its other
    side, at ``other_mm`` ``(n,)``, all measured from the line of the endplate. Depth is negative where the disc ends
    before the line.
    """

    along_mm: FloatArray
    depth_mm: FloatArray
    other_mm: FloatArray

    def excess_mm(self, slope: float) -> FloatArray:
        """Return ``(n,)`` by how much the depth exceeds the deepest boundary that changes by no more than ``slope``.

        >>> flat = np.zeros(5)
        >>> profile = DepthProfile(np.arange(5.0), np.array((0.0, 0.5, 3.0, 0.5, 0.0)), flat)
        >>> profile.excess_mm(0.5).tolist()
        [0.0, 0.0, 2.0, 0.0, 0.0]
        """
        apart = np.abs(self.along_mm[:, None] - self.along_mm)
        return np.asarray(self.depth_mm - (self.depth_mm + slope * apart).min(axis=1))


def rim_lines(contours: Mapping[str, Contour], disc: str) -> list[RimLine]:
    """Return the upper and the lower endplate beside a disc; none where neither body is whole on the slice.

    Where one of the bodies is not whole, its endplate takes the line of the other one: a lobe is found by its steep
    sides, whatever the place of the line.
    """
    directions = posterior_directions(contours)
    lines: dict[bool, tuple[LocalFrame, float]] = {}
    for is_above, body in zip((True, False), bodies_beside(disc), strict=True):
        if body is not None and body in contours and not contours[body].is_cut:
            front_top, back_top, back_bottom, front_bottom = corners(
                contours[body], body_frame(contours[body], directions[body])
            )
            front, back = (front_bottom, back_bottom) if is_above else (front_top, back_top)
            length_mm = float(np.linalg.norm(back - front))
            lines[is_above] = LocalFrame(front, (back - front) / length_mm), length_mm
    if not lines:
        return []
    known = {side: lines.get(side) or lines[not side] for side in (True, False)}
    return [
        RimLine(body if body in contours else None, *known[is_above], is_above, is_above in lines)
        for is_above, body in zip((True, False), bodies_beside(disc), strict=True)
    ]


def depth_profile(disc: Contour, endplate: RimLine, rim: float) -> DepthProfile | None:
    """Return the boundary of a disc along an endplate, without the share ``rim`` at either end of it.

    Where a line across the endplate meets the contour more than twice, the outermost boundaries count. None where the
    disc lies beside too little of the endplate.
    """
    start = endplate.along_and_depth(disc.points_mm)
    step = np.roll(start, -1, axis=0) - start
    along = np.linspace(rim, 1.0 - rim, _POSITIONS) * endplate.length_mm
    crosses = (start[:, 0] <= along[:, None]) != (start[:, 0] + step[:, 0] <= along[:, None])
    run = np.where(step[:, 0] == 0.0, 1.0, step[:, 0])
    depth = start[:, 1] + (along[:, None] - start[:, 0]) / run * step[:, 1]
    met = crosses.any(axis=1)
    if np.count_nonzero(met) < _LEAST_POSITIONS:
        return None
    deepest = np.where(crosses, depth, -np.inf).max(axis=1)
    other = np.where(crosses, depth, np.inf).min(axis=1)
    return DepthProfile(along[met], deepest[met], other[met])
