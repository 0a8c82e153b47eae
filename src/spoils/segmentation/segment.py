"""The segmentation stage: a series in, named structures on the image's own grid out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spoils.anatomy import CANAL, DISCS, Kind
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.models import LoadedModel
from spoils.segmentation.assemble import named_like
from spoils.segmentation.checks import anatomy_notes, confidence_notes, doubtful_discs
from spoils.segmentation.components import Component, canal_component, find_components
from spoils.segmentation.confidence import StructureConfidence, structure_confidence
from spoils.segmentation.counting import Countings, ballot
from spoils.segmentation.hint import LevelHint
from spoils.segmentation.limits import Limits, load_limits
from spoils.segmentation.middle import Middle, read_middle, with_canal
from spoils.segmentation.naming import SACRUM, Naming, name_components
from spoils.segmentation.out_of_distribution import SegmentationModels
from spoils.segmentation.predict import SLICES_AT_ONCE
from spoils.segmentation.reader import SliceReader
from spoils.segmentation.suitability import Suitability
from spoils.segmentation.ways import WayToCount, count_notes, ungraded_as_uncounted, ways_to_count

__all__ = ["Segmentation", "label_picture", "name_slice", "segment"]


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Named structures of a series.

    ``mid_slice`` is where levels were counted; ``coverage`` is the share 0 to 1, float32 (rows, columns), by which each
    structure covers each pixel of it, finer than the label map says; ``confidences`` are those of each structure on it.
    ``notes`` say what is doubtful, ``ungradable`` why a disc must not be graded. ``countings`` are the ways to count
    the levels, the likeliest first; there are none where a person set the levels.
    """

    labels: LabelMap
    mid_slice: int
    coverage: Mapping[str, npt.NDArray[np.float32]]
    confidences: Mapping[str, StructureConfidence]
    notes: tuple[Note, ...]
    ungradable: Mapping[str, Note]
    countings: tuple[WayToCount, ...] = ()

    @property
    def confidence(self) -> dict[str, float]:
        """The probability of each structure that both its contour and its name are right."""
        return {name: found.whole for name, found in self.confidences.items()}


def name_slice(probabilities: npt.NDArray[np.float32], pixel_area_mm2: float) -> tuple[Naming, dict[str, Component]]:
    """Find and name everything on one slice of class probabilities (14, rows, columns).

    Returns:
        The naming of bodies and discs, and these parts together with the canal where there is one.
    """
    naming = name_components(find_components(probabilities, pixel_area_mm2))
    return naming, with_canal(naming, probabilities, pixel_area_mm2)


def label_picture(series: SagittalSeries, model: LoadedModel) -> npt.NDArray[np.uint8]:
    """Return label values (rows, columns) of a one-slice series, unchecked: what scoring compares with an expert's."""
    reader = SliceReader(series, model)
    seen = reader.read([series.pixels[0]]).probabilities[0]
    return reader.refine(seen, name_slice(seen, reader.pixel_area_mm2(seen.shape))[1]).labels


def _reach_mm(limits: Limits) -> dict[Kind, float]:
    """Return how far from the middle slice a structure of each kind may lie."""
    return {Kind.BODY: limits.body_reach_mm, Kind.DISC: limits.body_reach_mm, Kind.CANAL: limits.canal_reach_mm}


@dataclass(frozen=True, eq=False)
class _Beside:
    """A slice beside the middle one: its index, its labels, and how it counts the levels where it may vote."""

    index: int
    labels: npt.NDArray[np.uint8]
    ballot: Countings | None


def _follow(reader: SliceReader, to_side: range, mid_slice: int, middle: Middle, limits: Limits) -> Iterator[_Beside]:
    """Yield the slices from the middle to one side, until no structure continues.

    Every slice is named after its neighbour nearer to the middle: only there are sacrum and count reliable.

    Args:
        reader: reads the slices.
        to_side: indices of the slices, from the middle to one side.
        mid_slice: index of the middle slice.
        middle: what was found on it.
        limits: how far to the side a structure may lie, by how much it may grow, and which slices vote.
    """
    neighbour, slice_mm = middle.parts, reader.series.grid.spacing_mm[0]
    reach_mm = _reach_mm(limits)
    for start in range(0, len(to_side), SLICES_AT_ONCE):
        indices = to_side[start : start + SLICES_AT_ONCE]
        for index, seen in zip(
            indices, reader.read([reader.series.pixels[i] for i in indices]).probabilities, strict=True
        ):
            pieces, canal = reader.pieces(seen), canal_component(seen, reader.pixel_area_mm2(seen.shape))
            found = [*pieces, *([canal] if canal else [])]
            lateral_mm = abs(index - mid_slice) * slice_mm
            inner, neighbour = neighbour, named_like((p for p in found if lateral_mm <= reach_mm[p.kind]), neighbour)
            if lateral_mm > limits.narrowing_mm:
                neighbour = {n: p for n, p in neighbour.items() if p.area_px <= limits.max_growth * inner[n].area_px}
            if not neighbour:
                return
            votes = middle.ballots and lateral_mm <= limits.votes_beside_mm
            vote = ballot(middle.naming, name_components(pieces)) if votes else None
            yield _Beside(index, reader.refine(seen, neighbour).labels, vote)


