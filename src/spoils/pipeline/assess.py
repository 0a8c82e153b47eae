"""The order of the stages: segment, name levels, measure, extract discs, grade, decide.

No other module knows it. Reading comes before and writing after, so that a service and a program share this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter

import numpy as np
import numpy.typing as npt

from spoils import findings
from spoils.discs import DiscVolume
from spoils.geometry import SpineAlignment
from spoils.grading import DiscGrade
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.io import SourceSeries
from spoils.messages import Language
from spoils.pipeline.choice import segment_study
from spoils.pipeline.corrected_findings import recommendation
from spoils.pipeline.findings import (
    Found,
    Patient,
    alignment_findings,
    canal_findings,
    disc_findings,
    quality_of,
    study_of,
    vertebra_findings,
)
from spoils.pipeline.resources import Resources
from spoils.pipeline.stages import Stages, run_stages
from spoils.reference_values import with_normals
from spoils.segmentation import LevelHint

__all__ = ["STAGES", "AssessedStudy", "Case", "Request", "assess", "decide"]

STAGES = ("segment", "measure", "extract discs", "grade", "decide")
_SEGMENT_SHARE = 0.7  # of the time


@dataclass(frozen=True)
class Request:
    """What is asked beside the images.

    ``hint`` is a level that the user gives; all others are counted from it. ``language`` is that of
    the documents.
    """

    patient: Patient = field(default_factory=Patient)
    hint: LevelHint | None = None
    language: Language = Language.ENGLISH


@dataclass(frozen=True, eq=False)
class Case:
    """One series, what was asked of it, and what the stages found."""

    source: SourceSeries
    request: Request
    stages: Stages


@dataclass(frozen=True, eq=False)
class AssessedStudy:
    """An assessment with the case it rests on, so that reports can be drawn and any stage entered again."""

    assessment: findings.Assessment
    case: Case
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def source(self) -> SourceSeries:
        """The series as it was read."""
        return self.case.source

    @property
    def series(self) -> SagittalSeries:
        """The images that were assessed."""
        return self.case.source.series

    @property
    def labels(self) -> LabelMap:
        """The label map, on the grid of ``series``."""
        return self.case.stages.seen.labels

    @property
    def volumes(self) -> Mapping[str, DiscVolume]:
        """The extracted discs by level."""
        return self.case.stages.volumes

    @property
    def grades(self) -> Mapping[str, DiscGrade | Note]:
        """The grade of each disc, or why it has none."""
        return self.case.stages.grades

    @property
    def alignment(self) -> SpineAlignment:
        """How the bodies stand to each other on the middle slice, and where that was measured."""
        return self.case.stages.measured.alignment

    @property
    def chords_mm(self) -> npt.NDArray[np.float64]:
        """The lines along which lengths were measured on the middle slice, as in ``SpineMeasurements``."""
        return self.case.stages.measured.chords_mm


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
    """Segment, measure and grade a study that was read; where its series proves unsuited, the next one of the study.

    Args:
        source: the canonical series and where it came from.
        resources: models and policy.
        request: what is known and wanted beside the images.
        progress: called with the stage and the share of the work done.
        now: the clock; its time becomes ``created``.

    Raises:
        UnsuitableInput: no lumbar sagittal T2 series with its sacrum in view; nothing is graded.
        UsageError: the hint can't be honoured.
    """
    request, clock = request or Request(), _Clock(progress)
    source, seen = segment_study(
        source,
        resources.segmentation,
        hint=request.hint,
        progress=lambda done: progress(STAGES[0], _SEGMENT_SHARE * done),
    )
    clock.finish("segment")
    stages = run_stages(source, seen, resources, finish=clock.finish)
    assessed = decide(Case(source, request, stages), resources, now())
    clock.finish("decide")
    return replace(assessed, seconds=clock.seconds)


def decide(
    case: Case, resources: Resources, created: datetime, corrections: Sequence[findings.AppliedCorrection] = ()
) -> AssessedStudy:
    """Put together what the stages found, and suggest a pathway: the last stage."""
    patient, seen = case.request.patient, case.stages.seen
    found = Found(seen, case.stages.measured, case.stages.grades)
    discs, canal = disc_findings(found, corrections), canal_findings(found)
    quality = quality_of(case.source, seen, corrections)
    alignment = alignment_findings(found, case.source)
    assessment = findings.Assessment(
        language=case.request.language.value,
        created=created,
        provenance=resources.provenance,
        study=study_of(case.source, seen, patient),
        quality=quality,
        alarms=findings.alarms_of(canal, patient.clinical, quality.flags, alignment),
        discs=discs,
        vertebrae=vertebra_findings(found),
        canal=canal,
        alignment=alignment,
        clinical=patient.clinical,
        recommendation=recommendation(discs, patient.clinical, resources.policy),
        corrections=list(corrections),
    )
    return AssessedStudy(with_normals(assessment, resources.reference), case)
