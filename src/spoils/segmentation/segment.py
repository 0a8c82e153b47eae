"""The segmentation stage: a series in, named structures on the image's own grid out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import CANAL, DISCS, Kind
from spoils.errors import UsageError
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.messages import message
from spoils.models import LoadedModel
from spoils.segmentation.anomalies import anomaly_notes
from spoils.segmentation.assemble import FineSlice, named_like
from spoils.segmentation.checks import anatomy_notes, confidence_notes, doubtful_discs, naming_notes
from spoils.segmentation.components import Component, canal_component, find_components
from spoils.segmentation.confidence import StructureConfidence, structure_confidence
from spoils.segmentation.hint import LevelHint
from spoils.segmentation.limits import Limits, load_limits
from spoils.segmentation.naming import SACRUM, Naming, name_components, rename_components, renumbering_note
from spoils.segmentation.out_of_distribution import SegmentationModels
from spoils.segmentation.predict import SLICES_AT_ONCE, Prediction, predict
from spoils.segmentation.quality import (
    require_enough,
    require_lumbar,
    require_lumbar_size,
    require_pieces,
    require_sacrum_inside,
    require_t2,
    require_upright,
    upside_down_notes,
)

__all__ = ["Segmentation", "label_picture", "name_slice", "segment"]


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Named structures of a series.

    ``mid_slice`` is where levels were counted; ``coverage`` is the share 0 to 1, float32 (rows, columns), by which each
    structure covers each pixel of it, finer than the label map says; ``confidences`` are those of each structure on it.
    ``notes`` say what is doubtful, ``ungradable`` why a disc must not be graded.
    """

    labels: LabelMap
    mid_slice: int
    coverage: Mapping[str, npt.NDArray[np.float32]]
    confidences: Mapping[str, StructureConfidence]
    notes: tuple[Note, ...]
    ungradable: Mapping[str, Note]

    @property
    def confidence(self) -> dict[str, float]:
        """The probability of each structure that both its contour and its name are right."""
        return {name: found.whole for name, found in self.confidences.items()}


def _with_canal(naming: Naming, probabilities: npt.NDArray[np.float32], pixel_area_mm2: float) -> dict[str, Component]:
    canal = canal_component(probabilities, pixel_area_mm2)
    return {**naming.parts, **({CANAL: canal} if canal else {})}


def name_slice(probabilities: npt.NDArray[np.float32], pixel_area_mm2: float) -> tuple[Naming, dict[str, Component]]:
    """Find and name everything on one slice of class probabilities (14, rows, columns).

    Returns:
        The naming of bodies and discs, and these parts together with the canal where there is one.
    """
    naming = name_components(find_components(probabilities, pixel_area_mm2))
    return naming, _with_canal(naming, probabilities, pixel_area_mm2)


@dataclass(frozen=True, eq=False)
class _Reader:
    """Reads slices of one series with one network, and knows the size of the network's pixels."""

    series: SagittalSeries
    model: LoadedModel

    def read(self, slices: Sequence[npt.NDArray[np.float32]]) -> Prediction:
        _, row_mm, column_mm = self.series.grid.spacing_mm
        return predict(slices, (row_mm, column_mm), self.model)

    def pixel_area_mm2(self, probabilities: npt.NDArray[np.float32]) -> float:
        _, rows, columns = self.series.grid.shape
        _, row_mm, column_mm = self.series.grid.spacing_mm
        return float(rows * row_mm * columns * column_mm / (probabilities.shape[-2] * probabilities.shape[-1]))

    def pixel_of(self, hint: LevelHint, probabilities: npt.NDArray[np.float32]) -> tuple[int, int] | None:
        """Return the network's pixel at the place of a hint, None for a hint without one.

        Raises:
            UsageError: the place lies outside the image.
        """
        if hint.at is None:
            return None
        size = self.series.grid.shape[1:]
        if hint.at[0] >= size[0] or hint.at[1] >= size[1]:
            place = {"row": hint.at[0], "column": hint.at[1]}
            raise UsageError(message("pixel-outside", **place, rows=size[0], columns=size[1]))
        row, column = (
            int((place + 0.5) * n / of) for place, n, of in zip(hint.at, probabilities.shape[1:], size, strict=True)
        )
        return row, column

    def refine(self, probabilities: npt.NDArray[np.float32], parts: Mapping[str, Component]) -> FineSlice:
        return FineSlice.of(probabilities, parts, self.series.grid.shape[1:])


def label_picture(series: SagittalSeries, model: LoadedModel) -> npt.NDArray[np.uint8]:
    """Return label values (rows, columns) of a one-slice series, unchecked: what scoring compares with an expert's."""
    reader = _Reader(series, model)
    seen = reader.read([series.pixels[0]]).probabilities[0]
    return reader.refine(seen, name_slice(seen, reader.pixel_area_mm2(seen))[1]).labels


@dataclass(frozen=True, eq=False)
class _Middle:
    """The middle slice: its class probabilities and features, its names, and notes on the levels."""

    probabilities: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]
    naming: Naming
    parts: Mapping[str, Component]
    notes: tuple[Note, ...]


