"""Folds of a user's own data: assigned once, kept beside the images, and later only extended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from spoils.errors import InputUnreadable
from spoils.training.data.acquisitions import scanner_of_patients
from spoils.training.data.annotated import project_person, read_index
from spoils.training.data.splits import (
    ANNOTATED,
    FOLDS_NAME,
    SPIDER,
    added_to_folds,
    grading_folds,
    segmentation_folds,
    write_folds,
)

__all__ = ["Assigned", "assign_splits"]


@dataclass(frozen=True)
class Assigned:
    """Number of patients of a folder that were given a fold now, and number of all patients with a fold."""

    assigned: int
    patients: int


@dataclass(frozen=True)
class _Kind:
    folder: str
    stratum_of_patients: Callable[[Path], Mapping[str, str]]
    folds: Callable[[Path | None], dict[str, int]]
    is_of_project: Callable[[str, str], bool]
    """Whether the packaged folds contain a patient, given the number and stratum."""


def _source_of_patients(folder: Path) -> dict[str, str]:
    return {row["patient"]: row["source"] for row in read_index(folder)}


def _is_annotated_by_the_project(patient: str, source: str) -> bool:
    return project_person(patient) == (patient, source)


_KINDS = (
    _Kind(ANNOTATED, _source_of_patients, segmentation_folds, _is_annotated_by_the_project),
    _Kind(SPIDER, scanner_of_patients, grading_folds, lambda patient, scanner: True),
)


def assign_splits(data: Path) -> dict[str, Assigned]:
    """Give every annotated and every graded patient of ``data`` a fold, and write ``folds.json`` into their folders.

    Annotated patients are stratified by source, graded ones by scanner. Patients that already have a fold, in the file
    or in the packaged folds, keep it.

    Args:
        data: folder that holds ``annotated``, ``spider`` or both.

    Returns:
        The numbers of patients, by folder.

    Raises:
        InputUnreadable: ``data`` holds neither folder, or a table in them can't be read; nothing was written.
    """
    strata = [(kind, kind.stratum_of_patients(data / kind.folder)) for kind in _KINDS if (data / kind.folder).is_dir()]
    if not strata:
        raise InputUnreadable(f"{data.name} holds neither {' nor '.join(kind.folder for kind in _KINDS)}.")
    kept = [kind.folds(data) if (data / kind.folder / FOLDS_NAME).is_file() else {} for kind, _ in strata]
    done = {}
    for (kind, stratum_of), before in zip(strata, kept, strict=True):
        packaged = kind.folds(None)
        of_project = {
            patient: packaged[patient]
            for patient, stratum in stratum_of.items()
            if patient in packaged and kind.is_of_project(patient, stratum)
        }
        known = of_project | before
        folds = added_to_folds(known, stratum_of)
        if folds != before:
            write_folds(folds, data / kind.folder / FOLDS_NAME)
        done[kind.folder] = Assigned(len(folds) - len(known), len(folds))
    return done
