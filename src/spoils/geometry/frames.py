"""The frame in which each structure is measured, and its corner points.

A disc is measured in the principal frame of its area. A vertebral body is too square for that (and the sacral one leans
too far), so its frame follows its four corners, searched from the direction in which the column of structures runs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from spoils.anatomy import CHAIN
from spoils.geometry.contour import Contour, FloatArray, LocalFrame

__all__ = ["body_frame", "corners", "disc_frame", "posterior_directions"]

_CLEARLY_WIDER = 1.3
"""A region whose spread along one axis exceeds the other by this factor has a long axis that can be trusted."""
_CORNER_ROUNDS = 3


def posterior_directions(contours: Mapping[str, Contour]) -> dict[str, FloatArray]:
    """Return for each disc and body the unit vector ``(2,)`` at right angles to the column of its neighbours."""
    names = [name for name in CHAIN if name in contours]
    centres = [contours[name].centroid_mm for name in names]
    directions = {}
    for i, name in enumerate(names):
        down = centres[min(i + 1, len(names) - 1)] - centres[max(i - 1, 0)]
        length = np.linalg.norm(down)
        directions[name] = np.array((down[1], -down[0])) / length if length > 0 else np.array((1.0, 0.0))
    return directions


def disc_frame(contour: Contour, towards_posterior: FloatArray) -> LocalFrame:
    """Return the principal frame of a disc: origin at its centroid, width along the axis of larger variance.

    A region that is not clearly wider than high (a disc cut far to the side) takes the axis nearer to
    ``towards_posterior`` instead.
    """
    variances, axes = contour.principal_axes
    along = axes @ towards_posterior
    is_clear = variances[0] > _CLEARLY_WIDER**2 * variances[1]
    chosen = 0 if is_clear else int(np.abs(along).argmax())
    sign = 1.0 if along[chosen] >= 0 else -1.0
    return LocalFrame(contour.centroid_mm, sign * axes[chosen])


def body_frame(contour: Contour, towards_posterior: FloatArray) -> LocalFrame:
    """Return the frame of a vertebral body: width along the mean direction of its two endplates, corner to corner."""
    frame = LocalFrame(contour.centroid_mm, towards_posterior)
    for _ in range(_CORNER_ROUNDS):
        front_top, back_top, back_bottom, front_bottom = corners(contour, frame)
        backward = (back_top - front_top) + (back_bottom - front_bottom)
        frame = LocalFrame(contour.centroid_mm, backward / np.linalg.norm(backward))
    return frame


def corners(contour: Contour, frame: LocalFrame) -> FloatArray:
    """Return the corner points of a disc or body in slice coordinates, ``(4, 2)`` mm.

    They are sorted anterior superior, posterior superior, posterior inferior, anterior inferior: the contour's farthest
    points along the diagonals of its box in ``frame``. A bulge in the middle of a side does not move them.

    >>> box = Contour(np.array(((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))))
    >>> corners(box, LocalFrame(np.zeros(2), np.array((1.0, 0.0)))).tolist()
    [[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]]
    """
    local = frame.to_frame(contour.points_mm)
    along, up = (local / np.ptp(local, axis=0)).T
    diagonals = (up - along, up + along, along - up, -up - along)
    return contour.points_mm[[int(d.argmax()) for d in diagonals]]
