"""Graded discs as values: one row for each, and the table of all."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.discs import DISC_COLUMNS, DISC_ROWS
from spoils.errors import UsageError
from spoils.grading import CHANNELS, FEATURES
from spoils.training.dataset.acquisitions import Acquisition
from spoils.training.graders import Discs
from spoils.training.grading_labels import DiscLabel

__all__ = ["IMAGE_SHAPE", "DiscRow", "DiscTable", "LeftOut"]

IMAGE_SHAPE = (len(CHANNELS), DISC_ROWS, DISC_COLUMNS)
"""Shape of a disc's image: channel, row (downward), column (backward)."""


@dataclass(frozen=True)
class LeftOut:
    """A patient, or one level of a patient, that can't be learned from, and why."""

    patient: str
    level: str | None
    reason: str


@dataclass(frozen=True, eq=False)
class DiscRow:
    """One graded disc: its label, ``features`` (feature,), ``image`` (channel, row, column) and how it was taken.

    Raises:
        UsageError: features or image have another shape.
    """

    label: DiscLabel
    features: npt.NDArray[np.float32]
    image: npt.NDArray[np.float32]
    acquisition: Acquisition = field(default_factory=Acquisition)

    def __post_init__(self) -> None:
        if self.features.shape != (len(FEATURES),) or self.image.shape != IMAGE_SHAPE:
            raise UsageError(f"A disc has {len(FEATURES)} features and an image of shape {IMAGE_SHAPE}.")


@dataclass(frozen=True, eq=False)
class DiscTable:
    """All graded discs, in the order of patients and levels, and what was left out."""

    rows: tuple[DiscRow, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def patients(self) -> npt.NDArray[np.str_]:
        """Patient of each disc, (discs,)."""
        return np.array([row.label.patient for row in self.rows])

    @property
    def levels(self) -> npt.NDArray[np.intp]:
        """Index into ``DISCS`` of each disc, (discs,)."""
        return np.array([DISCS.index(row.label.level) for row in self.rows])

    @property
    def classes(self) -> npt.NDArray[np.intp]:
        """Index into ``GRADE_CLASSES`` of each disc, (discs,)."""
        return np.array([GRADE_CLASSES.index(row.label.label) for row in self.rows])

    @property
    def findings(self) -> npt.NDArray[np.bool_]:
        """Which of ``FINDINGS`` each disc has, (discs, 6)."""
        return np.array([row.label.findings.present for row in self.rows])

    @property
    def sex(self) -> npt.NDArray[np.str_]:
        """Sex of each disc's patient, (discs,): ``F``, ``M`` or empty where unknown."""
        return np.array([row.acquisition.sex for row in self.rows])

    @property
    def scanner(self) -> npt.NDArray[np.str_]:
        """Manufacturer and model of each disc's scanner, (discs,)."""
        return np.array([row.acquisition.scanner for row in self.rows])

    @property
    def field_t(self) -> npt.NDArray[np.float64]:
        """Field strength of each disc's scanner in tesla, (discs,); NaN where unknown."""
        return np.array([row.acquisition.field_t or math.nan for row in self.rows])

    @property
    def features(self) -> npt.NDArray[np.float32]:
        """Features (discs, feature); NaN where not measured."""
        return np.stack([row.features for row in self.rows])

    @property
    def images(self) -> npt.NDArray[np.float32]:
        """Inputs of the image grader (discs, channel, row, column)."""
        return np.stack([row.image for row in self.rows])

    @property
    def discs(self) -> Discs:
        """The discs as graders are given them."""
        return Discs(self.images, self.features, self.classes, self.patients, self.levels)
