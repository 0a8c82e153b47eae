"""The segmentation stage: a series in, named structures on the image's own grid out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import CANAL, STRUCTURES, Kind
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.models import LoadedModel
from spoils.segmentation.assemble import label_slice, named_like
from spoils.segmentation.naming import Naming, name_parts
from spoils.segmentation.parts import Part, canal_part, find_parts, kind_probabilities
from spoils.segmentation.predict import predict_probabilities
from spoils.segmentation.quality import (
    Limits,
    check_picture,
    naming_notes,
    require_lumbar,
    require_lumbar_size,
    require_upright,
)
from spoils.spatial import Grid

__all__ = ["Segmentation", "label_picture", "name_slice", "segment"]

_REACH_MM = {Kind.BODY: 30.0, Kind.DISC: 30.0, Kind.CANAL: 13.0}
"""Nothing lies further from the middle: a lumbar body is about 50 mm wide, the thecal sac about 18 mm."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Named structures of a series.

    ``mid_slice`` is where levels were counted; ``confidence`` is, for each structure on it, the mean probability of its
    kind inside its outline, times that of the count for anything with a level.
    """

    labels: LabelMap
    mid_slice: int
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


def _name_outward(
    probabilities: npt.NDArray[np.float32], mid: int, mid_parts: dict[str, Part], pixel_area_mm2: float, slice_mm: float
) -> list[dict[str, Part]]:
    """Name every slice after its neighbour nearer to the middle: only there are sacrum and count reliable."""
    parts: list[dict[str, Part]] = [{} for _ in probabilities]
    parts[mid] = mid_parts
    for index in [*range(mid + 1, len(parts)), *range(mid - 1, -1, -1)]:
        neighbour = parts[index - 1] if index > mid else parts[index + 1]
        canal = canal_part(probabilities[index], pixel_area_mm2)
        found = [*find_parts(probabilities[index], pixel_area_mm2), *([canal] if canal else [])]
        lateral_mm = abs(index - mid) * slice_mm
        parts[index] = named_like((part for part in found if lateral_mm <= _REACH_MM[part.kind]), neighbour)
    return parts


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


def _pixel_area_mm2(series: SagittalSeries, probabilities: npt.NDArray[np.float32]) -> float:
    _, rows, columns = series.grid.shape
    _, row_mm, column_mm = series.grid.spacing_mm
    return float(rows * row_mm * columns * column_mm / (probabilities.shape[2] * probabilities.shape[3]))


def _turned(series: SagittalSeries, index: int) -> SagittalSeries:
    """Return one slice upside down, as it is and turned by half: the two ways a picture can stand on its head."""
    flipped = series.pixels[index, ::-1]
    pixels = np.stack([flipped, flipped[:, ::-1]])
    return SagittalSeries(pixels, Grid.from_axes((2, *flipped.shape), series.grid.spacing_mm))


def label_picture(series: SagittalSeries, model: LoadedModel) -> npt.NDArray[np.uint8]:
    """Return label values (rows, columns) of a one-slice series, unchecked: what scoring compares with an expert's."""
    probabilities = predict_probabilities(series, model)
    _, parts = name_slice(probabilities[0], _pixel_area_mm2(series, probabilities))
    return label_slice(probabilities[0], parts, series.grid.shape[1:])


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
        UnsuitableInput: not a lumbar T2 image, sacrum out of view, or too few structures to count.
    """
    limits = limits or Limits()
    probabilities = predict_probabilities(series, model, tell)
    slices, rows, columns = series.grid.shape
    pixel_area_mm2 = _pixel_area_mm2(series, probabilities)
    naming, mid_parts = name_slice(probabilities[mid_slice], pixel_area_mm2)
    require_lumbar(naming, limits)
    require_lumbar_size(naming, pixel_area_mm2, limits)
    turned = predict_probabilities(_turned(series, mid_slice), model)
    require_upright(naming, [name_slice(seen, pixel_area_mm2)[0] for seen in turned])
    parts = _name_outward(probabilities, mid_slice, mid_parts, pixel_area_mm2, series.grid.spacing_mm[0])
    labels = LabelMap(
        np.stack([label_slice(probabilities[i], parts[i], (rows, columns)) for i in range(slices)]), series.grid
    )
    confidence = _confidence(probabilities[mid_slice], mid_parts, naming.count_probability)
    notes = naming_notes(naming, limits) + check_picture(series, labels, mid_slice, confidence, limits)
    return Segmentation(labels, mid_slice, confidence, tuple(notes))
