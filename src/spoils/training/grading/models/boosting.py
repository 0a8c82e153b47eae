"""Gradient boosting on the features of a disc, fitted with scikit-learn or with XGBoost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import Pipeline
from xgboost import XGBClassifier

from spoils.errors import UsageError
from spoils.training.grading.models.tabular import imputed

__all__ = ["BoostingPlan", "XGBoostPlan"]


@dataclass(frozen=True)
class _BoostedTrees:
    """Settings of boosted trees. Each tree sees a share of the features and discs.

    Raises:
        UsageError: there is no tree, or a share or the learning rate is not above zero and at most one.
    """

    trees: int
    learning_rate: float
    depth: int
    least_in_leaf: float
    feature_share: float
    disc_share: float

    def __post_init__(self) -> None:
        shares = (self.learning_rate, self.feature_share, self.disc_share)
        if self.trees < 1 or not all(0 < share <= 1 for share in shares):
            raise UsageError("Boosting needs at least one tree; learning rate and shares must be in (0, 1].")


@dataclass(frozen=True)
class BoostingPlan(_BoostedTrees):
    """Boosting with scikit-learn. Trees are shallow and the learning rate is low, to avoid overfitting few discs."""

    trees: int = 800
    learning_rate: float = 0.01
    depth: int = 2
    least_in_leaf: int = 8
    feature_share: float = 0.15
    disc_share: float = 0.5

    def pipeline(self, patients: npt.NDArray[np.str_], *, seed: int) -> Pipeline:
        """Return the unfitted classifier; patients make no difference."""
        del patients
        return imputed(
            GradientBoostingClassifier(
                n_estimators=self.trees,
                learning_rate=self.learning_rate,
                max_depth=self.depth,
                min_samples_leaf=self.least_in_leaf,
                max_features=self.feature_share,
                subsample=self.disc_share,
                random_state=seed,
            )
        )


@dataclass(frozen=True)
class XGBoostPlan(_BoostedTrees):
    """Boosting with XGBoost, regularised in the same way. ``least_in_leaf`` is a weight."""

    trees: int = 150
    learning_rate: float = 0.05
    depth: int = 3
    least_in_leaf: float = 2.0
    feature_share: float = 0.2
    disc_share: float = 0.6

    def pipeline(self, patients: npt.NDArray[np.str_], *, seed: int) -> Pipeline:
        """Return the unfitted classifier; patients make no difference."""
        del patients
        return imputed(
            XGBClassifier(
                n_estimators=self.trees,
                learning_rate=self.learning_rate,
                max_depth=self.depth,
                min_child_weight=self.least_in_leaf,
                colsample_bynode=self.feature_share,
                subsample=self.disc_share,
                tree_method="hist",
                n_jobs=1,
                random_state=seed,
            )
        )
