"""The stages between a segmentation and an assessment, each from the ones before it, so that any can be entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from spoils.discs import DiscVolume, extract_discs
from spoils.findings import NotMeasured, level_alignment, vertebral_shape
from spoils.geometry import Contour, SliceContours, SpineMeasurements, measure_spine, slice_contours
from spoils.grading import DiscGrade, count_measured, grade_discs
from spoils.images import Note
from spoils.io import SLICES_OMITTED, SourceSeries
from spoils.messages import message
from spoils.pipeline.corrected_class import OfDisc
from spoils.pipeline.outlines import OUTLINE_IMPLAUSIBLE
from spoils.pipeline.resources import Resources
from spoils.segmentation import Segmentation

__all__ = ["Stages", "run_stages"]

_NONE_DRAWN: Mapping[str, Contour] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Stages:
    """What was found of one series, stage by stage.

    ``drawn`` are contours on the middle slice that a person drew; they are measured as they are. ``overrides`` are a
    person's grades, severities and findings, in the order in which they were given.
    """

    seen: Segmentation
    contours: SliceContours
    measured: SpineMeasurements
    volumes: Mapping[str, DiscVolume]
    grades: Mapping[str, DiscGrade | Note]
    drawn: Mapping[str, Contour] = field(default_factory=dict)
    overrides: tuple[OfDisc, ...] = ()


def run_stages(
    source: SourceSeries,
    seen: Segmentation,
    resources: Resources,
    drawn: Mapping[str, Contour] = _NONE_DRAWN,
    finish: Callable[[str], None] = lambda stage: None,
) -> Stages:
    """Measure, extract and grade what was segmented; ``finish`` is called with the name of each stage that ends."""
    contours = slice_contours(seen.labels, source.series, seen.mid_slice, seen.coverage)
    implausible = {name for name, note in seen.ungradable.items() if note.code == OUTLINE_IMPLAUSIBLE} - set(drawn)
    contours = replace(contours, by_name={**contours.by_name, **drawn}, implausible=frozenset(implausible))
    measured = measure_spine(seen.labels, contours)
    if any(note.code == SLICES_OMITTED for note in source.notes):
        measured = _without_volumes(measured)
    finish("measure")
    volumes = extract_discs(source.series, seen.labels, contours)
    finish("extract discs")
    grades = grade_discs(measured, volumes, contours, resources.graders, seen.ungradable)
    grades = count_measured(
        grades,
        [level_alignment(level, found) for level, found in measured.alignment.levels.items()],
        [vertebral_shape(body, found) for body, found in measured.alignment.vertebrae.items()],
    )
    finish("grade")
    return Stages(seen, contours, measured, volumes, grades, drawn)


def _without_volumes(measured: SpineMeasurements) -> SpineMeasurements:
    """Leave volumes out: slices between those of the series are missing."""
    unknown = NotMeasured.because(message("volumes-slices-omitted"))
    areas = dict.fromkeys(("area_mm2", "area_ratio"), unknown)
    return replace(
        measured,
        discs={level: {**found, "volume_mm3": unknown} for level, found in measured.discs.items()},
        stenoses={level: {**found, **areas} for level, found in measured.stenoses.items()},
    )
