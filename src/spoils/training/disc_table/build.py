"""Build the disc table from SPIDER: segment and measure discs, cut them out and join them with their grades."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS
from spoils.discs import extract_discs
from spoils.errors import UnsuitableInput
from spoils.geometry import measure_spine, slice_contours
from spoils.grading import feature_rows, image_input
from spoils.images import Note
from spoils.io import read_input
from spoils.pipeline import segment_plausibly
from spoils.segmentation import SegmentationModels
from spoils.training.data import DiscLabel, ScannerRecord, count_graded_discs, read_acquisitions, read_disc_labels
from spoils.training.disc_table.measurements import measurements_at
from spoils.training.disc_table.table import DiscRow, DiscTable, LeftOut, Reading, SeenDisc
from spoils.training.progress import Progress, no_progress

__all__ = ["build_table"]

_NOT_FOUND = "graded, but not found whole in the image"


def _read_patient(
    picture: Path, acquisition: ScannerRecord, labels: Mapping[str, DiscLabel], models: SegmentationModels
) -> tuple[list[DiscRow], tuple[str, ...], tuple[Note, ...]]:
    """Segment, measure and cut out one patient's discs.

    Returns:
        The graded discs, all levels that were found completely, and the notes of the segmentation.

    Raises:
        UnsuitableInput: the slice can't be segmented or its levels can't be named.
    """
    series = read_input(picture, spacing_mm=acquisition.spacing_mm).series
    segmentation = segment_plausibly(series, models, mid_slice=0)
    contours = slice_contours(segmentation.labels, series, segmentation.mid_slice, segmentation.coverage)
    spine, volumes = measure_spine(segmentation.labels, contours), extract_discs(series, segmentation.labels, contours)
    features = feature_rows(spine, volumes, contours)
    rows = [
        DiscRow(
            label=labels[level],
            features=features[level],
            image=_rounded(image_input(volumes[level])),
            acquisition=acquisition,
            seen=SeenDisc(
                measured=measurements_at(level, spine),
                image_pixel_mm=volumes[level].pixel_mm,
                signal_reference=volumes[level].reference,
                flags=(segmentation.ungradable[level].code,) if level in segmentation.ungradable else (),
            ),
        )
        for level in DISCS
        if level in features and level in labels
    ]
    return rows, tuple(level for level in DISCS if level in features), segmentation.notes


def _rounded(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Round to the precision of the file, so that a table is the same before and after it is written and read."""
    return image.astype(np.float16).astype(np.float32)


def build_table(
    folder: Path,
    models: SegmentationModels,
    progress: Progress = no_progress,
    *,
    limit: int | None = None,
) -> DiscTable:
    """Build the table from SPIDER's slices and gradings.

    Args:
        folder: folder with ``images/ID.png``, ``acquisitions.csv`` and ``gradings.csv``.
        models: the segmentation models.
        progress: called with the stage and the share of the work done.
        limit: maximum number of patients, the first by name.

    Raises:
        InputUnreadable: a table or an image can't be read.
    """
    acquisitions = sorted(read_acquisitions(folder / "acquisitions.csv").items())[:limit]
    labels, graded = read_disc_labels(folder / "gradings.csv"), count_graded_discs(folder / "gradings.csv")
    rows: list[DiscRow] = []
    left_out: list[LeftOut] = []
    readings: list[Reading] = []
    for number, (patient, taken) in enumerate(acquisitions, start=1):
        wanted, picture = labels.get(patient, {}), folder / "images" / f"{patient}.png"
        try:
            discs, found, notes = _read_patient(picture, ScannerRecord.of_row(taken), wanted, models)
        except UnsuitableInput as refusal:
            left_out.append(LeftOut(patient, None, str(refusal)))
        else:
            rows += discs
            left_out += [LeftOut(patient, level, _NOT_FOUND) for level in wanted if level not in found]
            readings.append(Reading(patient, graded[patient], found, notes))
        progress(f"measured patient {patient}", number / len(acquisitions))
    return DiscTable(tuple(rows), tuple(left_out), tuple(readings))
