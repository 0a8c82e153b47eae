"""What the names in the study's tables stand for."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ENSEMBLE_MEANINGS", "GRADER_MEANINGS", "PROTOCOL_NAMES"]

PROTOCOL_NAMES: Mapping[str, str] = {"patients": "by patient", "slices": "by slice"}
"""Of the protocols, as a reader says them."""

GRADER_MEANINGS: Mapping[str, str] = {
    "cnn": "the study's plain convolutional network, on pictures of discs",
    "mobilenet-v2": "the study's MobileNetV2, on pictures",
    "vgg16": "the study's VGG16 at a quarter of its width, on pictures",
    "logistic": "logistic regression, on measurements",
    "xgboost": "XGBoost, on measurements",
    "boosting": "gradient boosting, on measurements",
    "svm": "support vectors, on measurements",
    "disc": "ours: three small networks fitted from different starts, on pictures; their mean",
    "patient": "ours: a small network that sees all discs of a patient together, on pictures",
    "ordinal-boosting": "ours: gradient boosting on ordered questions and on findings, on measurements",
}

ENSEMBLE_MEANINGS: Mapping[str, str] = {
    "published": "the paper's pair: the mean of mobilenet-v2 and boosting, as fitted here",
    "ours": "the mean of disc and ordinal-boosting",
}
