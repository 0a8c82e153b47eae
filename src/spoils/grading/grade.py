"""The grading stage: measurements and disc volumes in, one grade with its doubts and its reason per disc out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.discs import DiscVolume
from spoils.findings import Grade, Severity
from spoils.geometry import SpineMeasurements
from spoils.grading.calibration import FloatArray
from spoils.grading.classes import (
    GRADES,
    SEVERITIES,
    grade_of,
    grade_probabilities,
    severity_of,
    severity_probabilities,
)
from spoils.grading.explanation import why
from spoils.grading.features import feature_rows
from spoils.grading.graders import Graders
from spoils.grading.inputs import image_input

__all__ = ["DiscGrade", "NotGraded", "grade_discs"]


@dataclass(frozen=True)
class DiscGrade:
    """The grade of one disc.

    ``label`` is the most probable of the eleven classes; ``pfirrmann`` and ``severity`` hold its two parts, with the
    probabilities summed over the other part. ``prediction_set`` holds the true class for nine discs in ten. ``why`` is
    one plain sentence.
    """

    label: str
    label_probabilities: Mapping[str, float]
    prediction_set: tuple[str, ...]
    pfirrmann: Grade
    severity: Severity
    why: str


@dataclass(frozen=True)
class NotGraded:
    """Why a disc has no grade."""

    reason: str


def grade_discs(
    measurements: SpineMeasurements, volumes: Mapping[str, DiscVolume], graders: Graders
) -> dict[str, DiscGrade | NotGraded]:
    """Grade all discs of a patient together: each is also compared with the others.

    Args:
        measurements: of the mid-sagittal slice.
        volumes: the extracted disc of each level that has one.
        graders: the two graders.

    Returns:
        A grade or a reason for every disc level, cranial to caudal.
    """
    rows = feature_rows(measurements, volumes)
    levels = [level for level in DISCS if level in rows]
    graded: dict[str, DiscGrade] = {}
    if levels:
        probabilities = graders.probabilities(
            np.stack([image_input(volumes[level]) for level in levels]), np.stack([rows[level] for level in levels])
        )
        for level, of_disc in zip(levels, probabilities, strict=True):
            graded[level] = _disc_grade(level, of_disc, measurements, graders)
    return {level: graded.get(level) or _not_graded(level, measurements) for level in DISCS}


def _disc_grade(level: str, probabilities: FloatArray, measurements: SpineMeasurements, graders: Graders) -> DiscGrade:
    label = GRADE_CLASSES[int(probabilities.argmax())]
    by_grade = {str(g): float(p) for g, p in zip(GRADES, grade_probabilities(probabilities), strict=True)}
    by_severity = {s: float(p) for s, p in zip(SEVERITIES, severity_probabilities(probabilities), strict=True)}
    return DiscGrade(
        label=label,
        label_probabilities=dict(zip(GRADE_CLASSES, map(float, probabilities), strict=True)),
        prediction_set=graders.calibration.prediction_set(probabilities),
        pfirrmann=Grade.model_validate({"grade": grade_of(label), "probabilities": _at_most_one(by_grade)}),
        severity=Severity.model_validate({"grade": severity_of(label), "probabilities": _at_most_one(by_severity)}),
        why=why(measurements.discs[level], grade_of(label), graders.usual),
    )


def _at_most_one(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Undo what summing in floating point may add above one."""
    return {name: min(value, 1.0) for name, value in probabilities.items()}


def _not_graded(level: str, measurements: SpineMeasurements) -> NotGraded:
    if level not in measurements.discs:
        return NotGraded(f"{level} was not found in the image.")
    return NotGraded(f"{level} could not be brought into the form that is graded.")
