"""Contours as a person corrects them."""

from __future__ import annotations

import numpy as np

from spoils.geometry.contour import Contour, FloatArray, LocalFrame
from spoils.geometry.frames import corners

__all__ = ["CORNERS", "move_corner"]

CORNERS: tuple[str, ...] = ("anterior-superior", "posterior-superior", "posterior-inferior", "anterior-inferior")
"""The corner points in the order of ``corners``."""

_REACH_MM = 6.0
"""The contour follows its corner within about this distance along itself, a fifth of the depth of a disc."""


def move_corner(contour: Contour, frame: LocalFrame, corner: str, to_mm: FloatArray) -> Contour:
    """Return the contour with one corner point moved, and the contour beside it with a share of the move.

    Args:
        contour: of a disc or body.
        frame: in which its corners are found.
        corner: one of ``CORNERS``.
        to_mm: the new place ``(2,)``, (posterior, inferior) in mm.

    >>> box = Contour(np.array(((0.0, 0.0), (40.0, 0.0), (40.0, 10.0), (0.0, 10.0))))
    >>> moved = move_corner(box, LocalFrame(np.zeros(2), np.array((1.0, 0.0))), "anterior-superior", np.array((0, -2)))
    >>> moved.points_mm[0].tolist(), moved.points_mm[2].tolist()
    ([0.0, -2.0], [40.0, 10.0])
    """
    points = contour.points_mm
    corner_mm = corners(contour, frame)[CORNERS.index(corner)]
    at = int(np.linalg.norm(points - corner_mm, axis=1).argmin())
    steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    ahead = np.concatenate(([0.0], np.cumsum(np.roll(steps, -at))[:-1]))
    distance = np.roll(np.minimum(ahead, steps.sum() - ahead), at)
    share = np.exp(-((distance / _REACH_MM) ** 2))
    share[share < 1e-3] = 0.0
    return Contour(points + share[:, None] * (to_mm - corner_mm), contour.is_cut)
