"""How well discs are graded, counted over patients: every figure of the graders comes from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import UsageError
from spoils.grading import GRADES, SEVERITIES, grade_of, severity_of

__all__ = ["GradedDiscs", "expected_calibration_error", "kappa", "macro_recall", "score_discs", "with_intervals"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_GRADE_OF_CLASS = np.array([GRADES.index(grade_of(name)) for name in GRADE_CLASSES])
_SEVERITY_OF_CLASS = np.array([SEVERITIES.index(severity_of(name)) for name in GRADE_CLASSES])
_BINS = 10


@dataclass(frozen=True, eq=False)
class GradedDiscs:
    """Answers for discs with known class.

    ``truth`` (discs,) holds class indices, ``probabilities`` is (discs, 11), ``sets`` (discs, 11) says which classes
    are in the prediction set, ``patients`` (discs,) names the patient.
    """

    truth: IntArray
    probabilities: FloatArray
    sets: npt.NDArray[np.bool_]
    patients: npt.NDArray[np.str_]

    def __post_init__(self) -> None:
        shape = (len(self.truth), len(GRADE_CLASSES))
        if self.probabilities.shape != shape or self.sets.shape != shape or len(self.patients) != shape[0]:
            raise UsageError("Classes, probabilities, sets and patients do not have the same number of discs.")

    def take(self, rows: IntArray) -> GradedDiscs:
        """Return the discs at ``rows``; a row may come more than once."""
        return GradedDiscs(self.truth[rows], self.probabilities[rows], self.sets[rows], self.patients[rows])


def _confusion(truth: IntArray, answer: IntArray, classes: int) -> FloatArray:
    return np.bincount(truth * classes + answer, minlength=classes**2).reshape(classes, classes).astype(np.float64)


def macro_recall(confusion: FloatArray) -> float:
    """Return the mean over occurring classes of the share that was recognised; rows of ``confusion`` are the truth.

    >>> macro_recall(np.array([[3.0, 1.0], [0.0, 2.0]]))
    0.875
    """
    totals = confusion.sum(axis=1)
    occurs = totals > 0
    return float((confusion.diagonal()[occurs] / totals[occurs]).mean())


def kappa(confusion: FloatArray) -> float:
    """Return Cohen's kappa with quadratic weights over ordered classes; zero when chance alone would agree as well.

    >>> kappa(np.array([[2.0, 0.0], [0.0, 2.0]]))
    1.0
    """
    n = len(confusion)
    weights = (np.arange(n)[:, None] - np.arange(n)) ** 2
    expected = np.outer(confusion.sum(axis=1), confusion.sum(axis=0)) / confusion.sum()
    by_chance = float((weights * expected).sum())
    return 1 - float((weights * confusion).sum()) / by_chance if by_chance else 0.0


def expected_calibration_error(probabilities: FloatArray, truth: IntArray) -> float:
    """Return the mean gap between confidence and accuracy of the top class over ten equal bins of confidence."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(truth))


def score_discs(discs: GradedDiscs) -> dict[str, float]:
    """Return every figure of the graders; grade and severity are the parts of the most probable class."""
    answer = discs.probabilities.argmax(axis=1)
    classes = _confusion(discs.truth, answer, len(GRADE_CLASSES))
    grade, true_grade = _GRADE_OF_CLASS[answer], _GRADE_OF_CLASS[discs.truth]
    grades = _confusion(true_grade, grade, len(GRADES))
    severities = _confusion(_SEVERITY_OF_CLASS[discs.truth], _SEVERITY_OF_CLASS[answer], len(SEVERITIES))
    one_hot = np.eye(len(GRADE_CLASSES))[discs.truth]
    return {
        "class_accuracy": float((answer == discs.truth).mean()),
        "class_macro_recall": macro_recall(classes),
        "pfirrmann_exact": float((grade == true_grade).mean()),
        "pfirrmann_within_one": float((np.abs(grade - true_grade) <= 1).mean()),
        "pfirrmann_kappa": kappa(grades),
        "pfirrmann_macro_recall": macro_recall(grades),
        "pfirrmann_mean_absolute_error": float(np.abs(grade - true_grade).mean()),
        "severity_kappa": kappa(severities),
        "expected_calibration_error": expected_calibration_error(discs.probabilities, discs.truth),
        "brier": float(((discs.probabilities - one_hot) ** 2).sum(axis=1).mean()),
        "set_coverage": float(discs.sets[np.arange(len(discs.truth)), discs.truth].mean()),
        "set_size": float(discs.sets.sum(axis=1).mean()),
    }


def with_intervals(discs: GradedDiscs, *, seed: int = 0, repeats: int = 1000) -> dict[str, Any]:
    """Return each figure as ``{value, low, high}``: the 95 % interval under resampling of whole patients."""
    rows_of = [np.flatnonzero(discs.patients == patient) for patient in np.unique(discs.patients)]
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(repeats):
        chosen = rng.integers(len(rows_of), size=len(rows_of))
        drawn.append(score_discs(discs.take(np.concatenate([rows_of[i] for i in chosen]))))
    return {
        name: dict(
            zip(("value", "low", "high"), (value, *np.percentile([d[name] for d in drawn], (2.5, 97.5))), strict=True)
        )
        for name, value in score_discs(discs).items()
    }
