"""Self-training: a network half fitted labels slices that nobody annotated, and goes on learning from the sure ones.

The network labels them as the product would, with every check on the way. A slice is taken only where confidence and
anatomy agree: nothing is flagged, the chain of bodies and discs has no gap, and every contour is one it is sure of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from spoils.anatomy import CANAL, CHAIN
from spoils.config import Settings
from spoils.errors import ModelError, UnsuitableInput
from spoils.images import SagittalSeries
from spoils.io import read_input
from spoils.models import LoadedModel, load_model
from spoils.segmentation import MODEL_NAME, Segmentation, SegmentationModels, segment
from spoils.training.data.slices import Sample, self_labelled_sample
from spoils.training.disc_table import read_acquisitions
from spoils.training.segmentation.models import register_fit
from spoils.training.segmentation.module import CHECKPOINT_NAME, steps_done

__all__ = ["is_sure", "kept_teacher", "label_unannotated"]

_TEACHER = "teacher"

_MIN_CONFIDENCE = 0.85
_NEEDED = {CANAL, *CHAIN[2:]}
"""L1 and T12-L1 may lie outside a lumbar field of view."""


def is_sure(found: Segmentation) -> bool:
    """Say whether a slice was labelled well enough to be learned from."""
    return (
        not {note.code for note in found.notes} - {"levels-missing"}
        and found.confidence.keys() >= _NEEDED
        and min(found.confidence.values()) >= _MIN_CONFIDENCE
    )


def _labelled(series: SagittalSeries, model: LoadedModel) -> Segmentation | None:
    try:
        found = segment(series, SegmentationModels(model), mid_slice=0)
    except UnsuitableInput:
        return None
    return found if is_sure(found) else None


def kept_teacher(fit: Path, step: int) -> LoadedModel:
    """Return the network of the fit in the folder ``fit`` as it was after ``step`` optimiser steps.

    It is exported from the last checkpoint into ``teacher`` there when the fit has come that far. A fit that was broken
    off later finds it and goes on with the same labels; only if it is not there whole, the last checkpoint stands in.
    """
    folder, done = fit / _TEACHER, steps_done(fit / CHECKPOINT_NAME)
    # At this very step the checkpoint is the teacher, and a kept one may be of a fit that was begun anew.
    kept = _whole_model(folder) if done > step else None
    if kept is not None and kept.record.metrics.get("steps") == step:
        return kept
    register_fit(fit, folder, {"command": "spoils train segmentation", "steps": done})
    return load_model(MODEL_NAME, Settings(models_dir=folder))


def _whole_model(folder: Path) -> LoadedModel | None:
    """Return the network in a models folder, or None where there is none whose weights are those of the manifest."""
    try:
        return load_model(MODEL_NAME, Settings(models_dir=folder))
    except ModelError:
        return None


def label_unannotated(
    folder: Path, patients: Collection[str], teacher: LoadedModel, progress: Callable[[str, float], None]
) -> list[Sample]:
    """Label slices that nobody annotated with the network ``teacher``.

    Args:
        folder: holds ``images/ID.png`` and ``acquisitions.csv``.
        patients: whose slices to label.
        teacher: a segmentation network.
        progress: called with what was taken.

    Returns:
        A sample for each slice that was labelled surely.
    """
    samples = []
    acquisitions = sorted(read_acquisitions(folder / "acquisitions.csv").items())
    wanted = [(patient, row) for patient, row in acquisitions if patient in patients]
    for patient, acquisition in wanted:
        series = read_input(folder / "images" / f"{patient}.png", spacing_mm=float(acquisition["spacing_mm"])).series
        if (found := _labelled(series, teacher)) is not None:
            samples.append(self_labelled_sample(patient, series, found.coverage))
    progress(f"labelled {len(samples)} of {len(wanted)} unannotated slices", 0.5)
    return samples
