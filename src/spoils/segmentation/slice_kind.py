"""What a slice shows and how it is turned: a small network that looks at the whole picture, before any segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from spoils.models import LoadedModel
from spoils.segmentation.preprocess import normalised, resampled

__all__ = [
    "KINDS",
    "KIND_FIELD",
    "KIND_MODEL_NAME",
    "KIND_PIXEL_MM",
    "T2",
    "TURNS",
    "UPRIGHT",
    "SliceKind",
    "kind_picture",
    "look_at",
]

KIND_MODEL_NAME = "slice-kind"

T2: Final = "t2"
KINDS: Final = (
    T2,
    "t1",
    "fat-suppressed",
    "proton-density",
    "ct",
    "inverted",
    "radiograph",
    "other-plane",
    "other-region",
    "off-midline",
    "localizer",
    "no-anatomy",
)
"""What a slice may show: a sagittal T2 image of the lumbar spine near the midline, or something else."""

UPRIGHT: Final = "upright"
TURNS: Final = (UPRIGHT, "upside-down", "turned-180", "mirrored", "turned-90")
"""How a sagittal slice may lie."""

KIND_PIXEL_MM = 3.0
"""Pixel size of the network: the sac is still four pixels wide, and the whole picture costs a few milliseconds."""

KIND_FIELD = (112, 96)
"""Rows and columns of what it sees, 336 x 288 mm about the middle of the picture."""


@dataclass(frozen=True)
class SliceKind:
    """Probabilities of the ``KINDS`` and of the ``TURNS``, each in their order."""

    kinds: tuple[float, ...]
    turns: tuple[float, ...]

    @property
    def kind(self) -> str:
        """The likeliest kind."""
        return KINDS[int(np.argmax(self.kinds))]

    @property
    def turn(self) -> str:
        """The likeliest turn."""
        return TURNS[int(np.argmax(self.turns))]

    def probability(self, name: str) -> float:
        """Return the probability of a kind or of a turn.

        >>> SliceKind((1.0,) + (0.0,) * 11, (0.0, 1.0, 0.0, 0.0, 0.0)).probability("upside-down")
        1.0
        """
        return self.kinds[KINDS.index(name)] if name in KINDS else self.turns[TURNS.index(name)]


def kind_picture(pixels: npt.NDArray[Any], spacing_mm: tuple[float, float]) -> npt.NDArray[np.float32]:
    """Return the middle of a slice (rows, columns) as the network takes it: ``KIND_FIELD``, mean 0, deviation 1.

    What is missing is filled with the darkest value, as if it were air.

    >>> kind_picture(np.arange(10000.0).reshape(100, 100), (3.6, 3.6)).shape
    (112, 96)
    """
    image = resampled(pixels, spacing_mm, KIND_PIXEL_MM)
    taken, placed = zip(*(_overlap(n, m) for n, m in zip(image.shape, KIND_FIELD, strict=True)), strict=True)
    seen = normalised(image[taken])
    field = np.full(KIND_FIELD, seen.min(), dtype=np.float32)
    field[placed] = seen
    return field


def _overlap(size: int, field: int) -> tuple[slice, slice]:
    """Return what is taken of ``size`` pixels, and where it lies in a field of ``field``, middle upon middle."""
    length = min(size, field)
    start, place = (size - length) // 2, (field - length) // 2
    return slice(start, start + length), slice(place, place + length)


def look_at(pixels: npt.NDArray[Any], spacing_mm: tuple[float, float], model: LoadedModel) -> SliceKind:
    """Say what a slice shows.

    Args:
        pixels: the slice (rows, columns).
        spacing_mm: its pixel spacing (row, column).
        model: a network from ``image`` (batch, 1, rows, columns) to probabilities of ``kinds`` and ``turns``.
    """
    found = model.run(image=kind_picture(pixels, spacing_mm)[None, None])
    kinds, turns = (tuple(float(p) for p in found[name][0]) for name in ("kinds", "turns"))
    return SliceKind(kinds, turns)
