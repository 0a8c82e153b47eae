"""Folds of patients: made once, written to a file, read by every experiment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spoils.errors import InputUnreadable, UsageError

__all__ = ["assign_folds", "read_folds", "segmentation_folds", "unannotated_folds", "write_folds"]

_PACKAGED = Path(__file__).parent / "folds"


def assign_folds(stratum_of: Mapping[str, str], n_folds: int, *, seed: int = 0) -> dict[str, int]:
    """Give each patient a fold, spreading every stratum (e.g. source) evenly over the folds.

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
        raise UsageError(f"{len(stratum_of)} patients can't be dealt into {n_folds} folds.")
    rng = np.random.default_rng(seed)
    shuffled: list[str] = []
    for stratum in sorted(set(stratum_of.values())):
        members = sorted(patient for patient, of in stratum_of.items() if of == stratum)
        shuffled += [members[i] for i in rng.permutation(len(members))]
    return {patient: position % n_folds for position, patient in enumerate(shuffled)}


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


def segmentation_folds() -> dict[str, int]:
    """Return the eight folds of the annotated patients that every segmentation experiment uses."""
    return read_folds(_PACKAGED / "segmentation.json")


def unannotated_folds() -> dict[str, int]:
    """Return five folds of SPIDER's patients without annotation; fold 0 is set aside from every fit."""
    return read_folds(_PACKAGED / "unannotated.json")
