"""Outlines of discs that can be anatomy: a lobe that reaches into a body is cut at the endplate, or its reader is told.

This comes between segmenting and measuring, so that label map, contours, measurements and grades are of one outline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from spoils.anatomy import DISCS
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.messages import message
from spoils.pipeline.outline_cut import SegmentedSlice
from spoils.pipeline.outline_lobes import FoundLobe, Outcome, without_lobes
from spoils.segmentation import (
    LevelHint,
    Limits,
    Segmentation,
    SegmentationModels,
    StructureConfidence,
    load_limits,
    segment,
)

__all__ = ["OUTLINE_IMPLAUSIBLE", "plausible_outlines", "segment_plausibly"]

OUTLINE_IMPLAUSIBLE: Final = Outcome.IMPLAUSIBLE.value
"""Code of the notes on a disc whose outline is neither measured nor graded."""

_MOST_CONFIDENCE: Final = 0.5
"""An implausible outline is as likely wrong as right, at best."""


def segment_plausibly(
    series: SagittalSeries,
    models: SegmentationModels,
    *,
    mid_slice: int,
    hint: LevelHint | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> Segmentation:
    """Segment a series and make the outlines of its discs plausible: ``segment``, then ``plausible_outlines``.

    Raises:
        UnsuitableInput, UsageError: as ``segment``.
    """
    seen = segment(series, models, mid_slice=mid_slice, hint=hint, progress=progress)
    return plausible_outlines(series, seen, load_limits())


def plausible_outlines(series: SagittalSeries, seen: Segmentation, limits: Limits) -> Segmentation:
    """Look at the outline of every disc on the middle slice and on those near it, and cut or note what can't be.

    - Where the image shows the endplate across a lobe, the lobe is cut there.
    - Where the image shows an edge around the lobe instead, as around a Schmorl's node, the outline stays.
    - Where it shows neither, the disc is not measured and not graded.

    Each is noted, and the confidence of the outline falls. On slices beside the middle, lobes are only cut.

    Args:
        series: what was segmented.
        seen: its segmentation.
        limits: what an outline may be like, and which slices are near the middle.
    """
    slice_mm, *spacing_mm = series.grid.spacing_mm
    labels, reach = seen.labels.labels.copy(), int(limits.near_middle_mm / slice_mm)
    middle = SegmentedSlice(labels[seen.mid_slice], seen.coverage, (spacing_mm[0], spacing_mm[1]))
    middle, found = without_lobes(middle, series.pixels[seen.mid_slice], limits)
    labels[seen.mid_slice] = middle.labels
    beside: Counter[str] = Counter()
    for index in range(max(seen.mid_slice - reach, 0), min(seen.mid_slice + reach + 1, len(labels))):
        if index != seen.mid_slice:
            plane = SegmentedSlice.of_labels(labels[index], middle.spacing_mm)
            plane, lobes = without_lobes(plane, series.pixels[index], limits)
            labels[index] = plane.labels
            beside.update({lobe.disc for lobe in lobes if lobe.outcome is Outcome.CUT})
    if not found and not beside:
        return seen
    return replace(
        seen,
        labels=LabelMap(labels, seen.labels.grid),
        coverage=middle.coverage,
        confidences={**seen.confidences, **_confidences(found, seen, middle.spacing_mm)},
        notes=(*seen.notes, *_notes(found, beside)),
        ungradable={**_ungradable(found), **seen.ungradable},
    )


def _confidences(
    found: Sequence[FoundLobe], seen: Segmentation, spacing_mm: tuple[float, float]
) -> dict[str, StructureConfidence]:
    """Return the confidence of each disc with a lobe.

    The network was as sure of the lobe as of the rest. The confidence of its outline falls by the Dice coefficient of
    the outline with and without the lobes; that of an implausible one is one half at most.
    """
    changed = {}
    for disc in {lobe.disc for lobe in found} & set(seen.confidences):
        own = [lobe for lobe in found if lobe.disc == disc]
        area_mm2 = float(np.sum(seen.coverage[disc])) * spacing_mm[0] * spacing_mm[1]
        without_mm2 = max(area_mm2 - sum(lobe.lobe.area_mm2 for lobe in own), 0.0)
        contour = seen.confidences[disc].contour * 2 * without_mm2 / (area_mm2 + without_mm2)
        if any(lobe.outcome is Outcome.IMPLAUSIBLE for lobe in own):
            contour = min(contour, _MOST_CONFIDENCE)
        changed[disc] = replace(seen.confidences[disc], contour=contour)
    return changed


def _notes(found: Sequence[FoundLobe], beside: Counter[str]) -> list[Note]:
    """Return what a reader must know of the lobes on the middle slice, and of those on the ``beside`` ones."""
    cut = {lobe.disc for lobe in found if lobe.outcome is Outcome.CUT}
    only_beside = [disc for disc in DISCS if beside[disc] and disc not in cut]
    return [
        *(Note(lobe.outcome, lobe.message) for lobe in found),
        *(Note(Outcome.CUT, message("contour-cut-beside", level=disc, count=beside[disc])) for disc in only_beside),
    ]


def _ungradable(found: Sequence[FoundLobe]) -> dict[str, Note]:
    discs = {lobe.disc for lobe in found if lobe.outcome is Outcome.IMPLAUSIBLE}
    return {disc: Note(OUTLINE_IMPLAUSIBLE, message("disc-contour-implausible", level=disc)) for disc in discs}
