"""Gradient boosting on the features of a disc: the study's tabular grader, fitted with scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import Pipeline

from spoils.errors import UsageError
from spoils.training.graders.tabular import imputed

__all__ = ["BoostingPlan"]


@dataclass(frozen=True)
class BoostingPlan:
    """How the trees are grown. Shallow and very slow: a thousand discs of eleven classes overfit in no time."""

    trees: int = 800
    learning_rate: float = 0.01
    depth: int = 2
    least_in_leaf: int = 8
    feature_share: float = 0.15
    disc_share: float = 0.5

    def __post_init__(self) -> None:
        if self.trees < 1 or not 0 < self.learning_rate <= 1 or not 0 < self.feature_share <= 1:
            raise UsageError("Boosting needs at least one tree, and a learning rate and share of features up to one.")

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
