"""Folds of patients: assigned once, written to a file, and read by every experiment.

The project's folds are packaged. A user's own data have theirs in ``annotated/folds.json`` and ``spider/folds.json``.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spoils.errors import InputUnreadable, UsageError

__all__ = [
    "ANNOTATED",
    "FOLDS_NAME",
    "N_FOLDS",
    "SPIDER",
    "added_to_folds",
    "assign_folds",
    "folds_digest",
    "folds_of_fit",
    "grading_folds",
    "read_folds",
    "segmentation_folds",
    "unannotated_folds",
    "write_folds",
]

ANNOTATED = "annotated"
"""Folder of the annotated slices, in the folder of all data."""

SPIDER = "spider"
"""Folder of SPIDER, in the folder of all data; also its name as a source of annotated slices."""

N_FOLDS = 8
FOLDS_NAME = "folds.json"

_PACKAGED = Path(__file__).parent / "project_splits"


def assign_folds(stratum_of: Mapping[str, str], n_folds: int, *, seed: int = 0) -> dict[str, int]:
    """Assign each patient to a fold, so that every stratum (such as a source) is spread evenly over the folds.

    Args:
        stratum_of: stratum of each patient.
        n_folds: number of folds.
        seed: seed of the shuffle.

    Raises:
        UsageError: fewer than two folds, or fewer patients than folds.

    >>> sorted(assign_folds({"a": "x", "b": "x", "c": "y"}, 2).values())
    [0, 0, 1]
    """
    if not 2 <= n_folds <= len(stratum_of):
        raise UsageError(f"{len(stratum_of)} patients can't be split into {n_folds} folds.")
    return {patient: position % n_folds for position, patient in enumerate(_shuffled(stratum_of, seed))}


def added_to_folds(folds: Mapping[str, int], stratum_of: Mapping[str, str], *, seed: int = 0) -> dict[str, int]:
    """Return ``folds`` extended by the patients of ``stratum_of`` that have no fold. Existing folds are kept.

    Each patient is added to the fold with the fewest patients of the stratum, and of these to the smallest.

    >>> added_to_folds({"a": 0, "b": 1}, {"a": "x", "b": "x", "c": "x"})
    {'a': 0, 'b': 1, 'c': 2}
    """
    assigned = dict(folds)
    sizes = Counter(assigned.values())
    of_stratum = Counter((stratum, assigned[patient]) for patient, stratum in stratum_of.items() if patient in assigned)
    for patient in _shuffled({patient: of for patient, of in stratum_of.items() if patient not in folds}, seed):
        stratum = stratum_of[patient]
        fold = min(range(N_FOLDS), key=lambda one: (of_stratum[stratum, one], sizes[one]))
        assigned[patient] = fold
        of_stratum[stratum, fold] += 1
        sizes[fold] += 1
    return assigned


def _shuffled(stratum_of: Mapping[str, str], seed: int) -> list[str]:
    """Return the patients stratum by stratum, each stratum shuffled."""
    rng = np.random.default_rng(seed)
    shuffled: list[str] = []
    for stratum in sorted(set(stratum_of.values())):
        members = sorted(patient for patient, of in stratum_of.items() if of == stratum)
        shuffled += [members[i] for i in rng.permutation(len(members))]
    return shuffled


def write_folds(folds: Mapping[str, int], path: Path) -> None:
    """Write the fold of each patient as JSON, sorted, so that two versions compare line by line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(sorted(folds.items())), indent=1) + "\n", encoding="utf-8")


def read_folds(path: Path) -> dict[str, int]:
    """Read the fold of each patient.

    Raises:
        InputUnreadable: the file is missing or is not such a table.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputUnreadable(f"The fold file {path.name} can't be read: {error}.") from error
    if not isinstance(table, dict) or not all(isinstance(fold, int) for fold in table.values()):
        raise InputUnreadable(f"The fold file {path.name} must map each patient to a fold number.")
    return {str(patient): fold for patient, fold in table.items()}


def folds_digest(folds: Mapping[str, int]) -> str:
    """Return the SHA-256, in hex, of the fold of each patient: the same for the same folds in any order."""
    return hashlib.sha256(json.dumps(dict(folds), sort_keys=True).encode()).hexdigest()


def segmentation_folds(data: Path | None = None) -> dict[str, int]:
    """Return the eight folds of the annotated patients: those that ``data`` brings, else the packaged ones.

    Raises:
        InputUnreadable: ``annotated/folds.json`` is no table of folds 0 to 7.
    """
    return _own_or_packaged(data, ANNOTATED, "segmentation")


def grading_folds(data: Path | None = None) -> dict[str, int]:
    """Return the eight folds of the graded patients: those that ``data`` brings, else the packaged ones of SPIDER.

    Raises:
        InputUnreadable: ``spider/folds.json`` is no table of folds 0 to 7.
    """
    return _own_or_packaged(data, SPIDER, "grading")


def _own_or_packaged(data: Path | None, folder: str, packaged: str) -> dict[str, int]:
    if data is None or not (data / folder / FOLDS_NAME).is_file():
        return read_folds(_PACKAGED / f"{packaged}.json")
    folds = read_folds(data / folder / FOLDS_NAME)
    if not set(folds.values()) <= set(range(N_FOLDS)):
        raise InputUnreadable(f"The folds in {folder}/{FOLDS_NAME} are numbered 0 to {N_FOLDS - 1}.")
    return folds


def folds_of_fit(fit: Path) -> dict[str, int]:
    """Return the folds that the fit in the folder ``fit`` was made with; one that keeps none had the packaged ones."""
    path = fit / FOLDS_NAME
    return read_folds(path) if path.is_file() else segmentation_folds()


def unannotated_folds() -> dict[str, int]:
    """Return five folds of SPIDER's patients without annotation; fold 0 is set aside from every fit."""
    return read_folds(_PACKAGED / "unannotated.json")
