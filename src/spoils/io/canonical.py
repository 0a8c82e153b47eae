"""From any axis order to the canonical sagittal one (slices to the left, rows inferior, columns posterior) and back."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.errors import UnsuitableInput
from spoils.io.limits import MAX_ANISOTROPY, MAX_IN_PLANE_MM, MAX_OBLIQUITY_DEG, MIN_SAGITTAL_COSINE
from spoils.io.source import SourceLayout
from spoils.messages import Message, message
from spoils.spatial import Grid

__all__ = ["canonical_layout", "plane_message", "plane_of", "require_sagittal", "to_canonical", "to_source"]

_CANONICAL = np.array(((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)))
_PLANES = ("sagittal", "coronal", "axial")
_PLANE_MESSAGES = {"sagittal": "plane-sagittal", "coronal": "plane-coronal", "axial": "plane-axial"}


def canonical_layout(grid: Grid) -> SourceLayout:
    """Find the axis order and the flips that bring an array on ``grid`` into canonical order.

    >>> axial = Grid.from_axes((9, 8, 7), (4, 1, 1), axes=((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    >>> layout = canonical_layout(axial)
    >>> layout.order, layout.flipped
    ((2, 0, 1), (False, True, False))
    """
    cosines = grid.axes @ _CANONICAL.T  # [source axis, canonical axis]
    order = max(permutations(range(3)), key=lambda axes: float(sum(abs(cosines[axes[c], c]) for c in range(3))))
    flipped = tuple(bool(cosines[order[c], c] < 0) for c in range(3))
    return SourceLayout(grid, (order[0], order[1], order[2]), (flipped[0], flipped[1], flipped[2]))


def to_canonical(array: npt.NDArray[Any], layout: SourceLayout) -> npt.NDArray[Any]:
    """Bring an array in the input's axis order into canonical order (a view)."""
    return np.flip(array.transpose(layout.order), _flipped_axes(layout))


def to_source(array: npt.NDArray[Any], layout: SourceLayout) -> npt.NDArray[Any]:
    """Bring a canonical array into the input's axis order (a view): the inverse of ``to_canonical``."""
    return np.flip(array, _flipped_axes(layout)).transpose(np.argsort(layout.order))


def plane_of(normal: npt.ArrayLike) -> str:
    """Name the plane that ``normal`` (LPS) is nearest to.

    >>> plane_of((0.1, 0.0, -0.99))
    'axial'
    """
    return _PLANES[int(np.argmax(np.abs(np.asarray(normal, dtype=np.float64))))]


def plane_message(plane: str) -> Message:
    """Return the message that names a plane of ``plane_of``."""
    return message(_PLANE_MESSAGES[plane])


def require_sagittal(grid: Grid) -> None:
    """Refuse a canonical grid whose fine plane is not sagittal.

    Raises:
        UnsuitableInput: the slices are axial, coronal or too oblique, or too coarse to measure.
    """
    slice_mm, row_mm, column_mm = grid.spacing_mm
    coarse_axis = 1 if row_mm >= column_mm else 2
    coarse_mm = max(row_mm, column_mm)
    thin = [axis for axis in (1, 2) if grid.shape[axis] == 1]
    if thin or coarse_mm > MAX_ANISOTROPY * max(slice_mm, min(row_mm, column_mm)):
        plane = plane_of(grid.axes[thin[0] if thin else coarse_axis])
        raise UnsuitableInput(message("slices-of-other-plane", plane=plane_message(plane)))
    if coarse_mm > MAX_IN_PLANE_MM:
        raise UnsuitableInput(message("pixels-too-coarse", size=coarse_mm, limit=MAX_IN_PLANE_MM))
    if abs(grid.axes[0][0]) < MIN_SAGITTAL_COSINE:
        raise UnsuitableInput(message("slices-oblique", limit=MAX_OBLIQUITY_DEG))


def _flipped_axes(layout: SourceLayout) -> tuple[int, ...]:
    return tuple(axis for axis, flip in enumerate(layout.flipped) if flip)
