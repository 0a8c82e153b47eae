"""The geometry grader: gradient boosting on the features of a disc, fitted with scikit-learn, shipped as ONNX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import Pipeline

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import ModelMismatch, UsageError
from spoils.training.graders.tabular import imputed

__all__ = ["GEOMETRY_TOLERANCE", "BoostingPlan", "GeometryGrader", "export_geometry", "fit_geometry"]

GEOMETRY_TOLERANCE = 1e-4
"""Largest accepted difference of any class probability between scikit-learn and ONNX Runtime."""

_OPSET = 18
_ML_OPSET = 3

FeatureTable = npt.NDArray[np.float32]


@dataclass(frozen=True)
class BoostingPlan:
    """How the trees are grown. Few, shallow and slow: a thousand discs of eleven classes overfit in no time."""

    trees: int = 200
    learning_rate: float = 0.04
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


@dataclass(frozen=True, eq=False)
class GeometryGrader:
    """A fitted pipeline; ``classes`` are the indices into ``GRADE_CLASSES`` that it has seen."""

    pipeline: Pipeline
    classes: npt.NDArray[np.intp]

    def probabilities(self, features: FeatureTable) -> npt.NDArray[np.float64]:
        """Return class probabilities (discs, 11) of features (discs, feature)."""
        found = np.zeros((len(features), len(GRADE_CLASSES)))
        found[:, self.classes] = self.pipeline.predict_proba(features)
        return found


def fit_geometry(
    features: FeatureTable, classes: npt.NDArray[np.intp], plan: BoostingPlan, *, seed: int
) -> GeometryGrader:
    """Fit on features (discs, feature), NaN where not measured, and class indices (discs,)."""
    pipeline = plan.pipeline(np.array([]), seed=seed).fit(features, classes)
    return GeometryGrader(pipeline, np.asarray(pipeline.classes_, dtype=np.intp))


def export_geometry(grader: GeometryGrader, features: FeatureTable, path: Path) -> float:
    """Write a grader as ONNX from ``features`` (discs, feature) to ``probabilities`` (discs, 11).

    Returns:
        The largest difference to scikit-learn on ``features``.

    Raises:
        UsageError: the grader has not seen all eleven classes.
        ModelMismatch: the difference is above ``GEOMETRY_TOLERANCE``.
    """
    if len(grader.classes) != len(GRADE_CLASSES):
        raise UsageError("A geometry grader can be exported only when it has seen all eleven classes.")
    model = to_onnx(
        grader.pipeline,
        initial_types=[("features", FloatTensorType([None, features.shape[1]]))],
        options={id(grader.pipeline): {"zipmap": False}},
        target_opset={"": _OPSET, "ai.onnx.ml": _ML_OPSET},
    )
    path.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(["probabilities"], {"features": features})[0]
    difference = float(np.abs(found - grader.probabilities(features)).max())
    if difference > GEOMETRY_TOLERANCE:
        raise ModelMismatch(f"The exported geometry grader differs from the fitted one by {difference:.1e}.")
    return difference
