"""Export of graders on features to ONNX, so that scikit-learn is not needed at run time."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import onnx
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from skl2onnx.common.exceptions import MissingShapeCalculator
from sklearn.pipeline import Pipeline

from spoils.errors import ModelMismatch, UsageError
from spoils.models.runtime import InferenceSession
from spoils.training.disc_table import Discs
from spoils.training.grading.models.base import FittedGrader

__all__ = ["OPSETS", "TABULAR_TOLERANCE", "ExportableGrader", "export_tabular", "pipeline_as_onnx"]

TABULAR_TOLERANCE = 1e-4
"""Largest accepted difference of any class probability between the fitted grader and ONNX Runtime."""

OPSETS = {"": 18, "ai.onnx.ml": 3}
"""Operator set versions of exported graders, by domain."""


class ExportableGrader(FittedGrader, Protocol):
    """A grader that can be exported to ONNX."""

    def as_onnx(self, n_features: int) -> onnx.ModelProto:
        """Return the ONNX model from ``features`` (discs, feature) to ``probabilities`` (discs, 11)."""
        ...


def pipeline_as_onnx(pipeline: Pipeline, n_features: int) -> onnx.ModelProto:
    """Return a fitted classifier as ONNX, from ``features`` (rows, feature) to ``probabilities`` (rows, class).

    Raises:
        UsageError: skl2onnx can't write this kind of classifier.
    """
    try:
        model: onnx.ModelProto = to_onnx(
            pipeline,
            initial_types=[("features", FloatTensorType([None, n_features]))],
            options={id(pipeline): {"zipmap": False}},
            target_opset=OPSETS,
        )
    except MissingShapeCalculator as error:
        raise UsageError("This kind of grader can't be exported.") from error
    return model


def export_tabular(grader: ExportableGrader, discs: Discs, path: Path) -> float:
    """Write a grader as ONNX from ``features`` (discs, feature) to ``probabilities`` (discs, 11).

    Args:
        grader: the fitted grader.
        discs: discs on which the predictions are compared.
        path: path of the file.

    Returns:
        The largest difference from the predictions of the fitted grader.

    Raises:
        UsageError: the grader has not seen all eleven classes, or is of a kind that can't be written as ONNX.
        ModelMismatch: the difference is above ``TABULAR_TOLERANCE``.
    """
    path.write_bytes(grader.as_onnx(discs.features.shape[1]).SerializeToString())
    session = InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(["probabilities"], {"features": discs.features})[0]
    difference = float(np.abs(found - grader.probabilities(discs)).max())
    if difference > TABULAR_TOLERANCE:
        raise ModelMismatch(f"The exported grader differs from the fitted one by {difference:.1e}.")
    return difference
