"""Classifiers that grade by features. Each is a plan: a frozen dataclass that returns a pipeline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from spoils.errors import UsageError
from spoils.training.grading.models.tabular import imputed, scaled

__all__ = ["ForestPlan", "LogisticPlan", "SupportVectorPlan"]

_ITERATIONS = 5000


@dataclass(frozen=True)
class LogisticPlan:
    """Multinomial logistic regression; ``inverse_penalty`` is the inverse of its ridge penalty."""

    inverse_penalty: float = 0.03

    def __post_init__(self) -> None:
        if self.inverse_penalty <= 0:
            raise UsageError("The inverse_penalty of logistic regression must be above zero.")

    def pipeline(self, patients: npt.NDArray[np.str_], *, seed: int) -> Pipeline:
        """Return the unfitted classifier; neither patients nor seed make a difference."""
        del patients
        return scaled(LogisticRegression(C=self.inverse_penalty, max_iter=_ITERATIONS, random_state=seed))


@dataclass(frozen=True)
class SupportVectorPlan:
    """A support vector machine with radial kernel.

    It returns distances and no probabilities. A sigmoid per class is fitted to the distances (Platt scaling) in
    ``inner_folds`` folds of whole patients, and the predictions of these folds are averaged.
    """

    inverse_penalty: float = 1.0
    inner_folds: int = 5

    def __post_init__(self) -> None:
        if self.inverse_penalty <= 0 or self.inner_folds < 2:
            raise UsageError(
                "A support vector machine needs an inverse_penalty above zero and at least two inner folds."
            )

    def pipeline(self, patients: npt.NDArray[np.str_], *, seed: int) -> Pipeline:
        """Return the unfitted classifier.

        Raises:
            UsageError: there are fewer patients than inner folds.
        """
        if len(np.unique(patients)) < self.inner_folds:
            raise UsageError(f"A support vector machine needs discs of at least {self.inner_folds} patients.")
        folds = GroupKFold(self.inner_folds, shuffle=True, random_state=seed)
        splits = list(folds.split(patients, groups=patients))
        machine = SVC(C=self.inverse_penalty, decision_function_shape="ovr", random_state=seed)
        return scaled(CalibratedClassifierCV(machine, method="sigmoid", cv=splits))


@dataclass(frozen=True)
class ForestPlan:
    """Extremely randomised trees."""

    trees: int = 500
    least_in_leaf: int = 3
    feature_share: float = 0.3

    def __post_init__(self) -> None:
        if self.trees < 1 or self.least_in_leaf < 1 or not 0 < self.feature_share <= 1:
            raise UsageError("A forest needs at least one tree; the feature share must be in (0, 1].")

    def pipeline(self, patients: npt.NDArray[np.str_], *, seed: int) -> Pipeline:
        """Return the unfitted classifier; patients make no difference."""
        del patients
        return imputed(
            ExtraTreesClassifier(
                n_estimators=self.trees,
                min_samples_leaf=self.least_in_leaf,
                max_features=self.feature_share,
                random_state=seed,
            )
        )
