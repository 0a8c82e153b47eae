"""The small upright picture of one disc that graders see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS
from spoils.errors import UsageError
from spoils.messages import message

__all__ = ["DISC_COLUMNS", "DISC_ROWS", "DiscVolume", "SignalReference"]

DISC_ROWS = 48
DISC_COLUMNS = 80
"""Size of every disc volume's slices; rows run downward, columns backward."""


class SignalReference(StrEnum):
    """What has signal 1 in a disc volume."""

    CSF = "csf"
    """CSF in the canal behind the disc."""
    CSF_ELSEWHERE = "csf-elsewhere"
    """CSF at the other levels, where the slice shows none behind the disc."""
    SLICE = "slice"
    """The bright end of the whole slice, where it shows no CSF."""


@dataclass(frozen=True, eq=False)
class DiscVolume:
    """One disc, level and in true proportions: float32 (slices, DISC_ROWS, DISC_COLUMNS), the patient's right first.

    ``pixels`` is signal relative to ``reference``; ``mask`` is the share 0 to 1 of each pixel that belongs to the disc.
    ``corners_mm`` ``(4, 2)`` are the corner points on the middle slice, sorted as ``geometry.corners`` does, and
    ``pixel_mm`` is the size of a pixel, which differs from disc to disc.

    Raises:
        UsageError: a part does not fit the others.
    """

    level: str
    pixels: npt.NDArray[np.float32]
    mask: npt.NDArray[np.float32]
    corners_mm: npt.NDArray[np.float64]
    pixel_mm: float
    reference: SignalReference

    def __post_init__(self) -> None:
        if self.level not in DISCS:
            raise UsageError(message("unknown-disc", level=self.level, known=[*DISCS]))
        if self.pixels.ndim != 3 or self.pixels.shape[1:] != (DISC_ROWS, DISC_COLUMNS):
            raise UsageError(message("disc-volume-size", rows=DISC_ROWS, columns=DISC_COLUMNS))
        if self.mask.shape != self.pixels.shape or self.corners_mm.shape != (4, 2):
            raise UsageError(message("disc-volume-parts"))
        if not (np.isfinite(self.pixels).all() and self.pixel_mm > 0):
            raise UsageError(message("disc-volume-values"))
        for name, kind in (("pixels", np.float32), ("mask", np.float32), ("corners_mm", np.float64)):
            values = np.array(getattr(self, name), dtype=kind)
            values.setflags(write=False)
            object.__setattr__(self, name, values)
