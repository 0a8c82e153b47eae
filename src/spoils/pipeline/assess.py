"""The order of the way through the house: segment, name, measure, extract, grade, decide.

The only module that knows it. Reading comes before and writing after, so that a service and a program share this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter

import numpy as np
import numpy.typing as npt

from spoils import findings
from spoils.decision import Policy, triage
from spoils.discs import DiscVolume, extract_discs
from spoils.geometry import measure_spine, trace_slice
from spoils.grading import DiscGrade, grade_discs
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.io import SourceSeries, mid_sagittal_index
from spoils.messages import Language
from spoils.pipeline.findings import (
    Found,
    Patient,
    canal_findings,
    disc_findings,
    quality_of,
    study_of,
    vertebra_findings,
)
from spoils.pipeline.resources import Resources
from spoils.reference_values import with_normals
from spoils.segmentation import LevelHint, segment

__all__ = ["STAGES", "AssessedStudy", "Request", "assess"]

STAGES = ("segment", "measure", "extract discs", "grade", "decide")
_SEGMENT_SHARE = 0.7  # of the time


@dataclass(frozen=True)
class Request:
    """What is asked beside the images.

    ``hint`` is a level that the user gives; all others are counted from it. ``language`` is that of every sentence of
    the result but those of its flags.
    """

    patient: Patient = field(default_factory=Patient)
    hint: LevelHint | None = None
    language: Language = Language.ENGLISH


@dataclass(frozen=True, eq=False)
class AssessedStudy:
    """An assessment with the images that a report draws from.

    ``chords_mm`` are the lines along which lengths were measured on the middle slice, as in ``SpineMeasurements``.
    """

    assessment: findings.Assessment
    source: SourceSeries
    labels: LabelMap
    volumes: Mapping[str, DiscVolume]
    grades: Mapping[str, DiscGrade | Note]
    chords_mm: npt.NDArray[np.float64]
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def series(self) -> SagittalSeries:
        """The images that were assessed."""
        return self.source.series


class _Clock:
    """Reports progress by stage and records how long each stage took."""

    def __init__(self, progress: Callable[[str, float], None]) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self._began = perf_counter()

    def finish(self, stage: str) -> None:
        now = perf_counter()
        self.seconds[stage], self._began = now - self._began, now
        done = STAGES.index(stage)
        self.progress(
            STAGES[min(done + 1, len(STAGES) - 1)], _SEGMENT_SHARE + (1 - _SEGMENT_SHARE) * done / len(STAGES)
        )


def assess(
    source: SourceSeries,
    resources: Resources,
    request: Request | None = None,
    progress: Callable[[str, float], None] = lambda stage, done: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AssessedStudy:
    """Take a read study the whole way.

    Args:
        source: the canonical series and where it came from.
        resources: models and policy.
        request: what is known and wanted beside the images.
        progress: called with the stage and the share of the work done.
        now: the clock; its time becomes ``created``.

    Raises:
        UnsuitableInput: not a lumbar sagittal T2 series with its sacrum in view; nothing is graded.
        UsageError: the hint can't be honoured.
    """
    request, clock = request or Request(), _Clock(progress)
    patient = request.patient
    seen = segment(
        source.series,
        resources.segmentation,
        mid_slice=mid_sagittal_index(source.series),
        hint=request.hint,
        progress=lambda done: progress(STAGES[0], _SEGMENT_SHARE * done),
    )
    clock.finish("segment")
    traced = trace_slice(seen.labels, source.series, seen.mid_slice, seen.coverage)
    measured = measure_spine(seen.labels, traced)
    clock.finish("measure")
    volumes = extract_discs(source.series, seen.labels, traced)
    clock.finish("extract discs")
    grades = grade_discs(measured, volumes, traced, resources.graders, seen.ungradable)
    clock.finish("grade")
    found = Found(seen, measured, grades)
    discs = disc_findings(found)
    assessment = findings.Assessment(
        language=request.language.value,
        created=now(),
        provenance=resources.provenance,
        study=study_of(source, seen, patient),
        quality=quality_of(source, seen),
        discs=discs,
        vertebrae=vertebra_findings(found),
        canal=canal_findings(found),
        clinical=patient.clinical,
        recommendation=_recommendation(discs, patient.clinical, resources.policy),
    )
    assessment = with_normals(assessment, resources.reference)
    clock.finish("decide")
    return AssessedStudy(assessment, source, seen.labels, volumes, grades, measured.chords_mm, clock.seconds)


def _recommendation(
    discs: Sequence[findings.DiscFinding], clinical: findings.Clinical, policy: Policy
) -> findings.Recommendation | None:
    classes = {disc.level: disc.label for disc in discs if disc.label is not None}
    sets = {disc.level: disc.prediction_set for disc in discs if disc.label is not None}
    if not classes and not clinical.red_flags:
        return None
    return triage(classes, clinical, policy=policy, prediction_sets=sets)
