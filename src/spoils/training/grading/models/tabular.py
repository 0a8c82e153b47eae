"""Graders on the features of a disc: any scikit-learn classifier behind the common interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnx
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import UsageError
from spoils.training.disc_table import Discs
from spoils.training.grading.models.base import Probabilities
from spoils.training.grading.models.tabular_export import pipeline_as_onnx

__all__ = [
    "FittedTabularGrader",
    "TabularGrader",
    "TabularPlan",
    "imputed",
    "scaled",
]


def imputed(classifier: BaseEstimator) -> Pipeline:
    """Return a classifier that accepts NaN, which is replaced by the median of the training discs."""
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), classifier)


def scaled(classifier: BaseEstimator) -> Pipeline:
    """Return a classifier that accepts NaN and standardises every feature to mean zero and standard deviation one."""
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), classifier)


class TabularPlan(Protocol):
    """A classifier with its settings: a frozen dataclass of plain values."""

    def pipeline(self, patients: npt.NDArray[np.str_], *, seed: int) -> Pipeline:
        """Return the unfitted classifier, from features (discs, feature) with NaN to class probabilities.

        ``patients`` (discs,) is the patient of each disc that the classifier will be fitted on, in the same order.
        """
        ...


@dataclass(frozen=True, eq=False)
class FittedTabularGrader:
    """A fitted classifier; ``classes`` are the indices into ``GRADE_CLASSES`` that it has seen."""

    pipeline: Pipeline
    classes: npt.NDArray[np.intp]

    def probabilities(self, discs: Discs) -> Probabilities:
        """Return class probabilities (discs, 11). A class that was not seen has probability zero."""
        found = np.zeros((len(discs), len(GRADE_CLASSES)))
        predictions = np.asarray(self.pipeline.predict_proba(discs.features), dtype=np.float64)
        # Some classifiers predict in single precision, so that rows do not sum to one exactly.
        found[:, self.classes] = predictions / predictions.sum(axis=1, keepdims=True)
        return found

    def as_onnx(self, n_features: int) -> onnx.ModelProto:
        """Return the ONNX model from ``features`` (discs, feature) to ``probabilities`` (discs, 11).

        Raises:
            UsageError: the grader has not seen all eleven classes, or is of a kind that can't be written as ONNX.
        """
        if len(self.classes) != len(GRADE_CLASSES):
            raise UsageError("A grader can be exported only when it has seen all eleven classes.")
        return pipeline_as_onnx(self.pipeline, n_features)


@dataclass(frozen=True)
class TabularGrader:
    """A grader on features only; ``plan`` sets the classifier."""

    name: str
    plan: TabularPlan

    def fit(self, discs: Discs, *, seed: int) -> FittedTabularGrader:
        """Fit to features and classes.

        Raises:
            UsageError: all discs are of one class.
        """
        seen, encoded = np.unique(discs.classes, return_inverse=True)
        if len(seen) <= 1:
            raise UsageError("A grader needs discs of at least two classes to learn from.")
        pipeline = self.plan.pipeline(discs.patients, seed=seed)
        return FittedTabularGrader(pipeline.fit(discs.features, encoded), seen)
