"""Self-training: during its fit the network labels slices without annotation, and learns from the confident ones.

Labels come from the same pipeline as at run time, with all its checks. A slice is kept only if nothing is flagged, the
chain of bodies and discs has no gap, and every structure is found with high confidence.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

from spoils.anatomy import CANAL, CHAIN
from spoils.config import Settings
from spoils.errors import ModelError, UnsuitableInput
from spoils.images import SagittalSeries
from spoils.io import read_input
from spoils.models import LoadedModel, load_model
from spoils.segmentation import MODEL_NAME, Segmentation, SegmentationModels, segment
from spoils.training.data import read_acquisitions
from spoils.training.progress import Progress
from spoils.training.segmentation.export import register_fit
from spoils.training.segmentation.module import CHECKPOINT_NAME, steps_done
from spoils.training.segmentation.samples import Sample, self_labelled_sample

__all__ = ["is_confident", "kept_teacher", "label_unannotated"]

_log = logging.getLogger(__name__)

_TEACHER = "teacher"

_MIN_CONFIDENCE = 0.85
_NEEDED = {CANAL, *CHAIN[2:]}
"""L1 and T12-L1 may lie outside a lumbar field of view."""


def is_confident(found: Segmentation) -> bool:
    """Return whether a slice was labelled well enough to learn from."""
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
    return found if is_confident(found) else None


def kept_teacher(fit: Path, step: int) -> LoadedModel:
    """Return the network of the fit in the folder ``fit`` as it was after ``step`` optimiser steps.

    It is exported into ``teacher`` in that folder once the fit has reached the step. A fit that is resumed later uses
    the same export, and so the same labels. Without a complete export the last checkpoint is used instead.
    """
    folder, done = fit / _TEACHER, steps_done(fit / CHECKPOINT_NAME)
    # At this step the checkpoint is the teacher; an existing export may belong to an earlier fit in this folder.
    kept = _whole_model(folder) if done > step else None
    if kept is not None and kept.record.metrics.get("steps") == step:
        return kept
    register_fit(fit, folder, {"command": "spoils train segmentation", "steps": done})
    return load_model(MODEL_NAME, Settings(models_dir=folder))


def _whole_model(folder: Path) -> LoadedModel | None:
    """Return the network in a models folder, or None if it is missing or its weights do not match the manifest."""
    try:
        return load_model(MODEL_NAME, Settings(models_dir=folder))
    except ModelError:
        return None


def label_unannotated(
    folder: Path, patients: Collection[str], teacher: LoadedModel, progress: Progress
) -> list[Sample]:
    """Label slices without annotation with the network ``teacher``.

    Args:
        folder: folder with ``images/ID.png`` and ``acquisitions.csv``.
        patients: patients whose slices are labelled.
        teacher: a segmentation network.
        progress: called after every slice.

    Returns:
        A sample for each slice that was labelled with confidence.
    """
    samples = []
    acquisitions = sorted(read_acquisitions(folder / "acquisitions.csv").items())
    wanted = [(patient, row) for patient, row in acquisitions if patient in patients]
    for number, (patient, acquisition) in enumerate(wanted, start=1):
        series = read_input(folder / "images" / f"{patient}.png", spacing_mm=float(acquisition["spacing_mm"])).series
        if (found := _labelled(series, teacher)) is not None:
            samples.append(self_labelled_sample(patient, series, found.coverage))
        progress(f"labelling slice {number} of {len(wanted)}", number / len(wanted))
    _log.info("Labelled %d of %d slices without annotation.", len(samples), len(wanted))
    return samples
