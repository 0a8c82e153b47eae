"""SPIDER's discs as graders see them: segmented by the network, measured, cut out, joined with their grades."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS
from spoils.discs import extract_discs
from spoils.errors import UnsuitableInput
from spoils.geometry import measure_spine, outlines_of_coverage
from spoils.grading import feature_rows, image_input
from spoils.io import read_input
from spoils.segmentation import SegmentationModels, segment
from spoils.training.dataset import (
    Acquisition,
    DiscRow,
    DiscTable,
    LeftOut,
    read_acquisitions,
    read_table,
    write_table,
)
from spoils.training.grading_labels import DiscLabel, read_disc_labels

__all__ = ["DiscRow", "DiscTable", "LeftOut", "build_table", "read_acquisitions", "read_table", "write_table"]


def _rows_of_patient(
    picture: Path, acquisition: Acquisition, labels: dict[str, DiscLabel], models: SegmentationModels
) -> tuple[list[DiscRow], list[LeftOut]]:
    """Segment, measure and cut out one patient's discs.

    Raises:
        UnsuitableInput: the slice can't be segmented or its levels not named.
    """
    series = read_input(picture, spacing_mm=acquisition.spacing_mm).series
    segmentation = segment(series, models, mid_slice=0)
    outlines = outlines_of_coverage(segmentation.coverage, series.grid.spacing_mm[1:])
    measurements = measure_spine(segmentation.labels, series, mid_slice=0, outlines=outlines)
    volumes = extract_discs(series, segmentation.labels, 0)
    features = feature_rows(measurements, volumes)
    rows = [
        DiscRow(labels[level], features[level], _rounded(image_input(volumes[level])), acquisition)
        for level in DISCS
        if level in features and level in labels
    ]
    lost = [
        LeftOut(label.patient, level, "graded, but not found whole in the image")
        for level, label in labels.items()
        if level not in features
    ]
    return rows, lost


def _rounded(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Round as the file does, so that a table read back is the very table that was built."""
    return image.astype(np.float16).astype(np.float32)


def build_table(
    folder: Path, models: SegmentationModels, tell: Callable[[str, float], None] = lambda stage, done: None
) -> DiscTable:
    """Build the table from SPIDER's slices and gradings.

    Args:
        folder: holds ``images/ID.png``, ``acquisitions.csv`` and ``gradings.csv``.
        models: for the segmentation.
        tell: told the stage and the share done.
    """
    acquisitions = read_acquisitions(folder / "acquisitions.csv")
    labels = read_disc_labels(folder / "gradings.csv")
    rows: list[DiscRow] = []
    left_out: list[LeftOut] = []
    for number, (patient, row) in enumerate(sorted(acquisitions.items()), start=1):
        picture, acquisition = folder / "images" / f"{patient}.png", Acquisition.of_row(row)
        try:
            found, lost = _rows_of_patient(picture, acquisition, labels.get(patient, {}), models)
        except UnsuitableInput as refusal:
            found, lost = [], [LeftOut(patient, None, str(refusal))]
        rows += found
        left_out += lost
        tell(f"measured patient {patient}", number / len(acquisitions))
    return DiscTable(tuple(rows), tuple(left_out))
