"""Series of a study tried by their content: what its header recommends may still prove unsuited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from spoils.errors import UnsuitableInput
from spoils.io import SourceSeries, mid_sagittal_index, next_series
from spoils.pipeline.curvature import curvature_notes
from spoils.pipeline.outlines import segment_plausibly
from spoils.segmentation import LevelHint, Segmentation, SegmentationModels

__all__ = ["segment_study"]


def segment_study(
    source: SourceSeries,
    models: SegmentationModels,
    *,
    hint: LevelHint | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> tuple[SourceSeries, Segmentation]:
    """Segment the first series of a study whose images are suited, beginning with the one that was read.

    A series that is not suited costs one look at its middle slice; how many are tried is limited.

    Args:
        source: the series that was read; ``source.others`` are tried after it.
        models: the network, and the detector of images unlike those it was fitted on.
        hint: a level that the user gives; all others are counted from it.
        progress: called with the share of slices done.

    Returns:
        The series that was used, whose source line and notes say what was passed over, and its segmentation.

    Raises:
        UnsuitableInput: no series is suited; with several, the sentence lists each with its reason.
        UsageError: the hint can't be honoured.
    """
    while True:
        middle = mid_sagittal_index(source.series)
        try:
            seen = segment_plausibly(source.series, models, mid_slice=middle, hint=hint, progress=progress)
        except UnsuitableInput as error:
            source = next_series(source, error)
        else:
            return source, replace(seen, notes=(*seen.notes, *curvature_notes(source.series, seen)))
