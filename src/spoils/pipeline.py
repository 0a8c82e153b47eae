"""The order of the way through the house: segment, name, measure, extract, grade, decide.

The only module that knows it. Reading comes before and writing after, so that a service and a program share this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter

from spoils import __version__, findings
from spoils.anatomy import BODIES, DISCS
from spoils.config import Settings
from spoils.decision import Policy, load_policy, triage
from spoils.discs import DiscVolume, extract_discs
from spoils.geometry import SpineMeasurements, measure_spine, outlines_of_coverage
from spoils.grading import DiscGrade, Graders, NotGraded, grade_discs
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.io import SourceSeries, mid_sagittal_index
from spoils.segmentation import LevelHint, Segmentation, SegmentationModels, segment

__all__ = ["STAGES", "AssessedStudy", "Engine", "Patient", "assess"]

STAGES = ("segment", "measure", "extract discs", "grade", "decide")
_SEGMENT_SHARE = 0.7  # of the time


@dataclass(frozen=True)
class Patient:
    """What is known of the patient beside the images; ``sex`` and ``age_years`` come before those of a header."""

    clinical: findings.Clinical = field(default_factory=lambda: findings.Clinical(odi=None, nrs=None))
    refractory: bool = False
    sex: findings.Sex | None = None
    age_years: int | None = None


@dataclass(frozen=True, eq=False)
class Engine:
    """Models and policy, loaded and verified once, used for any number of studies."""

    segmentation: SegmentationModels
    graders: Graders
    policy: Policy

    @classmethod
    def load(cls, settings: Settings | None = None) -> Engine:
        """Load what ``settings`` name.

        Raises:
            ModelError: a model is missing or not the one the manifest names.
            UsageError: the policy can't be used.
        """
        settings = settings or Settings()
        return cls(SegmentationModels.load(settings), Graders.load(settings), load_policy(settings.policy))

    @property
    def models(self) -> list[findings.ModelUsed]:
        """Every model that takes part, by name and hash."""
        used = (self.segmentation.network, self.segmentation.familiarity, self.graders.image, self.graders.geometry)
        return [findings.ModelUsed(name=model.record.name, sha256=model.record.sha256) for model in used if model]


@dataclass(frozen=True, eq=False)
class AssessedStudy:
    """An assessment with the images that a report draws from."""

    assessment: findings.Assessment
    series: SagittalSeries
    labels: LabelMap
    volumes: Mapping[str, DiscVolume]
    grades: Mapping[str, DiscGrade | NotGraded]
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
    patient: Patient | None = None,
    tell: Callable[[str, float], None] = lambda stage, done: None,
    *,
    hint: LevelHint | None = None,
) -> AssessedStudy:
    """Take a read study the whole way.

    Args:
        source: the canonical series and where it came from.
        engine: models and policy.
        patient: scores and course, if known.
        tell: told the stage and the share of the work done.
        hint: a level that the user gives; all others are counted from it.

    Raises:
        UnsuitableInput: not a lumbar sagittal T2 series with its sacrum in view; nothing is graded.
        UsageError: the hint can't be honoured.
    """
    patient, clock = patient or Patient(), _Clock(tell)
    seen = segment(
        source.series,
        engine.segmentation,
        mid_slice=mid_sagittal_index(source.series),
        hint=hint,
        tell=lambda done: tell(STAGES[0], _SEGMENT_SHARE * done),
    )
    clock.finish("segment")
    outlines = outlines_of_coverage(seen.coverage, source.series.grid.spacing_mm[1:])
    measured = measure_spine(seen.labels, source.series, mid_slice=seen.mid_slice, outlines=outlines)
    clock.finish("measure")
    volumes = extract_discs(source.series, seen.labels, seen.mid_slice)
    clock.finish("extract discs")
    gradable = {level: volume for level, volume in volumes.items() if level not in seen.ungradable}
    grades = grade_discs(measured, gradable, engine.graders)
    clock.finish("grade")
    discs = [_disc(level, measured, grades[level], seen) for level in DISCS]
    classes = {disc.level: disc.label for disc in discs if disc.label is not None}
    sets = {disc.level: disc.prediction_set for disc in discs if disc.label is not None}
    clinical = patient.clinical.model_copy(update={"refractory": patient.refractory or patient.clinical.refractory})
    recommendation = triage(classes, clinical, policy=engine.policy, prediction_sets=sets) if classes else None
    clock.finish("decide")
    assessment = findings.Assessment(
        created=datetime.now(UTC),
        provenance=findings.Provenance(spoils=__version__, models=engine.models, policy_version=engine.policy.version),
        study=_study(source, seen, patient),
        quality=findings.Quality(usable=True, flags=[_flag(note) for note in (*source.notes, *seen.notes)]),
        discs=discs,
        vertebrae=[_vertebra(body, measured, seen) for body in BODIES],
        canal=[_canal(level, measured) for level in DISCS],
        clinical=patient.clinical,
        recommendation=recommendation,
    )
    return AssessedStudy(assessment, source.series, seen.labels, volumes, grades, clock.seconds)


def _flag(note: Note) -> findings.Flag:
    return findings.Flag(code=note.code, message=note.message)


def _study(source: SourceSeries, seen: Segmentation, patient: Patient) -> findings.Study:
    return findings.Study(
        modality=source.modality,
        series_uid=source.series_uid,
        spacing_mm=source.series.grid.spacing_mm,
        slices=source.series.grid.shape[0],
        mid_slice=seen.mid_slice,
        source=source.source,
        acquired=source.subject.acquired,
        sex=patient.sex or source.subject.sex,
        age_years=source.subject.age_years if patient.age_years is None else patient.age_years,
    )


def _confidence(level: str, seen: Segmentation) -> findings.Confidence | None:
    found = seen.confidences.get(level)
    return findings.Confidence(outline=found.outline, level=found.level) if found else None


def _vertebra(body: str, measured: SpineMeasurements, seen: Segmentation) -> findings.VertebraFinding:
    measurements = findings.measured_or_missing(measured.vertebrae.get(body), findings.BODY_MEASUREMENTS)
    return findings.VertebraFinding(level=body, confidence=_confidence(body, seen), measurements=measurements)


def _canal(level: str, measured: SpineMeasurements) -> findings.CanalFinding:
    measurements = findings.measured_or_missing(measured.canal.get(level), findings.CANAL_MEASUREMENTS)
    return findings.CanalFinding(level=level, measurements=measurements)


def _disc(
    level: str, measured: SpineMeasurements, grade: DiscGrade | NotGraded, seen: Segmentation
) -> findings.DiscFinding:
    measurements = findings.measured_or_missing(measured.discs.get(level), findings.DISC_MEASUREMENTS)
    confidence = _confidence(level, seen)
    if isinstance(grade, NotGraded):
        flag = _flag(seen.ungradable.get(level, Note(code="not-graded", message=grade.reason)))
        return findings.DiscFinding(level=level, confidence=confidence, measurements=measurements, flags=[flag])
    return findings.DiscFinding(
        level=level,
        label=grade.label,
        label_probabilities=dict(grade.label_probabilities),
        prediction_set=list(grade.prediction_set),
        pfirrmann=grade.pfirrmann,
        severity=grade.severity,
        explanation=grade.why,
        contributions=dict(grade.contributions),
        findings=dict(grade.findings),
        confidence=confidence,
        measurements=measurements,
    )
