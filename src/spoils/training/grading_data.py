"""SPIDER's discs as graders see them: segmented by the network, measured, cut out, joined with their grades."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.parquet

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.discs import DISC_COLUMNS, DISC_ROWS, extract_discs
from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.geometry import measure_spine, outlines_of_coverage
from spoils.grading import CHANNELS, FEATURES, feature_rows, image_input
from spoils.io import read_input
from spoils.segmentation import SegmentationModels, segment
from spoils.training.graders import Discs
from spoils.training.grading_labels import DiscLabel, read_disc_labels

__all__ = ["DiscRow", "DiscTable", "LeftOut", "build_table", "read_acquisitions", "read_table", "write_table"]

_INPUT_SHAPE = (len(CHANNELS), DISC_ROWS, DISC_COLUMNS)
_LEFT_OUT = b"left_out"


@dataclass(frozen=True)
class LeftOut:
    """A patient, or one level of a patient, that can't be learned from, and why."""

    patient: str
    level: str | None
    reason: str


@dataclass(frozen=True, eq=False)
class DiscRow:
    """One graded disc: its label, ``features`` (feature,) and ``image`` (channel, row, column)."""

    label: DiscLabel
    features: npt.NDArray[np.float32]
    image: npt.NDArray[np.float32]


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
    def classes(self) -> npt.NDArray[np.intp]:
        """Index into ``GRADE_CLASSES`` of each disc, (discs,)."""
        return np.array([GRADE_CLASSES.index(row.label.label) for row in self.rows])

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
        levels = np.array([DISCS.index(row.label.level) for row in self.rows])
        return Discs(self.images, self.features, self.classes, self.patients, levels)


def read_acquisitions(path: Path) -> dict[str, dict[str, str]]:
    """Read ``acquisitions.csv`` by patient.

    Raises:
        InputUnreadable: the table is missing or has no column ``patient``.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return {row["patient"]: row for row in csv.DictReader(stream)}
    except (OSError, KeyError) as error:
        raise InputUnreadable(f"The acquisitions in {path.name} can't be read: {error}.") from error


def _rows_of_patient(
    picture: Path, spacing_mm: float, labels: dict[str, DiscLabel], models: SegmentationModels
) -> tuple[list[DiscRow], list[LeftOut]]:
    """Segment, measure and cut out one patient's discs.

    Raises:
        UnsuitableInput: the slice can't be segmented or its levels not named.
    """
    series = read_input(picture, spacing_mm=spacing_mm).series
    segmentation = segment(series, models, mid_slice=0)
    outlines = outlines_of_coverage(segmentation.coverage, series.grid.spacing_mm[1:])
    measurements = measure_spine(segmentation.labels, series, mid_slice=0, outlines=outlines)
    volumes = extract_discs(series, segmentation.labels, 0)
    features = feature_rows(measurements, volumes)
    rows = [
        DiscRow(labels[level], features[level], _rounded(image_input(volumes[level])))
        for level in DISCS
        if level in features and level in labels
    ]
    lost = [
        LeftOut(label.patient, level, "graded, but not found whole in the image")
        for level, label in labels.items()
        if level not in features
    ]
    return rows, lost


def _rounded(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Round as the file does, so that a table read back is the very table that was built."""
    return image.astype(np.float16).astype(np.float32)


def build_table(
    folder: Path, models: SegmentationModels, tell: Callable[[str, float], None] = lambda stage, done: None
) -> DiscTable:
    """Build the table from SPIDER's slices and gradings.

    Args:
        folder: holds ``images/ID.png``, ``acquisitions.csv`` and ``gradings.csv``.
        models: for the segmentation.
        tell: told the stage and the share done.
    """
    acquisitions = read_acquisitions(folder / "acquisitions.csv")
    labels = read_disc_labels(folder / "gradings.csv")
    rows: list[DiscRow] = []
    left_out: list[LeftOut] = []
    for number, (patient, acquisition) in enumerate(sorted(acquisitions.items()), start=1):
        try:
            found, lost = _rows_of_patient(
                folder / "images" / f"{patient}.png", float(acquisition["spacing_mm"]), labels.get(patient, {}), models
            )
        except UnsuitableInput as refusal:
            found, lost = [], [LeftOut(patient, None, str(refusal))]
        rows += found
        left_out += lost
        tell(f"measured patient {patient}", number / len(acquisitions))
    return DiscTable(tuple(rows), tuple(left_out))


def write_table(table: DiscTable, path: Path, key: str) -> None:
    """Write the table as Parquet; ``key`` says what it was made from.

    A row is a disc: patient, level, grade, severity, class, one column per feature, and ``image`` as float16 bytes of
    (channel, row, column).
    """
    columns: dict[str, list[object]] = {
        "patient": [row.label.patient for row in table.rows],
        "level": [row.label.level for row in table.rows],
        "pfirrmann": [row.label.grade for row in table.rows],
        "severity": [row.label.severity for row in table.rows],
        "label": [row.label.label for row in table.rows],
        **{name: list(column) for name, column in zip(FEATURES, table.features.T, strict=True)},
        "image": [row.image.astype(np.float16).tobytes() for row in table.rows],
    }
    left_out = [[left.patient, left.level, left.reason] for left in table.left_out]
    metadata = {b"key": key.encode(), _LEFT_OUT: json.dumps(left_out).encode()}
    pyarrow.parquet.write_table(pyarrow.table(columns).replace_schema_metadata(metadata), path)


def read_table(path: Path, key: str) -> DiscTable | None:
    """Read a table written by ``write_table``; None when it is not there or was made from something else."""
    if not path.is_file():
        return None
    stored = pyarrow.parquet.read_table(path)
    metadata = stored.schema.metadata or {}
    if metadata.get(b"key") != key.encode():
        return None
    columns = stored.to_pydict()
    features = np.array([columns[name] for name in FEATURES], dtype=np.float32).T
    rows = [
        DiscRow(DiscLabel(patient, level, grade, severity), numbers, _image(content))
        for patient, level, grade, severity, numbers, content in zip(
            *(columns[name] for name in ("patient", "level", "pfirrmann", "severity")),
            features,
            columns["image"],
            strict=True,
        )
    ]
    return DiscTable(tuple(rows), tuple(LeftOut(*left) for left in json.loads(metadata[_LEFT_OUT])))


def _image(content: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(content, dtype=np.float16).reshape(_INPUT_SHAPE).astype(np.float32)
