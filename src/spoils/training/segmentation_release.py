"""From a fit to a packaged model: export, score on the held-out folds, register with what was measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spoils.config import Settings
from spoils.models import ModelDescription, ModelRecord, register_model
from spoils.segmentation import MODEL_NAME, PIXEL_MM
from spoils.training.segmentation_evaluation import evaluate_segmentation
from spoils.training.segmentation_export import export_network
from spoils.training.segmentation_fit import PLAN_NAME, SegmentationPlan, load_network

__all__ = ["SCORES_NAME", "TRAINING_DATA", "release_segmentation"]

SCORES_NAME = "scores.json"

TRAINING_DATA = (
    "Chu et al., PLoS ONE 2015;10:e0143327 (Zenodo 22304): T2 slices and volumes with expert vertebral bodies",
    "Zukic et al., Comput Graph Forum 2014;33:190: T2 slices",
    "Menezes-Reis et al., Quant Imaging Med Surg 2016;6:402: T2 slices and volumes with expert discs",
    "vesal: 20-image segmentation exercise (MIT)",
    "SPIDER, van der Graaf et al., Sci Data 2024;11:264, Zenodo 10159290 (CC BY 4.0): T2 slices",
    "outlines that no expert drew: one careful reader, without a radiologist's review",
    "phantoms of spoils.phantom",
)


def release_segmentation(
    data: Path, out: Path, models: Path, tell: Callable[[str, float], None] = lambda stage, done: None
) -> ModelRecord:
    """Export the fit in ``out``, register it in ``models``, score it there and register the figures with it.

    Args:
        data: folder that holds ``annotated``.
        out: folder of the fit; gets ``scores.json``.
        models: folder with the manifest.
        tell: told the stage and the share done.
    """
    plan = SegmentationPlan.read(out / PLAN_NAME)
    onnx_path = out / f"{MODEL_NAME}.onnx"
    tell("exporting", 0.0)
    difference = export_network(load_network(out), onnx_path)
    register_model(onnx_path, _description(plan, {"command": "spoils evaluate segmentation"}), models)
    scores = evaluate_segmentation(data, plan.held_out, Settings(models_dir=models), tell)
    (out / SCORES_NAME).write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    folds = ",".join(map(str, plan.held_out))
    metrics = {
        "command": f"spoils evaluate segmentation --folds {folds}",
        "data": f"annotated slices, patients of folds {folds}, never fitted on",
        "onnx_difference": difference,
        **scores["summary"],
        "by_source": scores["by_source"],
    }
    return register_model(onnx_path, _description(plan, metrics), models)


def _description(plan: SegmentationPlan, metrics: dict[str, Any]) -> ModelDescription:
    return ModelDescription(
        name=MODEL_NAME,
        task="segmentation",
        preprocessing={"pixel_mm": PIXEL_MM, "clip_percentiles": [0.5, 99.5], "scale": "mean 0, deviation 1"},
        licence="Apache-2.0; the sources of the training data set their own terms",
        training_data=TRAINING_DATA,
        metrics=metrics,
        created=datetime.now(UTC).replace(microsecond=0),
        extra={"plan": json.loads(json.dumps(asdict(plan)))},
    )
