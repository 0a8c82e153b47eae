"""From a fit to a models folder: ONNX weights with the record of what they were fitted on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spoils.models import ModelDescription, ModelRecord, register_model
from spoils.segmentation import MODEL_NAME, PIXEL_MM
from spoils.training.data.splits import folds_digest, folds_of_fit, segmentation_folds
from spoils.training.segmentation.export import export_network
from spoils.training.segmentation.module import PLAN_NAME, load_network
from spoils.training.segmentation.plan import SegmentationPlan, Shares

__all__ = ["register_fit", "training_data"]


def training_data(shares: Shares, *, own: bool) -> tuple[str, ...]:
    """Return what a fit with these shares learned from, a line for each source.

    ``own`` says that the fit had folds of a user's own data: which sources these come from is then not known.
    """
    lines = _own(shares) if own else _published(shares)
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
        models: folder with the manifest, made if need be.
        metrics: what was measured, and the ``command`` that did; the difference between ONNX and PyTorch is added.

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