def _look_at(
    series: SagittalSeries, mid_slice: int, models: SegmentationModels, limits: Limits, hint: LevelHint | None
) -> Suitability:
    """Look at the middle slice, and refuse it if it surely shows something else than lumbar T2."""
    _, row_mm, column_mm = series.grid.spacing_mm
    seen = models.kind_of(series.pixels[mid_slice], (row_mm, column_mm))
    suitability = Suitability(seen, limits, place_is_given=hint is not None)
    suitability.require()
    return suitability


def segment(
    series: SagittalSeries,
    models: SegmentationModels,
    *,
    mid_slice: int,
    hint: LevelHint | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> Segmentation:
    """Segment a series and name its levels.

    Args:
        series: sagittal T2 images.
        models: the network, and the detector of images unlike those it was fitted on.
        mid_slice: the mid-sagittal slice, on which levels are counted.
        hint: a level that the user gives; all others are counted from it.
        progress: called with the share of slices done.

    Raises:
        UnsuitableInput: not a lumbar T2 image, upside down, sacrum out of view, or too few structures to count.
        UsageError: the hint can't be honoured.
    """
    limits = load_limits()
    suitability = _look_at(series, mid_slice, models, limits, hint)
    reader = SliceReader(series, models.network)
    middle = read_middle(reader, mid_slice, limits, hint, is_surely_upright=suitability.is_surely_upright)
    reader = middle.reader
    labels = np.zeros(series.grid.shape, dtype=np.uint8)
    fine = reader.refine(middle.probabilities, middle.parts)
    labels[mid_slice], done = fine.labels, 1
    suitability.require_contrast(series, LabelMap(labels, series.grid), mid_slice)
    reach = int(max(_reach_mm(limits).values()) / series.grid.spacing_mm[0])
    right, left = min(mid_slice + reach, len(labels) - 1), max(mid_slice - reach, 0)
    votes = []
    for to_side in (range(mid_slice + 1, right + 1), range(mid_slice - 1, left - 1, -1)):
        for beside in _follow(reader, to_side, mid_slice, middle, limits):
            labels[beside.index], done = beside.labels, done + 1
            votes.append(beside.ballot)
            progress(done / (right - left + 1))
    whole = LabelMap(labels, series.grid)
    countings = middle.countings(votes, limits)
    ways = ways_to_count(countings, middle.naming, series.grid.shape[1:]) if countings else ()
    confidence = structure_confidence(middle.probabilities, middle.parts, middle.naming)
    strange = models.out_of_distribution_note(middle.features)
    notes = (
        *suitability.notes(),
        *count_notes(ways, limits),
        *middle.notes,
        *([strange] if strange else []),
        *confidence_notes(confidence, limits),
        *anatomy_notes(whole, mid_slice, middle.naming, limits),
    )
    known = hint.level if hint else SACRUM
    doubtful = doubtful_discs(whole, mid_slice, middle.naming, confidence, limits, counted_from=known)
    ungradable = dict.fromkeys(DISCS, strange) if strange else {**ungraded_as_uncounted(ways, limits), **doubtful}
    return Segmentation(
        labels=whole,
        mid_slice=mid_slice,
        coverage=fine.coverage,
        confidences=_as_counted(confidence, countings),
        notes=notes,
        ungradable=ungradable,
        countings=ways,
    )


def _as_counted(
    confidences: Mapping[str, StructureConfidence], countings: Countings | None
) -> Mapping[str, StructureConfidence]:
    """Return the confidences with names no more certain than the count, which is that of the shift 0."""
    if countings is None:
        return confidences
    sure = countings.of_shift(0)
    return {
        name: found if name == CANAL else replace(found, level=min(found.level, sure))
        for name, found in confidences.items()
    }
