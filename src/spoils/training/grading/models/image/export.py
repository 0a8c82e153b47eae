"""Prediction with a fitted network, and its export to ONNX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from spoils.errors import ModelMismatch
from spoils.training.grading.models.image.networks.network import ExportedNetwork, ShippedNetwork
from spoils.training.networks import write_onnx

__all__ = ["IMAGE_TOLERANCE", "ImagePredictions", "export_image", "predict_images"]

IMAGE_TOLERANCE = 1e-4
"""Largest accepted difference of any probability between PyTorch and ONNX Runtime."""

_AT_ONCE = 256
"""Discs per batch of prediction. Larger batches only need more memory."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ImagePredictions:
    """Predictions of a network.

    Attributes:
        probabilities: class probabilities, (discs, 11).
        findings: probabilities of findings, (discs, 6) or (discs, 0).
        activation: contribution of each place in the disc to each class score, (discs, 11, r, c).
    """

    probabilities: FloatArray
    findings: FloatArray
    activation: FloatArray


def predict_images(
    network: ShippedNetwork, images: npt.NDArray[np.float32], patients: npt.NDArray[np.str_] | None = None
) -> ImagePredictions:
    """Return the predictions of the packaged grader for images (discs, channel, row, column).

    ``patients`` (discs,) is the patient of each disc; None if all belong to one. Only networks in context use it.
    """
    groups: list[npt.NDArray[np.intp]]
    if network.in_context and patients is not None:
        groups = [np.flatnonzero(patients == patient) for patient in np.unique(patients)]
    else:
        groups = [np.arange(len(images))] if network.in_context else _in_turn(len(images))
    with torch.inference_mode():
        found = [network(torch.from_numpy(images[group])) for group in groups]
    back = np.argsort(np.concatenate(groups))
    parts = (np.concatenate([part.numpy() for part in parts])[back] for parts in zip(*found, strict=True))
    return ImagePredictions(*(part.astype(np.float64) for part in parts))


def _in_turn(count: int) -> list[npt.NDArray[np.intp]]:
    return np.array_split(np.arange(count), max(1, -(-count // _AT_ONCE)))


def export_image(network: ShippedNetwork, images: npt.NDArray[np.float32], path: Path) -> float:
    """Write a network as ONNX, from ``discs`` (discs, channel, row, column) of one study.

    Its outputs are ``probabilities`` (discs, 11), ``findings`` (discs, 6) if the network was fitted to them, and
    ``activation`` (discs, 11, r, c). Over its places, the activation of a class sums to its score without the constant
    terms.

    Returns:
        The largest difference of any probability to PyTorch on the first few hundred images.

    Raises:
        ModelMismatch: the difference is above ``IMAGE_TOLERANCE``.
    """
    names = ["probabilities", *(["findings"] if network.predicts_findings else []), "activation"]
    free = {0: torch.export.Dim("count")}
    session = write_onnx(ExportedNetwork(network), {"discs": torch.from_numpy(images[:2])}, path, names, free)
    few = images[:_AT_ONCE]
    found = dict(zip(names, session.run(names, {"discs": few}), strict=True))
    expected = predict_images(network, few)
    differences = [np.abs(found["probabilities"] - expected.probabilities).max()]
    if network.predicts_findings:
        differences.append(np.abs(found["findings"] - expected.findings).max())
    difference = float(max(differences))
    if difference > IMAGE_TOLERANCE:
        raise ModelMismatch(f"The exported image grader differs from the fitted one by {difference:.1e}.")
    return difference
