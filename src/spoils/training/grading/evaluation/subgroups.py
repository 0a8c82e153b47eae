"""Figures of graders by level, sex, scanner and field strength."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS
from spoils.errors import UsageError
from spoils.training.disc_table import DiscTable
from spoils.training.grading.evaluation.scores import REPEATS, ScoredDiscs, with_intervals

__all__ = ["LEAST_PATIENTS", "Subgroups", "score_subgroups", "subgroups_of_table"]

LEAST_PATIENTS = 8
"""Subgroups with fewer patients are counted but not scored, because their intervals would not be informative."""

UNKNOWN = "unknown"

Subgroups = Mapping[str, npt.NDArray[np.str_]]
"""Subgroup of each disc, (discs,), by name of the partition."""


def subgroups_of_table(table: DiscTable) -> dict[str, npt.NDArray[np.str_]]:
    """Return the ``level``, ``sex``, ``scanner`` and ``field_strength`` of each disc."""
    return {
        "level": np.array(DISCS)[table.levels],
        "sex": _named(table.sex),
        "scanner": _named(table.scanner),
        "field_strength": np.array([UNKNOWN if np.isnan(tesla) else f"{tesla:g} T" for tesla in table.field_t]),
    }


def _named(values: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    return np.where(values == "", UNKNOWN, values)


def score_subgroups(discs: ScoredDiscs, parts: Subgroups, *, repeats: int = REPEATS) -> dict[str, dict[str, Any]]:
    """Return the figures of each subgroup with their intervals.

    Args:
        discs: discs graded out of fold.
        parts: partitions into subgroups.
        repeats: resamplings of patients.

    Returns:
        By partition and subgroup: ``discs``, ``patients`` and ``figures``, None with fewer than ``LEAST_PATIENTS``
        patients. Levels are sorted from superior to inferior, all others alphabetically.

    Raises:
        UsageError: a partition has another number of discs.
    """
    if any(len(of) != len(discs) for of in parts.values()):
        raise UsageError("The subgroups do not fit the discs.")
    return {
        way: {str(part): _score(discs.take(of == part), repeats) for part in sorted(set(of.tolist()), key=_order)}
        for way, of in parts.items()
    }


def _order(part: str) -> tuple[int, str]:
    return (DISCS.index(part), part) if part in DISCS else (len(DISCS), part)


def _score(discs: ScoredDiscs, repeats: int) -> dict[str, Any]:
    patients = len(np.unique(discs.patients))
    figures = with_intervals(discs, repeats=repeats) if patients >= LEAST_PATIENTS else None
    return {"discs": len(discs), "patients": patients, "figures": figures}
