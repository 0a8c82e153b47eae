"""From what each stage found to the parts of an assessment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from spoils import findings
from spoils.anatomy import BODIES, DISCS
from spoils.geometry import SpineMeasurements
from spoils.grading import DiscGrade
from spoils.images import Note
from spoils.io import SourceSeries
from spoils.pipeline.corrected_findings import correction_flags, disc_correction_flags
from spoils.segmentation import Segmentation, WayToCount

__all__ = [
    "Found",
    "Patient",
    "alignment_findings",
    "canal_findings",
    "disc_findings",
    "quality_of",
    "study_of",
    "vertebra_findings",
]

_POSITIONS: Final[dict[str, findings.Position]] = {
    "HFS": "supine",
    "FFS": "supine",
    "HFP": "prone",
    "FFP": "prone",
    "HFDR": "lateral",
    "HFDL": "lateral",
    "FFDR": "lateral",
    "FFDL": "lateral",
}
"""How the patient lies by DICOM's PatientPosition."""

Corrected = Sequence[findings.AppliedCorrection]


@dataclass(frozen=True)
class Patient:
    """What is known of the patient beside the images; ``sex`` and ``age_years`` come before those of a header."""

    clinical: findings.Clinical = field(default_factory=lambda: findings.Clinical(odi=None, nrs=None))
    sex: findings.Sex | None = None
    age_years: int | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """What segmentation, geometry and grading found of one study."""

    seen: Segmentation
    measured: SpineMeasurements
    grades: Mapping[str, DiscGrade | Note]


def _flag(note: Note) -> findings.Flag:
    return findings.Flag.of(note.code, note.message)


def study_of(source: SourceSeries, seen: Segmentation, patient: Patient) -> findings.Study:
    """Return what was assessed."""
    return findings.Study(
        modality=source.modality,
        series_uid=source.series_uid,
        spacing_mm=source.series.grid.spacing_mm,
        slices=source.series.grid.shape[0],
        mid_slice=seen.mid_slice,
        source=str(source.source),
        source_wording=source.source,
        study_uid=source.subject.study_uid,
        acquired=source.subject.acquired,
        sex=patient.sex or source.subject.sex,
        age_years=source.subject.age_years if patient.age_years is None else patient.age_years,
        instance_number=source.instance_numbers[seen.mid_slice] if source.instance_numbers else None,
    )


def quality_of(source: SourceSeries, seen: Segmentation, corrections: Corrected = ()) -> findings.Quality:
    """Return the quality of a study that could be assessed: what reading and segmentation noted, and corrections."""
    noted = [_flag(note) for note in (*source.notes, *seen.notes)]
    ways = [_counting(way) for way in seen.countings]
    return findings.Quality(usable=True, flags=[*noted, *correction_flags(corrections)], countings=ways)


def _counting(way: WayToCount) -> findings.Counting:
    row, column = way.place
    place = findings.LevelAt(row=row, column=column, level=way.level)
    return findings.Counting(lowest_disc=way.lowest_disc, probability=way.probability, used=way.is_used, level_at=place)


def disc_findings(found: Found, corrections: Corrected = ()) -> list[findings.DiscFinding]:
    """Return what is found of each disc level, cranial to caudal."""
    discs = [_disc(level, found.measured, found.grades[level], found.seen) for level in DISCS]
    return [
        disc.model_copy(update={"flags": [*disc.flags, *disc_correction_flags(disc.level, corrections)]})
        for disc in discs
    ]


def vertebra_findings(found: Found) -> list[findings.VertebraFinding]:
    """Return what is found of each vertebral body, cranial to caudal."""
    return [_vertebra(body, found.measured, found.seen) for body in BODIES]


def canal_findings(found: Found) -> list[findings.CanalFinding]:
    """Return what is found of the canal at each disc, cranial to caudal."""
    return [_canal(level, found.measured) for level in DISCS]


def alignment_findings(found: Found, source: SourceSeries) -> findings.Alignment:
    """Return how the bodies stand to each other, and how the patient lay."""
    measured = found.measured.alignment
    header = source.dicom_headers[0].get("PatientPosition") if source.dicom_headers else None
    position = _POSITIONS.get(str(header))
    levels = (
        (level, findings.measured_or_missing(measured.levels.get(level), findings.LEVEL_ALIGNMENT_MEASUREMENTS))
        for level in DISCS
    )
    shapes = (
        (body, findings.measured_or_missing(measured.vertebrae.get(body), findings.VERTEBRAL_SHAPE_MEASUREMENTS))
        for body in BODIES[:-1]
    )
    return findings.Alignment(
        position=position or "supine",
        position_known=position is not None,
        measurements=dict(measured.spine),
        levels=[findings.level_alignment(level, values) for level, values in levels],
        vertebrae=[findings.vertebral_shape(body, values) for body, values in shapes],
    )


def _confidence(level: str, seen: Segmentation) -> findings.Confidence | None:
    found = seen.confidences.get(level)
    return findings.Confidence(outline=found.contour, level=found.level) if found else None


def _vertebra(body: str, measured: SpineMeasurements, seen: Segmentation) -> findings.VertebraFinding:
    measurements = findings.measured_or_missing(measured.vertebrae.get(body), findings.BODY_MEASUREMENTS)
    return findings.VertebraFinding(level=body, confidence=_confidence(body, seen), measurements=measurements)


def _canal(level: str, measured: SpineMeasurements) -> findings.CanalFinding:
    on_slice = findings.measured_or_missing(measured.canal.get(level), findings.CANAL_MEASUREMENTS)
    over_slices = findings.measured_or_missing(measured.stenoses.get(level), findings.STENOSIS_MEASUREMENTS)
    return findings.canal_finding(level, on_slice | over_slices)


def _disc(level: str, measured: SpineMeasurements, grade: DiscGrade | Note, seen: Segmentation) -> findings.DiscFinding:
    measurements = findings.measured_or_missing(measured.discs.get(level), findings.DISC_MEASUREMENTS)
    confidence = _confidence(level, seen)
    if isinstance(grade, Note):
        return findings.DiscFinding(level=level, confidence=confidence, measurements=measurements, flags=[_flag(grade)])
    return findings.DiscFinding(
        level=level,
        label=grade.label,
        label_probabilities=dict(grade.label_probabilities),
        prediction_set=list(grade.prediction_set),
        pfirrmann=grade.pfirrmann,
        severity=grade.severity,
        explanation=str(grade.why),
        explanation_wording=grade.why,
        contributions=dict(grade.contributions),
        findings=dict(grade.findings),
        confidence=confidence,
        measurements=measurements,
    )
