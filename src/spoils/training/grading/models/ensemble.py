"""A learned ensemble of graders, and whether it is better than their plain mean, which is the published ensemble.

All functions work on out-of-fold predictions.
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
"""Probabilities are clipped to this. Below it, graders differ in how extreme they are and not in what they know."""

_FLOOR = 1e-6
_SURE = 0.975
"""Share of resamplings that must agree, so that the 95 % interval of the gain lies above zero."""


@dataclass(frozen=True, eq=False)
class StackedEnsemble:
    """A learned ensemble: ordinal logistic regression on the graders' log-odds to exceed each grade and severity."""

    questions: FittedOrdinalGrader

    def combined(self, predictions: Sequence[Probabilities], discs: Discs) -> Probabilities:
        """Return class probabilities (discs, 11) from the graders' predictions, in the same order as in the fit."""
        return self.questions.probabilities(_as_features(predictions, discs))


def fit_stack(
    predictions: Sequence[Probabilities], discs: Discs, *, inverse_penalty: float = 0.1, seed: int = 0
) -> StackedEnsemble:
    """Fit an ensemble to the out-of-fold predictions of each grader and the classes of the discs.

    Args:
        predictions: predictions of each grader, (discs, 11).
        discs: the discs with their classes.
        inverse_penalty: inverse of the ridge penalty.
        seed: seed of all random numbers.

    Raises:
        UsageError: there are no predictions, or they do not match the discs.
    """
    grader = OrdinalGrader("stack", LogisticPlan(inverse_penalty))
    return StackedEnsemble(grader.fit(_as_features(predictions, discs), seed=seed))


def stack_out_of_fold(predictions: Sequence[Probabilities], discs: Discs, folds: npt.NDArray[np.intp]) -> Probabilities:
    """Return the predictions of ensembles, each fitted on the other folds only, (discs, 11).

    Args:
        predictions: predictions of each grader, (discs, 11), out of the same folds.
        discs: the discs with their classes.
        folds: fold of each disc; no patient is in two folds.

    Raises:
        UsageError: a patient is in two folds, or the arguments do not match.
    """
    pairs = np.unique(np.stack([discs.patients, folds.astype(str)]), axis=1)
    if pairs.shape[1] != len(np.unique(discs.patients)):
        raise UsageError("A patient is in two folds.")
    found = np.zeros_like(predictions[0])
    for fold in np.unique(folds):
        here = folds == fold
        stack = fit_stack([of_grader[~here] for of_grader in predictions], discs.take(~here))
        found[here] = stack.combined([of_grader[here] for of_grader in predictions], discs.take(here))
    return found


def stacking_wins(
    learned: Probabilities, plain: Probabilities, discs: Discs, *, seed: int = 0, repeats: int = 1000
) -> bool:
    """Return whether the learned ensemble is significantly better than the plain mean, on patients left out of its fit.

    Better means a higher mean log-likelihood of the true class. Significant means that 97.5 % of resamplings of whole
    patients agree. Otherwise the plain mean is kept.

    Args:
        learned: out-of-fold probabilities, (discs, 11).
        plain: out-of-fold probabilities, (discs, 11), calibrated in the same way.
        discs: the discs with their classes.
        seed: seed of the resampling.
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


def _require_same_discs(predictions: Sequence[Probabilities]) -> None:
    if len({of_grader.shape for of_grader in predictions}) != 1:
        raise UsageError("All graders must predict the same discs.")


def _as_features(predictions: Sequence[Probabilities], discs: Discs) -> Discs:
    """Return the discs with log-odds as features: for each grader, of exceeding each grade and each severity."""
    _require_same_discs(predictions)
    chances = np.hstack(
        [
            part
            for of_grader in predictions
            for part in (_above(grade_probabilities(of_grader)), _above(severity_probabilities(of_grader)))
        ]
    )
    bounded = np.clip(chances, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
    return replace(discs, features=np.log(bounded / (1 - bounded)).astype(np.float32))


def _above(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the probability to exceed each ordered value except the last.

    >>> _above(np.array([[0.5, 0.25, 0.25]])).tolist()
    [[0.5, 0.25]]
    """
    return np.asarray(1 - probabilities.cumsum(axis=1)[:, :-1])
