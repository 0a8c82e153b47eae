"""Self-training: a network half fitted labels slices that nobody annotated, and goes on learning from the sure ones.

The network labels them as the product would, with every check on the way. A slice is taken only where confidence and
anatomy agree: nothing is flagged, the chain of bodies and discs has no gap, and every outline is one it is sure of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from spoils.anatomy import CANAL, CHAIN
from spoils.config import Settings
from spoils.errors import UnsuitableInput
from spoils.images import SagittalSeries
from spoils.io import read_input
from spoils.models import LoadedModel, load_model
from spoils.segmentation import MODEL_NAME, Segmentation, SegmentationModels, segment
from spoils.training.dataset import read_acquisitions
from spoils.training.segmentation_data import Sample, self_labelled_sample
from spoils.training.segmentation_models import register_fit

__all__ = ["is_sure", "label_unannotated"]

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


def label_unannotated(
    folder: Path, patients: Collection[str], fit: Path, tell: Callable[[str, float], None]
) -> list[Sample]:
    """Label slices that nobody annotated with the network of the last checkpoint in ``fit``.

    Args:
        folder: holds ``images/ID.png`` and ``acquisitions.csv``.
        patients: whose slices to label.
        fit: folder of the fit; its network is exported into ``teacher`` there.
        tell: told what was taken.

    Returns:
        A sample for each slice that was labelled surely.
    """
    teacher = fit / "teacher"
    register_fit(fit, teacher, {"command": "spoils train segmentation"})
    model = load_model(MODEL_NAME, Settings(models_dir=teacher))
    samples = []
    acquisitions = sorted(read_acquisitions(folder / "acquisitions.csv").items())
    wanted = [(patient, row) for patient, row in acquisitions if patient in patients]
    for patient, acquisition in wanted:
        series = read_input(folder / "images" / f"{patient}.png", spacing_mm=float(acquisition["spacing_mm"])).series
        if (found := _labelled(series, model)) is not None:
            samples.append(self_labelled_sample(patient, series, found.coverage))
    tell(f"labelled {len(samples)} of {len(wanted)} unannotated slices", 0.5)
    return samples
