"""Graded discs as frozen values: rows, and the table of all rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.discs import DISC_COLUMNS, DISC_ROWS, SignalReference
from spoils.errors import UsageError
from spoils.findings import Measured
from spoils.grading import CHANNELS, FEATURES
from spoils.images import Note
from spoils.training.data import DiscLabel, ScannerRecord
from spoils.training.disc_table.arrays import Discs
from spoils.training.disc_table.measurements import MEASUREMENTS

__all__ = ["IMAGE_SHAPE", "DiscRow", "DiscTable", "LeftOut", "Reading", "SeenDisc"]

IMAGE_SHAPE = (len(CHANNELS), DISC_ROWS, DISC_COLUMNS)
"""Shape of a disc's image: channel, row (downward), column (backward)."""


@dataclass(frozen=True)
class LeftOut:
    """A patient, or one level of a patient, that can't be used for training, and the reason."""

    patient: str
    level: str | None
    reason: str


@dataclass(frozen=True)
class Reading:
    """What the image of one patient shows, and how many discs the radiologist graded.

    Attributes:
        patient: the patient.
        graded: number of all graded discs, including those above the lumbar spine.
        found: levels of the discs that were found completely, cranial to caudal.
        notes: notes of the segmentation.
    """

    patient: str
    graded: int
    found: tuple[str, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class SeenDisc:
    """What the image shows of one disc, apart from the inputs of graders.

    Attributes:
        measured: every one of ``MEASUREMENTS``; empty in a table made without measurements.
        image_pixel_mm: pixel size of the disc's image.
        signal_reference: what has signal 1 in the image.
        flags: codes of the reasons why the disc would not be graded in use.

    Raises:
        UsageError: only some measurements are given, or the pixel size is not above zero.
    """

    measured: Mapping[str, Measured] = field(default_factory=dict)
    image_pixel_mm: float | None = None
    signal_reference: SignalReference | None = None
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.measured and set(self.measured) != set(MEASUREMENTS):
            raise UsageError("A disc has every measurement, as measured or not measured.")
        if self.image_pixel_mm is not None and not self.image_pixel_mm > 0:
            raise UsageError("The pixel size of a disc's image must be above zero.")


@dataclass(frozen=True, eq=False)
class DiscRow:
    """One graded disc: its label, ``features`` (feature,), ``image`` (channel, row, column) and their origin.

    Raises:
        UsageError: features or image have another shape.
    """

    label: DiscLabel
    features: npt.NDArray[np.float32]
    image: npt.NDArray[np.float32]
    acquisition: ScannerRecord = field(default_factory=ScannerRecord)
    seen: SeenDisc = field(default_factory=SeenDisc)

    def __post_init__(self) -> None:
        if self.features.shape != (len(FEATURES),) or self.image.shape != IMAGE_SHAPE:
            raise UsageError(f"A disc has {len(FEATURES)} features and an image of shape {IMAGE_SHAPE}.")


@dataclass(frozen=True, eq=False)
class DiscTable:
    """All graded discs in the order of patients and levels, the discs that were left out, and what each image shows."""

    rows: tuple[DiscRow, ...]
    left_out: tuple[LeftOut, ...]
    readings: tuple[Reading, ...] = ()

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
        """Sex of each disc's patient, (discs,): ``F``, ``M``, or empty if unknown."""
        return np.array([row.acquisition.sex for row in self.rows])

    @property
    def scanner(self) -> npt.NDArray[np.str_]:
        """Manufacturer and model of each disc's scanner, (discs,)."""
        return np.array([row.acquisition.scanner for row in self.rows])

    @property
    def field_t(self) -> npt.NDArray[np.float64]:
        """Field strength of each disc's scanner in tesla, (discs,); NaN if unknown."""
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
        """The discs as arrays for graders."""
        return Discs(self.images, self.features, self.classes, self.patients, self.levels)
