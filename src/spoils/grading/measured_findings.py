"""Slips and collapsed bodies that were measured count towards the severity of the discs beside them.

The rule is ``severity/measured-1.json``. It can only raise a severity, never lower one, and leaves alone every disc at
which nothing of the kind was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from spoils.anatomy import GRADE_CLASSES, bodies_beside
from spoils.findings import LevelAlignment, Severity, VertebralShape, measurement_of
from spoils.grading.classes import SEVERITIES, grade_of, severity_of
from spoils.grading.grade import DiscGrade
from spoils.grading.severity_rules import (
    COLLAPSED_BODY,
    MeasuredFinding,
    likely_points,
    measured_rules,
    severity_reasons,
    severity_rules,
)
from spoils.images import Note
from spoils.messages import message

__all__ = ["count_measured"]


def count_measured(
    grades: Mapping[str, DiscGrade | Note], levels: Iterable[LevelAlignment], bodies: Iterable[VertebralShape]
) -> dict[str, DiscGrade | Note]:
    """Return the grades with what was measured at each disc counted towards its severity.

    Args:
        grades: of each disc, or why it has none.
        levels: the alignment of the disc levels.
        bodies: the shapes of the bodies.
    """
    slips, shapes = {level.level: level for level in levels}, {body.level: body for body in bodies}
    counted: dict[str, DiscGrade | Note] = {}
    for disc, grade in grades.items():
        found = [*_slip(slips.get(disc)), *_collapse(shapes.get(body) for body in bodies_beside(disc) if body)]
        counted[disc] = _counted(grade, found) if found and isinstance(grade, DiscGrade) else grade
    return counted


def _slip(level: LevelAlignment | None) -> list[MeasuredFinding]:
    if level is None or level.listhesis is None:
        return []
    slip_mm = measurement_of(level.measurements, "slip_mm")
    percent = measurement_of(level.measurements, "slip_percent")
    if slip_mm is None or percent is None:
        return []
    figures = {"slip": abs(slip_mm.value), "percent": abs(percent.value)}
    return [MeasuredFinding("spondylolisthesis", message("finding-measured-slip", **figures))]


def _collapse(bodies: Iterable[VertebralShape | None]) -> list[MeasuredFinding]:
    """Return the worse of the collapsed bodies beside a disc; two count no more than one."""
    least = measured_rules().collapsed_body_from_genant
    losses = [
        (loss.value, body.level)
        for body in bodies
        if body is not None and body.genant is not None and body.genant >= least
        if (loss := measurement_of(body.measurements, f"{body.shape}_loss_percent")) is not None
    ]
    if not losses:
        return []
    worst, level = max(losses)
    return [MeasuredFinding(COLLAPSED_BODY, message("finding-measured-collapse", level=level, loss=worst))]


@dataclass(frozen=True)
class _Raised:
    """Raises every class to at least the severity of these points; Pfirrmann grades stay."""

    points: int

    def __call__(self, name: str) -> str:
        grade, own = grade_of(name), severity_of(name)
        return f"{grade}{max(own, severity_rules().severity(self.points, grade), key=SEVERITIES.index)}"


def _counted(grade: DiscGrade, measured: list[MeasuredFinding]) -> DiscGrade:
    findings = {**grade.findings, **dict.fromkeys((one.name for one in measured), 1.0)}
    raised = _Raised(sum(likely_points(findings).values()))
    probabilities = dict.fromkeys(GRADE_CLASSES, 0.0)
    for name, share in grade.label_probabilities.items():
        probabilities[raised(name)] = min(probabilities[raised(name)] + share, 1.0)
    label = raised(grade.label)
    kept = {raised(name) for name in grade.prediction_set}
    seen = {name: share for name, share in grade.findings.items() if name not in {one.name for one in measured}}
    reasons = severity_reasons(seen, grade.pfirrmann.grade, severity_of(label), measured)
    shares = {
        letter: min(sum(share for name, share in probabilities.items() if severity_of(name) == letter), 1.0)
        for letter in SEVERITIES
    }
    severity = Severity.model_validate(
        {
            "grade": severity_of(label),
            "probabilities": shares,
            "reasons": [str(reason) for reason in reasons],
            "reasons_wording": reasons,
        }
    )
    return replace(
        grade,
        label=label,
        label_probabilities=probabilities,
        prediction_set=tuple(name for name in GRADE_CLASSES if name in kept),
        severity=severity,
        findings=findings,
    )
