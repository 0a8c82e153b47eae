"""From a fit to the packaged model: export it and register it with what was measured on patients it never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from spoils.config import Settings
from spoils.models import ModelRecord
from spoils.training.segmentation_evaluation import evaluate_segmentation
from spoils.training.segmentation_models import register_fit
from spoils.training.segmentation_module import PLAN_NAME
from spoils.training.segmentation_plan import SegmentationPlan

__all__ = ["measured", "release_segmentation"]


def measured(document: Mapping[str, Any], command: str, patients: str) -> dict[str, Any]:
    """Return the part of an evaluation that goes into a model's record: everything but the single images."""
    parts = {part: document[part] for part in ("by_source", "by_scanner", "by_grade")}
    return {"command": command, "data": f"annotated slices, {patients}", **document["summary"], **parts}


def release_segmentation(
    data: Path, out: Path, models: Path, tell: Callable[[str, float], None] = lambda stage, done: None
) -> ModelRecord:
    """Register the fit in ``out`` in the folder ``models``, scored on the folds that it never saw.

    A fit that saw every fold is registered with a mark that nothing was measured.

    Args:
        data: folder that holds ``annotated`` and ``spider``.
        out: folder of the fit.
        models: folder with the manifest.
        tell: told the stage and the share done.
    """
    held_out = SegmentationPlan.read(out / PLAN_NAME).held_out
    tell("exporting", 0.0)
    record = register_fit(out, models, {"command": "none: this fit left no patient out"})
    if not held_out:
        return record
    document = evaluate_segmentation(data, Settings(models_dir=models), tell)
    patients = f"patients of folds {', '.join(map(str, held_out))}, never seen"
    return register_fit(out, models, measured(document, "spoils evaluate segmentation", patients))
