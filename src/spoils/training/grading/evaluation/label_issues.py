"""How far the classes that can't be ruled out reach over the policy's strata, and how often the graded one is right."""

from __future__ import annotations

import numpy as np

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.decision import Policy
from spoils.decision.discs import GradedDiscs as DecidedDiscs
from spoils.training.disc_table import DiscTable
from spoils.training.grading.evaluation.scores import ScoredDiscs

__all__ = ["doubt_over_strata"]


def doubt_over_strata(discs: ScoredDiscs, table: DiscTable, policy: Policy) -> dict[str, dict[str, int]]:
    """Count patients by the strata that their possible driving discs lie in.

    Args:
        discs: out-of-fold grades with prediction sets, one for each row of the table.
        table: whose discs they are.
        policy: with the strata.

    Returns:
        By the mildest and the worst possible stratum, as ``conservative to surgical``: ``patients``, and ``right``,
        those whose driving disc was graded into the stratum of the radiologist's driving disc.
    """
    counted: dict[str, dict[str, int]] = {}
    names = np.array(GRADE_CLASSES)
    for patient in np.unique(table.patients):
        of = {DISCS[table.levels[row]]: row for row in np.flatnonzero(table.patients == patient)}
        sets = {level: names[discs.sets[row]].tolist() for level, row in of.items()}
        ours = DecidedDiscs({level: GRADE_CLASSES[discs.answers[row]] for level, row in of.items()}, sets)
        theirs = DecidedDiscs({level: GRADE_CLASSES[discs.truth[row]] for level, row in of.items()})
        possible = ours.possible_drivers(policy)
        mildest, worst = (policy.stratum(name).name for name in (possible[0], possible[-1]))
        cell = counted.setdefault(f"{mildest} to {worst}", {"patients": 0, "right": 0})
        cell["patients"] += 1
        cell["right"] += _stratum(ours, policy) == _stratum(theirs, policy)
    return dict(sorted(counted.items()))


def _stratum(discs: DecidedDiscs, policy: Policy) -> str:
    return policy.stratum(discs.classes[discs.driving_level(policy)]).name
