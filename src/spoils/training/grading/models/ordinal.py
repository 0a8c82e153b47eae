"""Grading as the order asks: is it worse than grade k, and, given the grade, worse than severity s?

Any classifier of two classes answers these questions (Frank and Hall, ECML 2001): a disc between grade 3 and 4 then
never looks like a grade 1, and the 5M that occurs a few times learns from all that is above grade 4. The same
classifiers say which findings a disc has, and severity follows from these as well: it is the points of findings.
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
from spoils.grading import FINDINGS, GRADES, SEVERITIES
from spoils.training.grading.models.base import Answers, Discs
from spoils.training.grading.models.findings_to_severity import severity_by_findings
from spoils.training.grading.models.ordinal_export import (
    GRADE_OF_CLASS,
    GRADES_OF_MANY,
    LEAST_SHARE,
    SEVERITY_OF_CLASS,
    questions_as_onnx,
)
from spoils.training.grading.models.tabular import TabularPlan

__all__ = ["FittedOrdinalGrader", "OrdinalAnswers", "OrdinalGrader"]

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
            raise UsageError("A grader can be exported only when it has seen every grade, severity and finding.")
        return self.classifier


@dataclass(frozen=True, eq=False)
class OrdinalAnswers:
    """What the questions come to: class ``probabilities`` (discs, 11) and ``findings`` (discs, 6), or (discs, 0)."""

    probabilities: Answers
    findings: Answers


@dataclass(frozen=True, eq=False)
class FittedOrdinalGrader:
    """Fitted questions: one per cut between grades, and one per cut between severities given the grade.

    ``findings`` holds one for each of ``FINDINGS``, or none; ``findings_share`` is as in ``OrdinalGrader``.
    """

    grade_cuts: tuple[_Question, ...]
    severity_cuts: tuple[_Question, ...]
    findings: tuple[_Question, ...] = ()
    findings_share: float = 0.0

    def answers(self, discs: Discs) -> OrdinalAnswers:
        """Return class probabilities and findings of discs."""
        found = [question.above(discs.features) for question in self.findings]
        findings = np.stack(found, axis=1) if found else np.zeros((len(discs), 0))
        by_grade = _shares([question.above(discs.features) for question in self.grade_cuts])
        probabilities = np.zeros((len(discs), len(GRADE_CLASSES)))
        for grade, share in zip(GRADES, by_grade.T, strict=True):
            here = grade == GRADE_OF_CLASS
            given_grade = self._severities(discs.features, grade, findings)[:, SEVERITY_OF_CLASS[here]]
            probabilities[:, here] = share[:, None] * given_grade
        return OrdinalAnswers(probabilities, findings)

    def probabilities(self, discs: Discs) -> Answers:
        """Return class probabilities (discs, 11)."""
        return self.answers(discs).probabilities

    def as_onnx(self, n_features: int) -> onnx.ModelProto:
        """Return the ONNX model from ``features`` (discs, feature) to ``probabilities`` (discs, 11).

        Where the grader answers findings, ``findings`` (discs, 6) is its second output.

        Raises:
            UsageError: a question had but one answer in fitting, or its classifier can't be written as ONNX.
        """
        asked = ([question.asked_classifier() for question in part] for part in self._parts)
        return questions_as_onnx(*asked, n_features=n_features, findings_share=self.findings_share)

    @property
    def _parts(self) -> tuple[tuple[_Question, ...], ...]:
        return self.grade_cuts, self.severity_cuts, self.findings

    def _severities(self, features: FeatureTable, grade: int, findings: Answers) -> FloatArray:
        """Return the probability of each severity given the grade (discs, 3); certain where a grade has but one."""
        if grade not in GRADES_OF_MANY:
            return np.ones((len(features), len(SEVERITIES)))
        asked = _beside_grade(features, np.full(len(features), grade))
        by_cuts = _shares([question.above(asked) for question in self.severity_cuts])
        if not findings.shape[1]:
            return by_cuts
        by_both = np.maximum(by_cuts, LEAST_SHARE) ** (1 - self.findings_share)
        by_both *= np.maximum(severity_by_findings(findings), LEAST_SHARE) ** self.findings_share
        return np.asarray(by_both / by_both.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class OrdinalGrader:
    """A way of grading by ordered questions about features; ``plan`` says which classifier answers each.

    ``findings_share`` is the share by which severity, given the grade, follows from the findings where these are known;
    the rest is asked directly. Both are put together as a weighted geometric mean.

    Raises:
        UsageError: the share is not between zero and one.
    """

    name: str
    plan: TabularPlan
    findings_share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.findings_share <= 1:
            raise UsageError("The share of findings lies between zero and one.")

    def fit(self, discs: Discs, *, seed: int, findings: npt.NDArray[np.bool_] | None = None) -> FittedOrdinalGrader:
        """Fit every question to the discs that can answer it.

        Args:
            discs: to learn from.
            seed: of every chance.
            findings: which of ``FINDINGS`` each disc has (discs, 6); None where that is not known.

        Raises:
            UsageError: there are no discs, or findings of another number.
        """
        if not len(discs):
            raise UsageError("A grader needs discs to learn from.")
        if findings is not None and findings.shape != (len(discs), len(FINDINGS)):
            raise UsageError(f"Each disc has {len(FINDINGS)} findings.")
        grades = GRADE_OF_CLASS[discs.classes]
        of_many = discs.take(np.isin(grades, GRADES_OF_MANY))
        asked = _beside_grade(of_many.features, GRADE_OF_CLASS[of_many.classes])
        severities = SEVERITY_OF_CLASS[of_many.classes]
        return FittedOrdinalGrader(
            tuple(self._ask(discs.features, grades > cut, discs.patients, seed) for cut in GRADES[:-1]),
            tuple(self._ask(asked, severities > cut, of_many.patients, seed) for cut in range(len(SEVERITIES) - 1)),
            ()
            if findings is None
            else tuple(self._ask(discs.features, present, discs.patients, seed) for present in findings.T),
            self.findings_share,
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
