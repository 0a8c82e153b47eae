"""Example segmentations: slices without and with the contours of the installed network."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spoils.anatomy import STRUCTURES
from spoils.canvas import Figure
from spoils.errors import UnsuitableInput
from spoils.io import read_input
from spoils.segmentation import SegmentationModels, segment
from spoils.training.data import ScannerRecord, read_acquisitions

__all__ = ["segmented_examples"]

_PANEL_IN = 3.4
_DOTS_PER_INCH = 110
_HALF = 0.5


def segmented_examples(spider: Path, patients: Sequence[str], models: SegmentationModels) -> dict[str, bytes]:
    """Return a PNG for each patient, except those whose slice is refused.

    Args:
        spider: folder with ``images`` and ``acquisitions.csv``.
        patients: patients to show.
        models: the segmentation network. It may have been fitted to these patients, so the images are only examples.

    Raises:
        InputUnreadable: an image is missing.
    """
    acquisitions = read_acquisitions(spider / "acquisitions.csv")
    pictures = {}
    for patient in patients:
        spacing_mm = ScannerRecord.of_row(acquisitions[patient]).spacing_mm
        series = read_input(spider / "images" / f"{patient}.png", spacing_mm=spacing_mm).series
        try:
            found = segment(series, models, mid_slice=0)
        except UnsuitableInput:
            continue
        pictures[patient] = _drawn(series.pixels[0], found.labels.labels[0])
    return pictures


def _drawn(pixels: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8]) -> bytes:
    rows, columns = pixels.shape
    canvas = Figure(figsize=(2 * _PANEL_IN * columns / rows, _PANEL_IN), dpi=_DOTS_PER_INCH)
    for left in (0.0, _HALF):
        axes = canvas.add_axes((left, 0, _HALF, 1))
        axes.imshow(pixels, cmap="gray")
        axes.set_axis_off()
    for structure in STRUCTURES:
        mask = labels == structure.label
        if mask.any():
            axes.contour(mask, levels=[_HALF], colors=[structure.colour], linewidths=1.0)
    target = BytesIO()
    canvas.savefig(target, format="png")
    return target.getvalue()
