"""A learned way for graders to answer together, and whether it beats their plain mean, which is what was published.

Everything here works on answers that graders gave for patients they had not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spoils.errors import UsageError
from spoils.grading import grade_probabilities, severity_probabilities
from spoils.training.disc_table import Discs
from spoils.training.grading.models.base import Probabilities
from spoils.training.grading.models.classifiers import LogisticPlan
from spoils.training.grading.models.ordinal import FittedOrdinalGrader, OrdinalGrader

__all__ = ["StackedEnsemble", "fit_stack", "stack_out_of_fold", "stacking_wins"]

_LEAST_CHANCE = 0.003
"""Probabilities are read no surer than this: beyond it, graders differ by their temper and not by what they know."""

_FLOOR = 1e-6
_SURE = 0.975
"""Share of resamplings that must agree: the 95 % interval of the gain lies above zero."""


@dataclass(frozen=True, eq=False)
class StackedEnsemble:
    """A learned way to put graders' answers together: logistic regression on how likely each takes every step up."""

    questions: FittedOrdinalGrader

    def combined(self, answers: Sequence[Probabilities], discs: Discs) -> Probabilities:
        """Return class probabilities (discs, 11) from those of the graders, in the order of fitting."""
        return self.questions.probabilities(_as_features(answers, discs))


def fit_stack(
    answers: Sequence[Probabilities], discs: Discs, *, inverse_penalty: float = 0.1, seed: int = 0
) -> StackedEnsemble:
    """Fit to the answers that each grader gave out of fold, and the classes of the discs.

    Args:
        answers: of each grader, (discs, 11).
        discs: with their classes.
        inverse_penalty: inverse of the ridge penalty.
        seed: of every chance.

    Raises:
        UsageError: there are no answers, or they are not for these discs.
    """
    grader = OrdinalGrader("stack", LogisticPlan(inverse_penalty))
    return StackedEnsemble(grader.fit(_as_features(answers, discs), seed=seed))


def stack_out_of_fold(answers: Sequence[Probabilities], discs: Discs, folds: npt.NDArray[np.intp]) -> Probabilities:
    """Return what a stack answers for each fold that was fitted on the other folds alone, (discs, 11).

    Args:
        answers: of each grader, (discs, 11), out of the same folds.
        discs: with their classes.
        folds: fold of each disc, no patient in two.

    Raises:
        UsageError: a patient is in two folds, or the parts do not fit each other.
    """
    pairs = np.unique(np.stack([discs.patients, folds.astype(str)]), axis=1)
    if pairs.shape[1] != len(np.unique(discs.patients)):
        raise UsageError("A patient is in two folds.")
    found = np.zeros_like(answers[0])
    for fold in np.unique(folds):
        here = folds == fold
        stack = fit_stack([of_grader[~here] for of_grader in answers], discs.take(~here))
        found[here] = stack.combined([of_grader[here] for of_grader in answers], discs.take(here))
    return found


def stacking_wins(
    learned: Probabilities, plain: Probabilities, discs: Discs, *, seed: int = 0, repeats: int = 1000
) -> bool:
    """Say whether learned answers are surely better than plain ones on patients left out of learning.

    Better is a higher mean log-likelihood of the true class; sure is that 97.5 % of resamplings of whole patients
    agree. In doubt the plain way stays.

    Args:
        learned: (discs, 11), out of fold.
        plain: (discs, 11), out of fold, calibrated as fairly.
        discs: with their classes.
        seed: of the resampling.
        repeats: number of resamplings.
    """
    rows = np.arange(len(discs))
    gain = (
        np.log(np.maximum(learned, _FLOOR))[rows, discs.classes]
        - np.log(np.maximum(plain, _FLOOR))[rows, discs.classes]
    )
    patients, patient_of = np.unique(discs.patients, return_inverse=True)
    of_patient = np.bincount(patient_of, weights=gain)
    drawn = np.random.default_rng(seed).integers(len(patients), size=(repeats, len(patients)))
    return bool((of_patient[drawn].sum(axis=1) > 0).mean() >= _SURE)


def _require_same_discs(answers: Sequence[Probabilities]) -> None:
    if len({of_grader.shape for of_grader in answers}) != 1:
        raise UsageError("Graders can answer together only when all of them answered the same discs.")


def _as_features(answers: Sequence[Probabilities], discs: Discs) -> Discs:
    """Return the discs with log-odds as features: for each grader, to exceed each grade and each severity."""
    _require_same_discs(answers)
    chances = np.hstack(
        [
            part
            for of_grader in answers
            for part in (_above(grade_probabilities(of_grader)), _above(severity_probabilities(of_grader)))
        ]
    )
    bounded = np.clip(chances, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
    return replace(discs, features=np.log(bounded / (1 - bounded)).astype(np.float32))


def _above(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the probability to exceed each but the last of ordered values.

    >>> _above(np.array([[0.5, 0.25, 0.25]])).tolist()
    [[0.5, 0.25]]
    """
    return np.asarray(1 - probabilities.cumsum(axis=1)[:, :-1])
