"""Release of a fit as a model: export and registration, with figures from patients that it never saw."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spoils.config import Settings
from spoils.models import ModelRecord
from spoils.training.progress import Progress, no_progress
from spoils.training.segmentation.evaluation.document import evaluate_segmentation
from spoils.training.segmentation.export import register_fit
from spoils.training.segmentation.module import PLAN_NAME
from spoils.training.segmentation.plan import SegmentationPlan

__all__ = ["drafted_models", "measured", "release_segmentation"]


@contextmanager
def drafted_models(models: Path) -> Iterator[Path]:
    """Yield a copy of the folder ``models`` for registration.

    It replaces the folder only if there is no error. A network can't be used without its detector, so both are released
    or neither.
    """
    with TemporaryDirectory() as folder:
        draft = Path(folder) / "models"
        if models.is_dir():
            shutil.copytree(models, draft)
        yield draft
        shutil.copytree(draft, models, dirs_exist_ok=True)


def measured(document: Mapping[str, Any], command: str, patients: str) -> dict[str, Any]:
    """Return the part of an evaluation that is kept in a model's record, without the single images."""
    parts = {part: document[part] for part in ("by_source", "by_scanner", "by_grade")}
    space = {"spider_space": document["spider_space"]} if document["spider_space"] else {}
    return {"command": command, "data": f"annotated slices, {patients}", **document["summary"], **parts, **space}


def release_segmentation(data: Path, out: Path, models: Path, progress: Progress = no_progress) -> ModelRecord:
    """Register the fit in ``out`` in the folder ``models``, scored on the folds that it never saw.

    A fit that saw every fold is registered with a note that it has no figures.

    Args:
        data: folder that contains ``annotated`` and ``spider``.
        out: folder of the fit.
        models: folder with the manifest.
        progress: called with the stage and the share of the work done.

    Raises:
        InputUnreadable: ``out`` holds no fit, or the data can't be read.
        UsageError: ``data`` holds no patient of those folds.
    """
    held_out = SegmentationPlan.read(out / PLAN_NAME).held_out
    metrics = {"command": "none: this fit left no patient out"}
    progress("exporting", 0.0)
    if held_out:
        patients = f"patients of folds {', '.join(map(str, held_out))}, never seen"
        # The fit is first registered elsewhere, so that ``models`` only gets a scored network.
        with TemporaryDirectory() as folder:
            register_fit(out, Path(folder), metrics)
            document = evaluate_segmentation(data, Settings(models_dir=Path(folder)), progress)
        metrics = measured(document, "spoils evaluate segmentation", patients)
    return register_fit(out, models, metrics)
