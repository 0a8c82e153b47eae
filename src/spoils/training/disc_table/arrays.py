"""Discs as arrays, for fitting graders and for predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.errors import UsageError

__all__ = ["Discs"]


@dataclass(frozen=True, eq=False)
class Discs:
    """Discs for fitting or prediction, in any number and order.

    ``images`` is float32 (discs, channel, row, column) with the channels of ``spoils.grading.CHANNELS``; ``features``
    float32 (discs, feature) in the order of ``spoils.grading.FEATURES``, NaN where not measured; ``classes`` (discs,)
    indexes ``GRADE_CLASSES``; ``patients`` (discs,) names the patient and ``levels`` (discs,) indexes ``DISCS``.

    Raises:
        UsageError: the parts do not hold the same number of discs, or an index is out of range.
    """

    images: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]
    classes: npt.NDArray[np.intp]
    patients: npt.NDArray[np.str_]
    levels: npt.NDArray[np.intp]

    def __post_init__(self) -> None:
        if len({len(part) for part in (self.images, self.features, self.classes, self.patients, self.levels)}) != 1:
            raise UsageError("Images, features, classes, patients and levels do not hold the same number of discs.")
        if not (
            np.isin(self.classes, range(len(GRADE_CLASSES))).all() and np.isin(self.levels, range(len(DISCS))).all()
        ):
            raise UsageError("A disc's class or level is out of range.")

    def __len__(self) -> int:
        return len(self.classes)

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Discs:
        """Return the discs at ``rows``, indices or a mask; an index may be repeated."""
        return Discs(self.images[rows], self.features[rows], self.classes[rows], self.patients[rows], self.levels[rows])
