"""Annotated slices: the table of slices, their patients, and their images with annotations."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spoils.anatomy import CANAL
from spoils.errors import InputUnreadable
from spoils.images import SagittalSeries
from spoils.io import read_annotation, read_input
from spoils.training.data.splits import SPIDER, segmentation_folds

__all__ = [
    "AnnotatedSlice",
    "Person",
    "other_patients_with_same_id",
    "person_of",
    "project_person",
    "read_annotated",
    "read_index",
    "rows_of",
]


Person = tuple[str, str]
"""Id and source of a patient. Different sources may use the same ids."""

_COLUMNS = ("id", "source", "patient", "spacing_mm", "canal")
_CANALS = ("full", "partial", "absent")

_PREFIXED_SOURCES = ("ivd", "vb1", "vb2", "vesal")
"""Sources whose name precedes the patient number in the packaged folds. SPIDER patients have a number only."""


def read_index(folder: Path) -> list[dict[str, str]]:
    """Read ``index.csv`` of a folder of annotated slices. A byte order mark, as Excel writes it, is ignored.

    Raises:
        InputUnreadable: there is no such table, or it lacks a column; a cell is empty or holds something that can't be;
            two rows are of one image.
    """
    path = folder / "index.csv"
    if not path.is_file():
        raise InputUnreadable(f"{folder.name} holds no index.csv; is this the folder of annotated slices?")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream, restval="")
            rows, columns = list(table), table.fieldnames or ()
    except (OSError, ValueError, csv.Error) as error:
        raise InputUnreadable(f"The table index.csv can't be read: {error}.") from error
    missing = [column for column in _COLUMNS if column not in columns]
    if missing:
        raise InputUnreadable(f"The table index.csv lacks {', '.join(missing)}; its cells are separated by commas.")
    for row in rows:
        _require_possible(row)
    if len({row["id"] for row in rows}) < len(rows):
        raise InputUnreadable("Two rows of index.csv have the same id.")
    return rows


def _require_possible(row: Mapping[str, str]) -> None:
    empty = [column for column in _COLUMNS if not row[column]]
    if empty:
        raise InputUnreadable(f"A row of index.csv has no {empty[0]} (id: {row['id'] or 'none'}).")
    if row["canal"] not in _CANALS:
        raise InputUnreadable(f"The canal of {row['id']} in index.csv must be one of {', '.join(_CANALS)}.")
    try:
        spacing_mm = float(row["spacing_mm"])
    except ValueError:
        spacing_mm = math.nan
    if not (math.isfinite(spacing_mm) and spacing_mm > 0):
        raise InputUnreadable(f"The spacing_mm of {row['id']} in index.csv must be a number above zero.")


def person_of(row: Mapping[str, str]) -> Person:
    """Return the patient of a row of ``index.csv``."""
    return row["patient"], row["source"]


def project_person(patient: str) -> Person:
    """Return the person that ``patient`` refers to in the packaged folds.

    >>> project_person("vb2-05"), project_person("3")
    (('vb2-05', 'vb2'), ('3', 'spider'))
    """
    prefix = patient.partition("-")[0]
    return patient, prefix if prefix in _PREFIXED_SOURCES else SPIDER


def other_patients_with_same_id(rows: Iterable[Mapping[str, str]], folds: Mapping[str, int]) -> set[Person]:
    """Return the people who have the id of a patient in ``folds`` but are other patients.

    The packaged folds refer to patients of the project's sources. A user's own folds refer to any patient in the folder
    with that id.
    """
    if folds != segmentation_folds():
        return set()
    people = {person_of(row) for row in rows}
    return {person for person in people if person[0] in folds and person != project_person(person[0])}


def rows_of(folder: Path, patients: Iterable[str | Person]) -> list[dict[str, str]]:
    """Return the rows of ``index.csv`` of ``patients``, given as people or by their ids in the folds of this folder.

    Raises:
        InputUnreadable: the table can't be read.
    """
    wanted, rows = set(patients), read_index(folder)
    others = other_patients_with_same_id(rows, segmentation_folds(folder.parent))
    return [
        row
        for row in rows
        if (person := person_of(row)) in wanted or (row["patient"] in wanted and person not in others)
    ]


@dataclass(frozen=True, eq=False)
class AnnotatedSlice:
    """A one-slice series with square pixels of ``spacing_mm``, and what was drawn on it.

    ``labels`` are uint8 (rows, columns); ``drawn`` names the structures that were drawn whole.
    """

    series: SagittalSeries
    spacing_mm: float
    labels: npt.NDArray[np.uint8]
    drawn: frozenset[str]


def read_annotated(row: Mapping[str, str], folder: Path) -> AnnotatedSlice:
    """Read the slice of a row of ``index.csv``: ``ID.png`` and ``ID.json``.

    A canal that is annotated in part is not listed as annotated, because the rest of it is unknown.

    Raises:
        InputUnreadable: a file is missing or damaged, or the annotation is of an image of another size.
        UnsuitableInput: the picture is not that of a lumbar spine.
    """
    annotation, spacing_mm = read_annotation(folder / f"{row['id']}.json"), float(row["spacing_mm"])
    series = read_input(folder / f"{row['id']}.png", spacing_mm=spacing_mm).series
    if annotation.labels.shape != series.pixels.shape[1:]:
        (rows, columns), (found_rows, found_columns) = annotation.labels.shape, series.pixels.shape[1:]
        raise InputUnreadable(
            f"The annotation {row['id']}.json is of a picture of {columns} x {rows} pixels,"
            f" but {row['id']}.png has {found_columns} x {found_rows}."
        )
    drawn = annotation.names - (set() if row["canal"] == "full" else {CANAL})
    return AnnotatedSlice(series, spacing_mm, annotation.labels, drawn)
