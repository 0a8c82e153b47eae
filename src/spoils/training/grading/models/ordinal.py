"""Ordinal grading with binary classifiers: is the grade above k, and, given the grade, is the severity above s?

The method is that of Frank and Hall (ECML 2001). It uses the order of the classes: a disc between grade 3 and 4 does
not resemble grade 1, and the rare class 5M learns from all discs above grade 4. Further classifiers predict findings
of a disc. Severity follows from these as well, since it is defined by points of the findings.
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
from spoils.training.disc_table import Discs
from spoils.training.grading.models.base import Probabilities
from spoils.training.grading.models.ordinal_export import ordinal_as_onnx
from spoils.training.grading.models.severity import (
    GRADE_OF_CLASS,
    GRADES_OF_MANY,
    LEAST_SHARE,
    SEVERITY_OF_CLASS,
    severity_by_findings,
)
from spoils.training.grading.models.tabular import TabularPlan
from spoils.training.progress import Progress, no_progress

__all__ = ["FittedOrdinalGrader", "OrdinalGrader", "OrdinalPredictions"]

FeatureTable = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _BinaryModel:
    """A fitted binary classifier, or the probability ``always`` if all training discs had the same label."""

    classifier: Pipeline | None
    always: float

    def above(self, features: FeatureTable) -> FloatArray:
        """Return the probability of the positive class, (discs,)."""
        if self.classifier is None:
            return np.full(len(features), self.always)
        return np.asarray(self.classifier.predict_proba(features)[:, 1], dtype=np.float64)

    def fitted_classifier(self) -> Pipeline:
        """Return the classifier.

        Raises:
            UsageError: all training discs had the same label.
        """
        if self.classifier is None:
            raise UsageError("A grader can be exported only when it has seen every grade, severity and finding.")
        return self.classifier


@dataclass(frozen=True, eq=False)
class OrdinalPredictions:
    """Class ``probabilities`` (discs, 11), and those of ``findings`` (discs, 6) or (discs, 0)."""

    probabilities: Probabilities
    findings: Probabilities


@dataclass(frozen=True, eq=False)
class FittedOrdinalGrader:
    """Fitted classifiers: one per threshold between grades, and one per threshold between severities given the grade.

    ``findings`` holds one for each of ``FINDINGS``, or none; ``findings_share`` is as in ``OrdinalGrader``.
    """

    grade_thresholds: tuple[_BinaryModel, ...]
    severity_thresholds: tuple[_BinaryModel, ...]
    findings: tuple[_BinaryModel, ...] = ()
    findings_share: float = 0.0

    def predict(self, discs: Discs) -> OrdinalPredictions:
        """Return class probabilities and findings of discs."""
        found = [model.above(discs.features) for model in self.findings]
        findings = np.stack(found, axis=1) if found else np.zeros((len(discs), 0))
        by_grade = _shares([model.above(discs.features) for model in self.grade_thresholds])
        probabilities = np.zeros((len(discs), len(GRADE_CLASSES)))
        for grade, share in zip(GRADES, by_grade.T, strict=True):
            here = grade == GRADE_OF_CLASS
            given_grade = self._severities(discs.features, grade, findings)[:, SEVERITY_OF_CLASS[here]]
            probabilities[:, here] = share[:, None] * given_grade
        return OrdinalPredictions(probabilities, findings)

    def probabilities(self, discs: Discs) -> Probabilities:
        """Return class probabilities (discs, 11)."""
        return self.predict(discs).probabilities

    def as_onnx(self, n_features: int) -> onnx.ModelProto:
        """Return the ONNX model from ``features`` (discs, feature) to ``probabilities`` (discs, 11).

        If the grader predicts findings, ``findings`` (discs, 6) is its second output.

        Raises:
            UsageError: all training discs had the same label for one classifier, or one can't be written as ONNX.
        """
        fitted = ([model.fitted_classifier() for model in part] for part in self._parts)
        return ordinal_as_onnx(*fitted, n_features=n_features, findings_share=self.findings_share)

    @property
    def _parts(self) -> tuple[tuple[_BinaryModel, ...], ...]:
        return self.grade_thresholds, self.severity_thresholds, self.findings

    def _severities(self, features: FeatureTable, grade: int, findings: Probabilities) -> FloatArray:
        """Return the probability of each severity given the grade, (discs, 3); ones for a grade without severities."""
        if grade not in GRADES_OF_MANY:
            return np.ones((len(features), len(SEVERITIES)))
        with_grade = _beside_grade(features, np.full(len(features), grade))
        by_thresholds = _shares([model.above(with_grade) for model in self.severity_thresholds])
        if not findings.shape[1]:
            return by_thresholds
        by_both = np.maximum(by_thresholds, LEAST_SHARE) ** (1 - self.findings_share)
        by_both *= np.maximum(severity_by_findings(findings), LEAST_SHARE) ** self.findings_share
        return np.asarray(by_both / by_both.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class OrdinalGrader:
    """Ordinal grading by features; ``plan`` sets the binary classifier.

    Severity, given the grade, is the weighted geometric mean of two predictions: one from the findings, with the weight
    ``findings_share``, and one from the severity classifiers.

    Raises:
        UsageError: the share is not between zero and one.
    """

    name: str
    plan: TabularPlan
    findings_share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.findings_share <= 1:
            raise UsageError("The share of findings lies between zero and one.")

    def fit(
        self,
        discs: Discs,
        *,
        seed: int,
        findings: npt.NDArray[np.bool_] | None = None,
        progress: Progress = no_progress,
    ) -> FittedOrdinalGrader:
        """Fit one classifier for every threshold of grade and severity, and for every finding.

        Args:
            discs: what to learn from.
            seed: seed of all random numbers.
            findings: which of ``FINDINGS`` each disc has, (discs, 6); None if unknown.
            progress: called after every classifier.

        Raises:
            UsageError: there are no discs, or another number of findings.
        """
        if not len(discs):
            raise UsageError("A grader needs discs to learn from.")
        if findings is not None and findings.shape != (len(discs), len(FINDINGS)):
            raise UsageError(f"Each disc has {len(FINDINGS)} findings.")
        grades = GRADE_OF_CLASS[discs.classes]
        of_many = discs.take(np.isin(grades, GRADES_OF_MANY))
        with_grade = _beside_grade(of_many.features, GRADE_OF_CLASS[of_many.classes])
        severities = SEVERITY_OF_CLASS[of_many.classes]
        present = [] if findings is None else list(findings.T)
        tasks = (
            [(discs.features, grades > threshold, discs.patients) for threshold in GRADES[:-1]]
            + [(with_grade, severities > threshold, of_many.patients) for threshold in range(len(SEVERITIES) - 1)]
            + [(discs.features, one, discs.patients) for one in present]
        )
        models = []
        for number, (features, positive, patients) in enumerate(tasks, start=1):
            models.append(self._fit_binary(features, positive, patients, seed))
            progress(f"classifier {number} of {len(tasks)}", number / len(tasks))
        after_grades, after_severities = len(GRADES) - 1, len(GRADES) + len(SEVERITIES) - 2
        return FittedOrdinalGrader(
            tuple(models[:after_grades]),
            tuple(models[after_grades:after_severities]),
            tuple(models[after_severities:]),
            self.findings_share,
        )

    def _fit_binary(
        self, features: FeatureTable, positive: npt.NDArray[np.bool_], patients: npt.NDArray[np.str_], seed: int
    ) -> _BinaryModel:
        if not positive.any() or positive.all():
            return _BinaryModel(None, float(positive.any()))
        return _BinaryModel(self.plan.pipeline(patients, seed=seed).fit(features, positive), 0.0)


def _beside_grade(features: FeatureTable, grades: npt.NDArray[np.intp]) -> FeatureTable:
    return np.column_stack([features, grades.astype(np.float32)])


def _shares(above: Sequence[FloatArray]) -> FloatArray:
    """Return the probability of each class from those to exceed each threshold, (discs, thresholds + 1).

    Probabilities to exceed are made non-increasing first.

    >>> _shares([np.array([0.75, 0.5]), np.array([0.25, 0.625])]).tolist()
    [[0.25, 0.5, 0.25], [0.5, 0.0, 0.5]]
    """
    falling = np.minimum.accumulate(np.stack(above, axis=1), axis=1)
    ends = np.ones((len(falling), 1))
    bounds = np.hstack([ends, falling, 0 * ends])
    return np.asarray(bounds[:, :-1] - bounds[:, 1:])
