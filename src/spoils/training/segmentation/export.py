"""Export of a fitted network to ONNX, with a check that both give the same results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from spoils.errors import ModelMismatch
from spoils.models import ModelDescription, ModelRecord, register_model
from spoils.segmentation import MODEL_NAME, PIXEL_MM
from spoils.training.data import folds_digest, folds_of_fit, segmentation_folds
from spoils.training.networks import SegmentationNetwork, class_probabilities, write_onnx
from spoils.training.segmentation.module import PLAN_NAME, load_network
from spoils.training.segmentation.plan import SegmentationPlan, Shares

__all__ = ["EXPORT_TOLERANCE", "export_network", "register_fit", "training_data"]

EXPORT_TOLERANCE = 1e-3
"""Largest accepted difference of any output between PyTorch and ONNX Runtime."""

_OUTPUTS = ["probabilities", "features"]


class _Product(nn.Module):
    """The packaged form of the network: probabilities instead of class scores, and the features of each slice."""

    def __init__(self, network: SegmentationNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        scores, features = self.network.scores_and_features(image)
        return class_probabilities(scores), features


def export_network(network: SegmentationNetwork, path: Path) -> float:
    """Write ``network`` as ONNX from ``image`` (batch, 1, rows, columns), with dynamic sizes.

    Its outputs are ``probabilities`` (batch, class, rows, columns) and ``features`` (batch, n).

    Returns:
        The largest difference of any output from PyTorch, on an input of another size than the one traced.

    Raises:
        ModelMismatch: the difference is above ``EXPORT_TOLERANCE``.
    """
    module = _Product(network).eval()
    free = {0: torch.export.Dim("batch"), 2: 16 * torch.export.Dim("r"), 3: 16 * torch.export.Dim("c")}
    session = write_onnx(module, {"image": torch.zeros(2, 1, 64, 96)}, path, _OUTPUTS, free)
    image = np.random.default_rng(0).normal(size=(3, 1, 112, 48)).astype(np.float32)
    with torch.inference_mode():
        expected = [output.numpy() for output in module(torch.from_numpy(image))]
    found = session.run(_OUTPUTS, {"image": image})
    difference = max(float(np.abs(one - other).max()) for one, other in zip(found, expected, strict=True))
    if difference > EXPORT_TOLERANCE:
        raise ModelMismatch(f"The exported network differs from the fitted one by {difference:.1e}.")
    return difference


def training_data(shares: Shares, *, own: bool) -> tuple[str, ...]:
    """Return the training data of a fit with these shares, one line for each source.

    ``own`` is true if the fit had folds of a user's own data, whose sources are unknown.
    """
    lines = _own(shares) if own else _published(shares)
    if shares.spider_space:
        lines.append("SPIDER's T2 SPACE volumes: slices with expert bodies, discs and canal (CC BY 4.0)")
    if shares.self_labelled:
        lines.append("SPIDER's other slices, labelled by the network itself while it was fitted")
    if shares.phantoms:
        lines.append("phantoms of spoils.phantom")
    return tuple(lines)


def _own(shares: Shares) -> list[str]:
    annotated = ["annotated slices of the user's own data"] if shares.annotated else []
    volumes = ["volumes of the user's own data in which one kind of structure is drawn"] if shares.volumes else []
    return annotated + volumes


def _published(shares: Shares) -> list[str]:
    if not (shares.annotated or shares.volumes):
        return []
    kinds = " and ".join(kind for kind, share in (("slices", shares.annotated), ("volumes", shares.volumes)) if share)
    bodies = f"Chu et al., PLoS ONE 2015;10:e0143327 (Zenodo 22304): T2 {kinds} with expert vertebral bodies"
    discs = f"Menezes-Reis et al., Quant Imaging Med Surg 2016;6:402: T2 {kinds} with expert discs"
    if not shares.annotated:
        return [bodies, discs]
    return [
        bodies,
        "Zukic et al., Comput Graph Forum 2014;33:190: T2 slices",
        discs,
        "vesal: 20-image segmentation exercise (MIT)",
        "SPIDER, van der Graaf et al., Sci Data 2024;11:264, Zenodo 10159290 (CC BY 4.0): T2 slices",
        "contours that no expert drew: one careful reader, without a radiologist's review",
    ]


def register_fit(out: Path, models: Path, metrics: Mapping[str, Any]) -> ModelRecord:
    """Export the averaged network of the fit in ``out`` and register it in the folder ``models``.

    Args:
        out: folder of the fit; gets ``segmentation.onnx``.
        models: folder with the manifest; it is created if necessary.
        metrics: the figures, and the ``command`` that measured them. The difference between ONNX and PyTorch is added.

    Raises:
        InputUnreadable: ``out`` holds no fit, or its folds can't be read.
        ModelMismatch: ONNX and PyTorch differ.
    """
    plan, folds = SegmentationPlan.read(out / PLAN_NAME), folds_digest(folds_of_fit(out))
    path = out / f"{MODEL_NAME}.onnx"
    difference = export_network(load_network(out), path)
    description = ModelDescription(
        name=MODEL_NAME,
        task="segmentation",
        preprocessing={"pixel_mm": PIXEL_MM, "clip_percentiles": [0.5, 99.5], "scale": "mean 0, deviation 1"},
        licence="Apache-2.0; the sources of the training data set their own terms",
        training_data=training_data(plan.shares, own=folds != folds_digest(segmentation_folds())),
        metrics={**metrics, "onnx_difference": difference},
        created=datetime.now(UTC).replace(microsecond=0),
        extra={"plan": json.loads(json.dumps(asdict(plan))), "folds": folds},
    )
    return register_model(path, description, models)
