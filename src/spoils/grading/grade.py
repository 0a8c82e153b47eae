"""The grading stage: measurements and disc volumes in, one grade with its uncertainty and its reason per disc out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.discs import DiscVolume
from spoils.findings import Grade, Severity
from spoils.geometry import SliceContours, SpineMeasurements
from spoils.grading.activation import grade_activation
from spoils.grading.calibration import Calibration, FloatArray
from spoils.grading.classes import (
    GRADES,
    SEVERITIES,
    grade_of,
    grade_probabilities,
    severity_of,
    severity_probabilities,
)
from spoils.grading.contributions import contributions
from spoils.grading.explanation import why
from spoils.grading.features import feature_rows
from spoils.grading.graders import Answer, Graders
from spoils.grading.inputs import image_input
from spoils.grading.severity_rules import FINDINGS, severity_reasons
from spoils.images import Note
from spoils.messages import Message, message

__all__ = ["DiscGrade", "grade_discs"]


@dataclass(frozen=True)
class DiscGrade:
    """The grade of one disc.

    ``label`` is the most probable of the eleven classes; ``pfirrmann`` and ``severity`` hold its two parts, with the
    probabilities summed over the other part. ``prediction_set`` holds the true class for nine discs in ten. ``why`` is
    one sentence on what the grade rests on.

    ``contributions`` say how much each of ``FEATURE_KINDS`` adds to the log-odds of the grade. ``findings`` are the
    probabilities of ``FINDINGS`` and ``activation`` is where the grade is seen, float32 (row, column) over the disc's
    picture, coarse: empty and None where no installed grader gives them.
    """

    label: str
    label_probabilities: Mapping[str, float]
    prediction_set: tuple[str, ...]
    pfirrmann: Grade
    severity: Severity
    why: Message
    contributions: Mapping[str, float]
    findings: Mapping[str, float] = field(default_factory=dict)
    activation: npt.NDArray[np.float32] | None = field(default=None, compare=False)


def grade_discs(
    measurements: SpineMeasurements,
    volumes: Mapping[str, DiscVolume],
    contours: SliceContours,
    graders: Graders,
    ungradable: Mapping[str, Note] = MappingProxyType({}),
) -> dict[str, DiscGrade | Note]:
    """Grade all discs of a patient together: each is also compared with the others.

    Those that must not be graded still take part in the comparison, as they did when the graders were fitted.

    Args:
        measurements: of the mid-sagittal slice.
        volumes: the extracted disc of each level that has one.
        contours: the mid-sagittal slice, with its pixels.
        graders: the two graders.
        ungradable: the discs that must not be graded, each with the reason.

    Returns:
        For every disc level, cranial to caudal, its grade or the note that says why it has none.
    """
    rows = feature_rows(measurements, volumes, contours)
    levels = [level for level in DISCS if level in rows]
    graded: dict[str, DiscGrade] = {}
    if levels:
        features = np.stack([rows[level] for level in levels])
        answers = graders.answers(np.stack([image_input(volumes[level]) for level in levels]), features)
        labels = [GRADE_CLASSES[int(answer.probabilities.argmax())] for answer in answers]
        grades = [grade_of(label) for label in labels]
        added = contributions(features, grades, graders.usual_features, graders.by_geometry)
        for level, label, answer, by_kind in zip(levels, labels, answers, added, strict=True):
            reason = why(measurements.discs[level], grade_of(label), graders.usual, by_kind)
            severity = _severity(label, answer)
            graded[level] = _disc_grade(label, answer, graders.calibration, _Reasons(reason, by_kind, severity))
    return {level: ungradable.get(level) or graded.get(level) or _not_graded(level, measurements) for level in DISCS}


@dataclass(frozen=True)
class _Reasons:
    """What a grade and its severity rest on."""

    why: Message
    contributions: Mapping[str, float]
    severity: Severity


def _severity(label: str, answer: Answer) -> Severity:
    grade, severity = grade_of(label), severity_of(label)
    by_severity = _by_name(SEVERITIES, severity_probabilities(answer.probabilities))
    findings = _findings(answer)
    reasons = severity_reasons(findings, grade, severity) if findings else []
    found = {"grade": severity, "probabilities": by_severity, "reasons": [str(reason) for reason in reasons]}
    return Severity.model_validate(found | {"reasons_wording": reasons})


def _findings(answer: Answer) -> dict[str, float]:
    return {} if answer.findings is None else _by_name(FINDINGS, answer.findings)


def _disc_grade(label: str, answer: Answer, calibration: Calibration, reasons: _Reasons) -> DiscGrade:
    grade = grade_of(label)
    by_grade = _by_name(map(str, GRADES), grade_probabilities(answer.probabilities))
    seen = None if answer.activation is None else grade_activation(answer.activation, answer.by_image, grade)
    return DiscGrade(
        label=label,
        label_probabilities=_by_name(GRADE_CLASSES, answer.probabilities),
        prediction_set=calibration.prediction_set(answer.probabilities),
        pfirrmann=Grade.model_validate({"grade": grade, "probabilities": by_grade}),
        severity=reasons.severity,
        why=reasons.why,
        contributions=reasons.contributions,
        findings=_findings(answer),
        activation=seen,
    )


def _by_name(names: Iterable[str], probabilities: FloatArray) -> dict[str, float]:
    """Name probabilities, and undo what summing in floating point may add above one."""
    return {name: min(float(value), 1.0) for name, value in zip(names, probabilities, strict=True)}


def _not_graded(level: str, measurements: SpineMeasurements) -> Note:
    if level not in measurements.discs:
        return Note("not-graded", message("disc-not-found", level=level))
    return Note("not-graded", message("disc-not-extracted", level=level))
