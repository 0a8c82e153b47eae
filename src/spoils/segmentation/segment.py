"""The segmentation stage: a series in, named structures on the image's own grid out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import CANAL, STRUCTURES, Kind
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.models import LoadedModel
from spoils.segmentation.assemble import FineSlice, named_like
from spoils.segmentation.naming import Naming, name_parts
from spoils.segmentation.parts import Part, canal_part, find_parts, kind_probabilities
from spoils.segmentation.predict import SLICES_AT_ONCE, predict_probabilities
from spoils.segmentation.quality import (
    Limits,
    check_picture,
    naming_notes,
    require_lumbar,
    require_lumbar_size,
    require_upright,
)

__all__ = ["Segmentation", "label_picture", "name_slice", "segment"]

_REACH_MM = {Kind.BODY: 30.0, Kind.DISC: 30.0, Kind.CANAL: 13.0}
"""Nothing lies further from the middle: a lumbar body is about 50 mm wide, the thecal sac about 18 mm."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Named structures of a series.

    ``mid_slice`` is where levels were counted; ``coverage`` is the share 0 to 1, float32 (rows, columns), by which each
    structure covers each pixel of it, finer than the label map says; ``confidence`` is, for each structure on it, the
    mean probability of its kind inside its outline, times that of the count for anything with a level.
    """

    labels: LabelMap
    mid_slice: int
    coverage: Mapping[str, npt.NDArray[np.float32]]
    confidence: Mapping[str, float]
    notes: tuple[Note, ...]


def name_slice(probabilities: npt.NDArray[np.float32], pixel_area_mm2: float) -> tuple[Naming, dict[str, Part]]:
    """Find and name everything on one slice of class probabilities (14, rows, columns).

    Returns:
        The naming of bodies and discs, and these parts together with the canal where there is one.
    """
    naming = name_parts(find_parts(probabilities, pixel_area_mm2))
    canal = canal_part(probabilities, pixel_area_mm2)
    return naming, {**naming.parts, **({CANAL: canal} if canal else {})}


def _confidence(
    probabilities: npt.NDArray[np.float32], parts: Mapping[str, Part], count_probability: float
) -> dict[str, float]:
    kinds = kind_probabilities(probabilities)
    return {
        s.name: float(kinds[parts[s.name].kind][parts[s.name].mask].mean())
        * (1.0 if s.name == CANAL else count_probability)
        for s in STRUCTURES
        if s.name in parts
    }


@dataclass(frozen=True, eq=False)
class _Reader:
    """Reads slices of one series with one network, and knows the size of the network's pixels."""

    series: SagittalSeries
    model: LoadedModel

    def read(self, slices: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        _, row_mm, column_mm = self.series.grid.spacing_mm
        return predict_probabilities(slices, (row_mm, column_mm), self.model)

    def pixel_area_mm2(self, probabilities: npt.NDArray[np.float32]) -> float:
        _, rows, columns = self.series.grid.shape
        _, row_mm, column_mm = self.series.grid.spacing_mm
        return float(rows * row_mm * columns * column_mm / (probabilities.shape[-2] * probabilities.shape[-1]))

    def refine(self, probabilities: npt.NDArray[np.float32], parts: Mapping[str, Part]) -> FineSlice:
        return FineSlice.of(probabilities, parts, self.series.grid.shape[1:])


def label_picture(series: SagittalSeries, model: LoadedModel) -> npt.NDArray[np.uint8]:
    """Return label values (rows, columns) of a one-slice series, unchecked: what scoring compares with an expert's."""
    reader = _Reader(series, model)
    seen = reader.read([series.pixels[0]])[0]
    return reader.refine(seen, name_slice(seen, reader.pixel_area_mm2(seen))[1]).labels


def _read_middle(
    reader: _Reader, mid_slice: int, limits: Limits
) -> tuple[npt.NDArray[np.float32], Naming, dict[str, Part]]:
    """Read the middle slice as it is and upside down, and refuse it unless it shows an upright lumbar spine."""
    upright = reader.series.pixels[mid_slice]
    seen, *turned = reader.read([upright, upright[::-1], upright[::-1, ::-1]])
    area = reader.pixel_area_mm2(seen)
    naming, parts = name_slice(seen, area)
    require_lumbar(naming, limits)
    require_lumbar_size(naming, area, limits)
    require_upright(naming, [name_slice(other, area)[0] for other in turned])
    return seen, naming, parts


def _follow(
    reader: _Reader, outward: range, mid_slice: int, mid_parts: Mapping[str, Part]
) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    """Yield slice index and labels from the middle outward, until nothing continues.

    Every slice is named after its neighbour nearer to the middle: only there are sacrum and count reliable.
    """
    neighbour, slice_mm = mid_parts, reader.series.grid.spacing_mm[0]
    for start in range(0, len(outward), SLICES_AT_ONCE):
        indices = outward[start : start + SLICES_AT_ONCE]
        for index, seen in zip(indices, reader.read([reader.series.pixels[i] for i in indices]), strict=True):
            area = reader.pixel_area_mm2(seen)
            canal = canal_part(seen, area)
            found = [*find_parts(seen, area), *([canal] if canal else [])]
            lateral_mm = abs(index - mid_slice) * slice_mm
            neighbour = named_like((part for part in found if lateral_mm <= _REACH_MM[part.kind]), neighbour)
            if not neighbour:
                return
            yield index, reader.refine(seen, neighbour).labels


def segment(
    series: SagittalSeries,
    model: LoadedModel,
    *,
    mid_slice: int,
    limits: Limits | None = None,
    tell: Callable[[float], None] = lambda done: None,
) -> Segmentation:
    """Segment a series and name its levels.

    Args:
        series: sagittal T2 images.
        model: the segmentation network.
        mid_slice: the mid-sagittal slice, on which levels are counted.
        limits: what the quality checks demand.
        tell: told the share of slices done.

    Raises:
        UnsuitableInput: not a lumbar T2 image, upside down, sacrum out of view, or too few structures to count.
    """
    limits, reader = limits or Limits(), _Reader(series, model)
    seen, naming, parts = _read_middle(reader, mid_slice, limits)
    labels = np.zeros(series.grid.shape, dtype=np.uint8)
    middle = reader.refine(seen, parts)
    labels[mid_slice], done = middle.labels, 1
    for outward in (range(mid_slice + 1, len(labels)), range(mid_slice - 1, -1, -1)):
        for index, found in _follow(reader, outward, mid_slice, parts):
            labels[index], done = found, done + 1
            tell(done / len(labels))
    confidence = _confidence(seen, parts, naming.count_probability)
    whole = LabelMap(labels, series.grid)
    notes = naming_notes(naming, limits) + check_picture(series, whole, mid_slice, confidence, limits)
    return Segmentation(whole, mid_slice, middle.coverage, confidence, tuple(notes))
