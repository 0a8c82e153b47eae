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

from spoils import __version__, findings
from spoils.assembly import Found, Patient, canal_findings, disc_findings, quality_of, study_of, vertebra_findings
from spoils.config import Settings
from spoils.decision import Policy, load_policy, triage
from spoils.discs import DiscVolume, extract_discs
from spoils.geometry import measure_spine, trace_slice
from spoils.grading import DiscGrade, Graders, NotGraded, grade_discs
from spoils.images import LabelMap, SagittalSeries
from spoils.io import SourceSeries, mid_sagittal_index
from spoils.messages import Language, Phrases, phrases_in
from spoils.norms import Reference, load_reference, with_normals
from spoils.segmentation import LevelHint, SegmentationModels, segment

__all__ = ["STAGES", "AssessedStudy", "Engine", "Patient", "Request", "assess"]

STAGES = ("segment", "measure", "extract discs", "grade", "decide")
_SEGMENT_SHARE = 0.7  # of the time


@dataclass(frozen=True, eq=False)
class Engine:
    """Models, policy and normal values, loaded and verified once, used for any number of studies."""

    segmentation: SegmentationModels
    graders: Graders
    policy: Policy
    reference: Reference

    @classmethod
    def load(cls, settings: Settings | None = None) -> Engine:
        """Load what ``settings`` name.

        Raises:
            ModelError: a model is missing or not the one the manifest names.
            UsageError: the policy can't be used.
        """
        settings = settings or Settings()
        segmentation, graders = SegmentationModels.load(settings), Graders.load(settings)
        return cls(segmentation, graders, load_policy(settings.policy), load_reference())

    @property
    def provenance(self) -> findings.Provenance:
        """Version, policy, and every model that takes part, by name and hash."""
        used = (self.segmentation.network, self.segmentation.familiarity, self.graders.image, self.graders.geometry)
        return findings.Provenance(
            spoils=__version__,
            models=[findings.ModelUsed(name=model.record.name, sha256=model.record.sha256) for model in used if model],
            policy_version=self.policy.version,
            policy_name=self.policy.name,
            policy_sha256=self.policy.sha256,
        )


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
    series: SagittalSeries
    labels: LabelMap
    volumes: Mapping[str, DiscVolume]
    grades: Mapping[str, DiscGrade | NotGraded]
    chords_mm: npt.NDArray[np.float64]
    seconds: Mapping[str, float] = field(default_factory=dict)


class _Clock:
    """Tells progress by stage and remembers how long each stage took."""

    def __init__(self, tell: Callable[[str, float], None]) -> None:
        self.tell = tell
        self.seconds: dict[str, float] = {}
        self._began = perf_counter()

    def finish(self, stage: str) -> None:
        now = perf_counter()
        self.seconds[stage], self._began = now - self._began, now
        done = STAGES.index(stage)
        self.tell(STAGES[min(done + 1, len(STAGES) - 1)], _SEGMENT_SHARE + (1 - _SEGMENT_SHARE) * done / len(STAGES))


def assess(
    source: SourceSeries,
    engine: Engine,
    request: Request | None = None,
    tell: Callable[[str, float], None] = lambda stage, done: None,
) -> AssessedStudy:
    """Take a read study the whole way.

    Args:
        source: the canonical series and where it came from.
        engine: models and policy.
        request: what is known and wanted beside the images.
        tell: told the stage and the share of the work done.

    Raises:
        UnsuitableInput: not a lumbar sagittal T2 series with its sacrum in view; nothing is graded.
        UsageError: the hint can't be honoured.
    """
    request, clock = request or Request(), _Clock(tell)
    patient, phrases = request.patient, phrases_in(request.language)
    seen = segment(
        source.series,
        engine.segmentation,
        mid_slice=mid_sagittal_index(source.series),
        hint=request.hint,
        tell=lambda done: tell(STAGES[0], _SEGMENT_SHARE * done),
    )
    clock.finish("segment")
    traced = trace_slice(seen.labels, source.series, seen.mid_slice, seen.coverage)
    measured = measure_spine(seen.labels, traced)
    clock.finish("measure")
    volumes = extract_discs(source.series, seen.labels, trace_slice(seen.labels, source.series, seen.mid_slice))
    clock.finish("extract discs")
    # Discs are compared with all that were found, as where the graders were fitted; what blocks one blocks its answer.
    graded = grade_discs(measured, volumes, traced, engine.graders, phrases)
    grades = graded | {level: NotGraded(note.message) for level, note in seen.ungradable.items()}
    clock.finish("grade")
    found = Found(seen, measured, grades)
    discs = disc_findings(found)
    assessment = findings.Assessment(
        language=phrases.language.value,
        created=datetime.now(UTC),
        provenance=engine.provenance,
        study=study_of(source, seen, patient),
        quality=quality_of(source, seen),
        discs=discs,
        vertebrae=vertebra_findings(found),
        canal=canal_findings(found),
        clinical=patient.clinical,
        recommendation=_recommendation(discs, patient.clinical, engine.policy, phrases),
    )
    assessment = with_normals(assessment, engine.reference)
    clock.finish("decide")
    return AssessedStudy(assessment, source.series, seen.labels, volumes, grades, measured.chords_mm, clock.seconds)


def _recommendation(
    discs: Sequence[findings.DiscFinding], clinical: findings.Clinical, policy: Policy, phrases: Phrases
) -> findings.Recommendation | None:
    classes = {disc.level: disc.label for disc in discs if disc.label is not None}
    sets = {disc.level: disc.prediction_set for disc in discs if disc.label is not None}
    if not classes and not clinical.red_flags:
        return None
    return triage(classes, clinical, policy=policy, prediction_sets=sets, phrases=phrases)
