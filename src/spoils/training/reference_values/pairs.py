"""Pairs of measurements of one structure in one patient. Their difference is the error of measurement.

No patient of the data was scanned twice. Two substitutes are used, with networks that never saw the patient:

- ``contours``: an annotated slice, measured from the network's contours and from the annotated contours;
- ``positions``: a volume with slices of 1 mm, resampled to two stacks of thick slices that are half a slice apart. Each
  is segmented and measured by itself, which imitates a repositioned patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoils.anatomy import CANAL
from spoils.config import Settings
from spoils.errors import UnsuitableInput
from spoils.findings import Measurement
from spoils.followup import BODY_WIDTH
from spoils.geometry import SpineMeasurements, measure_spine, slice_contours
from spoils.images import LabelMap, SagittalSeries
from spoils.io import mid_sagittal_index, read_input
from spoils.models import load_model
from spoils.pipeline import segment_plausibly
from spoils.segmentation import MODEL_NAME, Segmentation, SegmentationModels
from spoils.spatial import Grid
from spoils.training.data import ANNOTATED, read_annotated, rows_of
from spoils.training.progress import Progress, no_progress
from spoils.training.segmentation import exported_folds

__all__ = ["COMPARED", "Pair", "measured_pairs", "thick_slices"]

COMPARED = ("height_mean_mm", "height_index", "volume_mm3", "signal_csf_ratio", "ap_diameter_mm")
"""Measurements that are followed over time at every disc, by their public names."""

_VOLUMES = "bodies-3d"
_SLICE_MM = 4.0
_LEAST_OVERLAP = 0.5
"""Smallest intersection over union with the annotation of this name for a structure to count as named right."""


@dataclass(frozen=True)
class Pair:
    """Two values of one quantity of one structure. ``basis`` is ``contours`` or ``positions``."""

    basis: str
    source: str
    patient: str
    level: str
    name: str
    first: float
    second: float


def measured_pairs(data: Path, fits: Path, progress: Progress = no_progress) -> list[Pair]:
    """Measure all structures twice.

    Args:
        data: folder of annotated slices and volumes.
        fits: folder of the fits of a cross-validation; each patient is measured by the fit that left the patient out.
        progress: called with the stage and the share of the folds done.

    Raises:
        InputUnreadable: a slice, volume or fit can't be read.
    """
    pairs: list[Pair] = []
    folds = list(exported_folds(fits))
    for number, (models_dir, patients) in enumerate(folds, start=1):
        models = SegmentationModels(load_model(MODEL_NAME, Settings(models_dir=models_dir)))
        for row in rows_of(data / ANNOTATED, patients):
            pairs += _segmented_twice(row, data / ANNOTATED, models)
        for volume in sorted((data / _VOLUMES).glob("*.nii.gz")):
            if volume.name.removesuffix(".nii.gz") in patients:
                pairs += _placed_twice(volume, models)
        progress("measured twice", number / len(folds))
    return pairs


def _segmented_twice(row: Mapping[str, str], folder: Path, models: SegmentationModels) -> Iterator[Pair]:
    """Measure an annotated slice from the predicted and from the annotated contours. A refused slice yields nothing."""
    annotated = read_annotated(row, folder)
    series, drawn = annotated.series, LabelMap(annotated.labels[None], annotated.series.grid)
    try:
        seen = segment_plausibly(series, models, mid_slice=0)
    except UnsuitableInput:
        return
    found, expected = _measured(series, seen), measure_spine(drawn, slice_contours(drawn, series))
    alike = {name for name in annotated.drawn if _overlap(seen.labels, drawn, name) >= _LEAST_OVERLAP}
    # The width of a canal that is annotated in part is known where it was annotated.
    whole = alike | {CANAL} if row["canal"] == "partial" else alike
    for (level, name), (first, second) in _both(found, expected).items():
        if level in whole and (name != "ap_diameter_mm" or CANAL in whole):
            yield Pair("contours", row["source"], row["patient"], level, name, first, second)


def _overlap(found: LabelMap, drawn: LabelMap, name: str) -> float:
    ours, theirs = found.mask(name), drawn.mask(name)
    union = np.count_nonzero(ours | theirs)
    return np.count_nonzero(ours & theirs) / union if union else 0.0


def _placed_twice(path: Path, models: SegmentationModels) -> Iterator[Pair]:
    """Measure a volume in two stacks of thick slices, half a slice apart. A refused stack yields nothing."""
    volume = read_input(path).series
    patient, step = path.name.removesuffix(".nii.gz"), round(_SLICE_MM / volume.grid.spacing_mm[0])
    found = []
    for offset in (0, step // 2):
        stack = thick_slices(volume, step, offset)
        try:
            seen = segment_plausibly(stack, models, mid_slice=mid_sagittal_index(stack))
        except UnsuitableInput:
            return
        found.append(_measured(stack, seen))
    for (level, name), (first, second) in _both(*found).items():
        yield Pair("positions", path.parent.name, patient, level, name, first, second)


def thick_slices(volume: SagittalSeries, step: int, offset: int) -> SagittalSeries:
    """Return the means of groups of ``step`` slices, beginning at slice ``offset``.

    An incomplete last group is left out.

    >>> volume = SagittalSeries(np.arange(6.0).reshape(6, 1, 1), Grid.from_axes((6, 1, 1), (1, 1, 1)))
    >>> thick_slices(volume, 2, 1).pixels.ravel().tolist()
    [1.5, 3.5]
    """
    slice_mm, *in_slice_mm = volume.grid.spacing_mm
    count = (volume.pixels.shape[0] - offset) // step
    groups = volume.pixels[offset : offset + count * step].reshape(count, step, *volume.pixels.shape[1:])
    grid = Grid.from_axes((count, *volume.pixels.shape[1:]), (step * slice_mm, *in_slice_mm))
    return SagittalSeries(groups.mean(axis=1), grid)


def _measured(series: SagittalSeries, seen: Segmentation) -> SpineMeasurements:
    return measure_spine(seen.labels, slice_contours(seen.labels, series, seen.mid_slice, seen.coverage))


def _both(first: SpineMeasurements, second: SpineMeasurements) -> dict[tuple[str, str], tuple[float, float]]:
    """Return both values of all measurements that were made twice, by level and name."""
    one, other = _values(first), _values(second)
    return {key: (value, other[key]) for key, value in one.items() if key in other}


def _values(spine: SpineMeasurements) -> dict[tuple[str, str], float]:
    wanted = ((spine.discs, COMPARED), (spine.canal, COMPARED), (spine.vertebrae, (BODY_WIDTH,)))
    return {
        (level, name): found.value
        for levels, names in wanted
        for level, measurements in levels.items()
        for name in names
        if isinstance(found := measurements.get(name), Measurement)
    }
