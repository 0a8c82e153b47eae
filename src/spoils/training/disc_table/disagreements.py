"""Disagreements between level naming and the radiologist's gradings. They are listed, never corrected."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GroupKFold, cross_val_predict

from spoils.anatomy import DISCS
from spoils.errors import UsageError
from spoils.grading import GRADES
from spoils.training.data import ScannerRecord
from spoils.training.disc_table.table import DiscTable, Reading

__all__ = [
    "LEAST_PATIENTS",
    "Disagreement",
    "csv_of_disagreements",
    "expected_grades",
    "grades_unlike_image",
    "level_disagreements",
]

_LEVEL_NOTES = (
    "level-count-uncertain",
    "lumbar-count",
    "transitional-segment",
    "levels-gap",
    "levels-order",
    "levels-overlap",
)
"""Codes of notes by which the segmentation reports that its levels may be wrong."""

_LEAST_MISFIT = 1.0
"""Mean difference of grades over a patient's levels from which they are listed: the 97th percentile of SPIDER."""
_LEAST_LEVELS = 3


@dataclass(frozen=True)
class Disagreement:
    """One disagreement: its kind, the levels concerned, and the evidence of each side.

    ``kind`` is ``image-refused``, ``graded-not-found``, ``found-not-graded``, ``source-counts``,
    ``grades-unlike-image``, or the code of a flag of the segmentation.
    """

    patient: str
    kind: str
    levels: tuple[str, ...]
    segmentation: str
    radiologist: str


def level_disagreements(table: DiscTable) -> tuple[Disagreement, ...]:
    """Return the disagreements between found, graded and annotated levels, in the order of the table."""
    graded = _graded_levels(table)
    taken = {row.label.patient: row.acquisition for row in table.rows}
    refused = [
        Disagreement(left.patient, "image-refused", (), left.reason, "graded")
        for left in table.left_out
        if left.level is None
    ]
    read = (
        found
        for reading in table.readings
        for found in _of_reading(reading, graded.get(reading.patient, ()), taken.get(reading.patient, ScannerRecord()))
    )
    return (*refused, *read)


def _graded_levels(table: DiscTable) -> dict[str, tuple[str, ...]]:
    """Return the graded lumbar levels of each patient, cranial to caudal."""
    pairs = {(row.label.patient, row.label.level) for row in table.rows}
    pairs |= {(left.patient, left.level) for left in table.left_out if left.level is not None}
    return {patient: tuple(level for level in DISCS if (patient, level) in pairs) for patient, _ in pairs}


def _of_reading(reading: Reading, graded: tuple[str, ...], taken: ScannerRecord) -> Iterator[Disagreement]:
    counted = f"{reading.graded} discs graded"
    lost = tuple(level for level in graded if level not in reading.found)
    if lost:
        yield Disagreement(reading.patient, "graded-not-found", lost, "not found whole", counted)
    extra = tuple(level for level in reading.found if level not in graded)
    if extra:
        yield Disagreement(reading.patient, "found-not-graded", extra, "found whole", counted)
    counts = {taken.annotated_bodies, taken.annotated_discs} - {None}
    if counts - {reading.graded}:
        segmented = f"{taken.annotated_bodies} bodies and {taken.annotated_discs} discs segmented by the source"
        found = f"{len(reading.found)} lumbar discs found"
        yield Disagreement(reading.patient, "source-counts", (), found, f"{counted}, {segmented}")
    for note in reading.notes:
        if note.code in _LEVEL_NOTES:
            yield Disagreement(reading.patient, note.code, (), str(note.message), counted)


def grades_unlike_image(table: DiscTable, expected: npt.NDArray[np.float64]) -> tuple[Disagreement, ...]:
    """Return the patients whose grades differ strongly from the grades expected from their discs.

    This happens if grades were counted from another disc or recorded in another order. It also happens if the
    radiologist saw a disc better on other slices.

    Args:
        table: the discs.
        expected: expected grade of each disc, (discs,), from a model that never saw the patient's grades.

    Raises:
        UsageError: there is not one expected grade for each disc.
    """
    if expected.shape != (len(table.rows),):
        raise UsageError("Every disc needs one expected grade.")
    patients, levels = table.patients, table.levels
    grades = np.array([row.label.grade for row in table.rows])
    listed = []
    for patient in dict.fromkeys(patients.tolist()):
        own = patients == patient
        looks, given = expected[own], grades[own]
        if own.sum() >= _LEAST_LEVELS and np.abs(looks - given).mean() >= _LEAST_MISFIT:
            seen = f"looks like {' '.join(f'{grade:.1f}' for grade in looks)}"
            recorded = f"graded {' '.join(map(str, given))}"
            names = tuple(DISCS[level] for level in levels[own])
            listed.append(Disagreement(patient, "grades-unlike-image", names, seen, recorded))
    return tuple(listed)


def csv_of_disagreements(found: Iterable[Disagreement]) -> str:
    """Return the disagreements as CSV; levels are separated by spaces."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(Disagreement))
    for one in found:
        patient, kind, levels, *sides = astuple(one)
        writer.writerow((patient, kind, " ".join(levels), *sides))
    return text.getvalue()


LEAST_PATIENTS = 40
"""With fewer patients, the regression is too weak to question a radiologist's grades."""


_N_FOLDS = 8


def expected_grades(table: DiscTable) -> npt.NDArray[np.float64]:
    """Return the Pfirrmann grade predicted from each disc's features, (discs,), fitted without the disc's patient.

    This is a plain regression with a mean error of half a grade, which is enough to find implausible grades.

    Raises:
        UsageError: there are fewer than ``LEAST_PATIENTS``.
    """
    patients = table.patients
    if len(np.unique(patients)) < LEAST_PATIENTS:
        raise UsageError(f"At least {LEAST_PATIENTS} patients are needed to predict grades from features.")
    grades = np.array([row.label.grade for row in table.rows], dtype=np.float64)
    regression = HistGradientBoostingRegressor(max_leaf_nodes=8, random_state=0)
    folds = GroupKFold(_N_FOLDS)
    expected = cross_val_predict(regression, table.features, grades, groups=patients, cv=folds)
    return np.asarray(np.clip(expected, min(GRADES), max(GRADES)))
