"""Images and label maps: an array with its grid. Two types, so that a label is never interpolated as an image.

Both are canonical sagittal: slices run from the patient's right to left, rows from superior to inferior,
columns from anterior to posterior. ``io`` brings every input into this order and takes results back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import N_CLASSES, structure
from spoils.errors import InputUnreadable
from spoils.messages import Message, message
from spoils.spatial import Grid

__all__ = ["LabelMap", "Note", "SagittalSeries"]

_CANONICAL_DIRECTIONS = np.array(((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)))
_MIN_COSINE = 0.5
"""An axis further than 60 degrees from its canonical direction is in the wrong order."""


def _require_canonical(array: npt.NDArray[Any], grid: Grid) -> None:
    if array.shape != grid.shape:
        raise InputUnreadable(message("image-shape-differs", image=[*array.shape], grid=[*grid.shape]))
    cosines = (grid.axes * _CANONICAL_DIRECTIONS).sum(axis=1)
    if (cosines < _MIN_COSINE).any():
        raise InputUnreadable(message("image-axes-not-sagittal"))


def _can_be_kept(pixels: npt.NDArray[Any]) -> bool:
    """Say whether pixels are float32, run forward in memory, and neither they nor what they view can be written to."""
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.float32 or pixels.ndim != 3:
        return False
    viewed: object = pixels
    while isinstance(viewed, np.ndarray):
        if viewed.flags.writeable:
            return False
        viewed = viewed.base
    return viewed is None and min(pixels.strides[1:]) > 0


@dataclass(frozen=True, slots=True)
class Note:
    """Something about an image that its reader must know: a stable ``code`` for programs, and what it says."""

    code: str
    message: Message


@dataclass(frozen=True, eq=False)
class SagittalSeries:
    """A sagittal MR series: finite float32 ``pixels`` (slices, rows, columns) on ``grid``; arbitrary signal units.

    The pixels are copied, unless they are read-only already, and what they view is: a large series is then held once.

    Raises:
        InputUnreadable: shape and grid differ, the axes are not in canonical order, or a pixel is not finite.
    """

    pixels: npt.NDArray[np.float32]
    grid: Grid

    def __post_init__(self) -> None:
        pixels = self.pixels if _can_be_kept(self.pixels) else np.array(self.pixels, dtype=np.float32)
        _require_canonical(pixels, self.grid)
        if not all(np.isfinite(one).all() for one in pixels):
            raise InputUnreadable(message("pixels-not-finite"))
        pixels.setflags(write=False)
        object.__setattr__(self, "pixels", pixels)


@dataclass(frozen=True, eq=False)
class LabelMap:
    """Label values of ``spoils.anatomy`` (0 to 13), uint8 of shape (slices, rows, columns) on ``grid``.

    Raises:
        InputUnreadable: shape and grid differ, the axes are not in canonical order, or a value is not a label.
    """

    labels: npt.NDArray[np.uint8]
    grid: Grid

    def __post_init__(self) -> None:
        values = np.asarray(self.labels)
        _require_canonical(values, self.grid)
        if values.size and (values.min() < 0 or values.max() >= N_CLASSES):
            low, high = float(values.min()), float(values.max())
            raise InputUnreadable(message("labels-out-of-range", highest=N_CLASSES - 1, low=low, high=high))
        labels = np.array(values, dtype=np.uint8)
        if values.dtype != np.uint8 and not np.array_equal(labels, values):
            raise InputUnreadable(message("labels-not-whole"))
        labels.setflags(write=False)
        object.__setattr__(self, "labels", labels)

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return the voxels of the structure called ``name``, bool (slices, rows, columns)."""
        return np.asarray(self.labels == structure(name).label)

    def has(self, name: str) -> bool:
        """Say whether any voxel belongs to the structure called ``name``."""
        return bool(self.mask(name).any())