def _read_middle(reader: _Reader, mid_slice: int, limits: Limits, hint: LevelHint | None) -> _Middle:
    """Read the middle slice as it is and upside down, and refuse it unless it shows an upright lumbar spine.

    With a hint the sacrum may be out of view and the count uncertain. A slice that seems upside down then gets a note
    and is not refused, as the user overrules the count that this rests on.
    """
    upright = reader.series.pixels[mid_slice]
    prediction = reader.read([upright, upright[::-1], upright[::-1, ::-1]])
    seen, *turned = prediction.probabilities
    area = reader.pixel_area_mm2(seen)
    found = find_components(seen, area)
    naming = name_components(found)
    turned_namings = [name_components(find_components(other, area)) for other in turned]
    if hint is None:
        require_lumbar(naming, limits)
        require_sacrum_inside(naming, upright, reader.series.grid.spacing_mm[1], limits)
        require_lumbar_size(naming, area, limits)
        require_upright(naming, turned_namings)
        notes = [*naming_notes(naming, limits), *anomaly_notes(naming, limits)]
    else:
        require_pieces(found, limits)
        counted = naming
        naming = rename_components(found, counted, hint, reader.pixel_of(hint, seen), limits)
        require_enough(naming, limits)
        require_lumbar_size(naming, area, limits)
        notes = [
            renumbering_note(hint, counted, naming),
            *upside_down_notes(counted, turned_namings, limits),
            *naming_notes(naming, limits),
        ]
    return _Middle(seen, prediction.features[0], naming, _with_canal(naming, seen, area), tuple(notes))


def _reach_mm(limits: Limits) -> dict[Kind, float]:
    """Return how far from the middle slice a structure of each kind may lie."""
    return {Kind.BODY: limits.body_reach_mm, Kind.DISC: limits.body_reach_mm, Kind.CANAL: limits.canal_reach_mm}


def _follow(
    reader: _Reader, to_side: range, middle: tuple[int, Mapping[str, Component]], limits: Limits
) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    """Yield slice index and labels from the middle to one side, until no structure continues.

    Every slice is named after its neighbour nearer to the middle: only there are sacrum and count reliable.

    Args:
        reader: reads the slices.
        to_side: indices of the slices, from the middle to one side.
        middle: index of the middle slice and its named parts.
        limits: how far to the side a structure may lie, and by how much it may grow.
    """
    (mid_slice, neighbour), slice_mm = middle, reader.series.grid.spacing_mm[0]
    reach_mm = _reach_mm(limits)
    for start in range(0, len(to_side), SLICES_AT_ONCE):
        indices = to_side[start : start + SLICES_AT_ONCE]
        for index, seen in zip(
            indices, reader.read([reader.series.pixels[i] for i in indices]).probabilities, strict=True
        ):
            area = reader.pixel_area_mm2(seen)
            canal = canal_component(seen, area)
            found = [*find_components(seen, area), *([canal] if canal else [])]
            lateral_mm = abs(index - mid_slice) * slice_mm
            inner, neighbour = neighbour, named_like((p for p in found if lateral_mm <= reach_mm[p.kind]), neighbour)
            if lateral_mm > limits.narrowing_mm:
                neighbour = {n: p for n, p in neighbour.items() if p.area_px <= limits.max_growth * inner[n].area_px}
            if not neighbour:
                return
            yield index, reader.refine(seen, neighbour).labels


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
    limits, reader = load_limits(), _Reader(series, models.network)
    middle = _read_middle(reader, mid_slice, limits, hint)
    labels = np.zeros(series.grid.shape, dtype=np.uint8)
    fine = reader.refine(middle.probabilities, middle.parts)
    labels[mid_slice], done = fine.labels, 1
    require_t2(series, LabelMap(labels, series.grid), mid_slice, limits)
    reach = int(max(_reach_mm(limits).values()) / series.grid.spacing_mm[0])
    right, left = min(mid_slice + reach, len(labels) - 1), max(mid_slice - reach, 0)
    for to_side in (range(mid_slice + 1, right + 1), range(mid_slice - 1, left - 1, -1)):
        for index, found in _follow(reader, to_side, (mid_slice, middle.parts), limits):
            labels[index], done = found, done + 1
            progress(done / (right - left + 1))
    whole = LabelMap(labels, series.grid)
    confidence = structure_confidence(middle.probabilities, middle.parts, middle.naming)
    strange = models.out_of_distribution_note(middle.features)
    notes = (
        *middle.notes,
        *([strange] if strange else []),
        *confidence_notes(confidence, limits),
        *anatomy_notes(whole, mid_slice, middle.naming, limits),
    )
    known = hint.level if hint else SACRUM
    doubtful = doubtful_discs(whole, mid_slice, middle.naming, confidence, limits, counted_from=known)
    ungradable = dict.fromkeys(DISCS, strange) if strange else doubtful
    return Segmentation(whole, mid_slice, fine.coverage, confidence, notes, ungradable)
