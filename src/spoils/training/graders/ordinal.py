"""Grading as the order asks: is it worse than grade k, and, given the grade, worse than severity s?

Any classifier of two classes answers these questions (Frank and Hall, ECML 2001): a disc between grade 3 and 4 then
never looks like a grade 1, and the 5M that occurs a few times learns from all that is above grade 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
from sklearn.pipeline import Pipeline

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import UsageError
from spoils.grading import GRADES, SEVERITIES
from spoils.training.graders.base import Answers, Discs
from spoils.training.graders.ordinal_export import GRADE_OF_CLASS, GRADES_OF_MANY, SEVERITY_OF_CLASS, questions_as_onnx
from spoils.training.graders.tabular import TabularPlan

__all__ = ["FittedOrdinalGrader", "OrdinalGrader"]

FeatureTable = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Question:
    """Whether the value is above a cut: a fitted classifier, or the one answer that all training discs gave."""

    classifier: Pipeline | None
    always: float

    def above(self, features: FeatureTable) -> FloatArray:
        """Return the probability of yes (discs,)."""
        if self.classifier is None:
            return np.full(len(features), self.always)
        return np.asarray(self.classifier.predict_proba(features)[:, 1], dtype=np.float64)

    def asked_classifier(self) -> Pipeline:
        """Return the classifier.

        Raises:
            UsageError: there was nothing to ask in fitting.
        """
        if self.classifier is None:
            raise UsageError("A grader can be exported only when it has seen every grade and severity.")
        return self.classifier


@dataclass(frozen=True, eq=False)
class FittedOrdinalGrader:
    """Fitted questions: one per cut between grades, and one per cut between severities given the grade."""

    grade_cuts: tuple[_Question, ...]
    severity_cuts: tuple[_Question, ...]

    def probabilities(self, discs: Discs) -> Answers:
        """Return class probabilities (discs, 11)."""
        by_grade = _shares([question.above(discs.features) for question in self.grade_cuts])
        found = np.zeros((len(discs), len(GRADE_CLASSES)))
        for grade, share in zip(GRADES, by_grade.T, strict=True):
            here = grade == GRADE_OF_CLASS
            given_grade = self._severities(discs.features, grade)[:, SEVERITY_OF_CLASS[here]]
            found[:, here] = share[:, None] * given_grade
        return found

    def as_onnx(self, n_features: int) -> onnx.ModelProto:
        """Return the ONNX model from ``features`` (discs, feature) to ``probabilities`` (discs, 11).

        Raises:
            UsageError: a question had but one answer in fitting, or its classifier can't be written as ONNX.
        """
        return questions_as_onnx(
            [question.asked_classifier() for question in self.grade_cuts],
            [question.asked_classifier() for question in self.severity_cuts],
            n_features,
        )

    def _severities(self, features: FeatureTable, grade: int) -> FloatArray:
        """Return the probability of each severity given the grade (discs, 3); certain where a grade has but one."""
        if grade not in GRADES_OF_MANY:
            return np.ones((len(features), len(SEVERITIES)))
        asked = _beside_grade(features, np.full(len(features), grade))
        return _shares([question.above(asked) for question in self.severity_cuts])


@dataclass(frozen=True)
class OrdinalGrader:
    """A way of grading by ordered questions about features; ``plan`` says which classifier answers each."""

    name: str
    plan: TabularPlan

    def fit(self, discs: Discs, *, seed: int) -> FittedOrdinalGrader:
        """Fit every question to the discs that can answer it.

        Raises:
            UsageError: there are no discs.
        """
        if not len(discs):
            raise UsageError("A grader needs discs to learn from.")
        grades = GRADE_OF_CLASS[discs.classes]
        of_many = discs.take(np.isin(grades, GRADES_OF_MANY))
        asked = _beside_grade(of_many.features, GRADE_OF_CLASS[of_many.classes])
        severities = SEVERITY_OF_CLASS[of_many.classes]
        return FittedOrdinalGrader(
            tuple(self._ask(discs.features, grades > cut, discs.patients, seed) for cut in GRADES[:-1]),
            tuple(self._ask(asked, severities > cut, of_many.patients, seed) for cut in range(len(SEVERITIES) - 1)),
        )

    def _ask(
        self, features: FeatureTable, above: npt.NDArray[np.bool_], patients: npt.NDArray[np.str_], seed: int
    ) -> _Question:
        if not above.any() or above.all():
            return _Question(None, float(above.any()))
        return _Question(self.plan.pipeline(patients, seed=seed).fit(features, above), 0.0)


def _beside_grade(features: FeatureTable, grades: npt.NDArray[np.intp]) -> FeatureTable:
    return np.column_stack([features, grades.astype(np.float32)])


def _shares(above: Sequence[FloatArray]) -> FloatArray:
    """Return what lies between the cuts (discs, cuts + 1); a cut is crossed no more often than the one before it.

    >>> _shares([np.array([0.75, 0.5]), np.array([0.25, 0.625])]).tolist()
    [[0.25, 0.5, 0.25], [0.5, 0.0, 0.5]]
    """
    falling = np.minimum.accumulate(np.stack(above, axis=1), axis=1)
    ends = np.ones((len(falling), 1))
    bounds = np.hstack([ends, falling, 0 * ends])
    return np.asarray(bounds[:, :-1] - bounds[:, 1:])
