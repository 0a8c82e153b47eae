"""Closed contours of one slice and what can be read off them exactly: area, principal axes, chords.

Points are ``(posterior, inferior)`` in millimetres from the centre of the slice's first pixel. A frame turns them into
``(posterior, superior)`` along a structure's own axes. Nothing here knows where a contour came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

__all__ = ["Contour", "FloatArray", "LocalFrame", "crossings", "inside_lengths", "pixels_inside"]

FloatArray = npt.NDArray[np.float64]

_AT_VERTEX = 1e-12
"""A pixel centre this close to a vertex, in pixels along both axes, lies on the contour."""
_MOST_POINTS = 2000
"""Contours with more points are not searched for crossings: every edge is compared with every other."""


@dataclass(frozen=True, eq=False)
class LocalFrame:
    """Axes of a structure: an origin and the unit vector ``posterior``, both ``(2,)`` of (posterior, inferior) mm."""

    origin_mm: FloatArray
    posterior: FloatArray

    @property
    def superior(self) -> FloatArray:
        """Unit vector at right angles to ``posterior``, ``(2,)``.

        >>> LocalFrame(np.zeros(2), np.array((1.0, 0.0))).superior.tolist()
        [0.0, -1.0]
        """
        return np.array((self.posterior[1], -self.posterior[0]))

    def to_frame(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Map points ``(..., 2)`` of (posterior, inferior) mm to (posterior, superior) mm of this frame."""
        axes = np.stack((self.posterior, self.superior))
        return np.asarray((np.asarray(points_mm) - self.origin_mm) @ axes.T)

    def to_slice(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Undo ``to_frame``."""
        return np.asarray(np.asarray(points_mm) @ np.stack((self.posterior, self.superior)) + self.origin_mm)


@dataclass(frozen=True, eq=False)
class Contour:
    """The boundary of one structure: ``points_mm`` ``(n, 2)``, closed without repeating the first point.

    ``is_cut`` says that the structure extends beyond the image.
    """

    points_mm: FloatArray
    is_cut: bool = False

    @cached_property
    def area_mm2(self) -> float:
        """Enclosed area.

        >>> Contour(np.array(((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0)))).area_mm2
        12.0
        """
        return float(abs(self._cross.sum()) / 2)

    @cached_property
    def centroid_mm(self) -> FloatArray:
        """Centre of the enclosed area, ``(2,)``."""
        # Relative to a point of the contour, which keeps the sums small and so exact.
        pairs = self._local + np.roll(self._local, -1, axis=0)
        return np.asarray(self._cross @ pairs / (3 * self._cross.sum()) + self.points_mm[0])

    @cached_property
    def principal_axes(self) -> tuple[FloatArray, FloatArray]:
        """Variances of the enclosed area ``(2,)`` (mm2, larger first) and their unit axes, one per row ``(2, 2)``."""
        start = self.points_mm - self.centroid_mm
        end = np.roll(start, -1, axis=0)
        cross = start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]
        total = start + end
        # Green's theorem: each edge and the centroid span a triangle whose second moments are known.
        moments = np.einsum("n,ni,nj->ij", cross, start, start) + np.einsum("n,ni,nj->ij", cross, end, end)
        moments += np.einsum("n,ni,nj->ij", cross, total, total)
        variances, axes = np.linalg.eigh(moments / (12 * cross.sum()))
        return variances[::-1], axes.T[::-1]

    @cached_property
    def is_simple(self) -> bool:
        """Whether the boundary nowhere crosses itself; False, too, for more points than can be looked at.

        >>> Contour(np.array(((0.0, 0.0), (4.0, 3.0), (4.0, 0.0), (0.0, 3.0)))).is_simple
        False
        """
        if len(self.points_mm) > _MOST_POINTS:
            return False
        start = self._local
        run = np.roll(start, -1, axis=0) - start
        # Which side of the line of each edge (rows) each point (columns) is on; its own two points are on neither.
        away = start[None] - start[:, None]
        side = np.sign(run[:, :1] * away[:, :, 1] - run[:, 1:] * away[:, :, 0])
        parted = side * np.roll(side, -1, axis=1) < 0
        return not (parted & parted.T).any()

    @property
    def _local(self) -> FloatArray:
        return np.asarray(self.points_mm - self.points_mm[0])

    @cached_property
    def _cross(self) -> FloatArray:
        start, end = self._local, np.roll(self._local, -1, axis=0)
        return np.asarray(start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0])

    def chord_through(self, point_mm: FloatArray, direction: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """Return the ends ``(2,)`` of the chord along ``direction`` through ``point_mm``; None if that is outside."""
        frame = LocalFrame(point_mm, direction)
        met = crossings(frame.to_frame(self.points_mm)[:, ::-1], 0.0)
        ahead, behind = met[met > 0], met[met <= 0]
        if len(ahead) % 2 == 0:
            return None
        return point_mm + behind.max() * direction, point_mm + ahead.min() * direction


def crossings(polygon: FloatArray, at: float) -> FloatArray:
    """Return the second coordinates where the polygon's first coordinate is ``at``."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    crosses = (start[:, 0] <= at) != (end[:, 0] <= at)
    start, end = start[crosses], end[crosses]
    share = (at - start[:, 0]) / (end[:, 0] - start[:, 0])
    return np.asarray(start[:, 1] + share * (end[:, 1] - start[:, 1]))


def inside_lengths(polygon: FloatArray, at: npt.ArrayLike) -> FloatArray:
    """Return how much of each line lies inside a polygon ``(n, 2)``; line ``i`` has first coordinate ``at[i]``.

    >>> inside_lengths(np.array(((0.0, 0.0), (4.0, 0.0), (0.0, 3.0))), [0.0, 2.0]).tolist()
    [3.0, 1.5]
    """
    lines = np.atleast_1d(np.asarray(at, dtype=np.float64))[:, None]
    start, end = polygon, np.roll(polygon, -1, axis=0)
    run = end[:, 0] - start[:, 0]
    crosses = (start[:, 0] <= lines) != (end[:, 0] <= lines)
    share = (lines - start[:, 0]) / np.where(run == 0, 1.0, run)
    crossing = start[:, 1] + share * (end[:, 1] - start[:, 1])
    # The contour enters and leaves the region in turn, so signs alone sum the inner parts.
    return np.asarray(np.abs(np.where(crosses, np.sign(run) * crossing, 0.0).sum(axis=1)))


def pixels_inside(polygon: FloatArray, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return the pixels whose centres lie inside a polygon or on its contour, bool ``shape`` (rows, columns).

    ``polygon`` is ``(n, 2)``, row and column in pixels; it may reach beyond the image. Where it overlaps itself, an
    even number of turns counts as outside. The pixels are those of ``skimage.draw.polygon2mask``, which looks at every
    edge for every pixel; here only the edges that cross a row are looked at, for all pixels of the row at once.

    >>> pixels_inside(np.array(((0.0, 0.5), (1.0, 0.5), (1.0, 2.5), (0.0, 2.5))), (2, 4)).astype(int).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    mask = np.zeros(shape, dtype=np.bool_)
    first = np.maximum(np.floor(polygon.min(axis=0)), 0).astype(int)
    last = np.minimum(np.ceil(polygon.max(axis=0)), np.array(shape) - 1).astype(int)
    rows, columns = (np.arange(low, high + 1) for low, high in zip(first, last, strict=True))
    if not (len(rows) and len(columns)):
        return mask
    # As seen from each pixel, in the order of operations of skimage, so that rounding decides alike.
    end, start = polygon, np.roll(polygon, 1, axis=0)
    end_y, start_y = end[:, 0] - rows[:, None], start[:, 0] - rows[:, None]
    up, down = (end_y > 0) != (start_y > 0), (end_y < 0) != (start_y < 0)
    met = np.nonzero(up | down)
    row, edge = met
    end_x, start_x = end[edge, 1][:, None] - columns, start[edge, 1][:, None] - columns
    end_y, start_y, up, down = (values[met][:, None] for values in (end_y, start_y, up, down))
    across = (end_x * start_y - start_x * end_y) / (start_y - end_y)
    # An edge that ends on the row counts on one of its sides: where the two sides disagree, the contour runs.
    crossed, first_of_row = np.unique(row, return_index=True)
    ahead, behind = (np.logical_xor.reduceat(side, first_of_row) for side in ((across > 0) & up, (across < 0) & down))
    mask[np.ix_(rows[crossed], columns)] = ahead | behind
    nearest = np.round(polygon).astype(int)
    at_vertex = (np.abs(polygon - nearest) < _AT_VERTEX).all(axis=1) & ((nearest >= 0) & (nearest < shape)).all(axis=1)
    mask[tuple(nearest[at_vertex].T)] = True
    return mask
