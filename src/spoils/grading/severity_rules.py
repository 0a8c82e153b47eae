"""From findings at a disc to its severity, by points, and the same as reasons for people.

The points are ``severity/spider-1.json``, the rules by which the graders' training labels were made.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from spoils.grading.classes import SEVERITIES

__all__ = ["FINDINGS", "SeverityRules", "severity_reasons", "severity_rules"]

FINDINGS: tuple[str, ...] = ("narrowing", "bulging", "herniation", "endplate", "modic", "spondylolisthesis")
"""The findings that count towards severity, in the order of every array of findings."""

_RULES = Path(__file__).parent / "severity" / "spider-1.json"

_WORDS = {"endplate": "endplate change", "modic": "Modic change"}
_SEVERITY_WORDS = {"L": "low", "M": "moderate", "H": "high"}
_LIKELY = 0.5
"""Probability from which a finding counts as there."""


class SeverityRules(BaseModel):
    """Points of each finding, the least points of each severity, and the grades that are low whatever is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    source: str
    points: dict[str, int]
    least_points: dict[str, int]
    always_low_up_to_grade: int

    def severity(self, points: int, grade: int) -> str:
        """Return the severity of a disc of Pfirrmann grade ``grade`` whose findings add up to ``points``.

        >>> severity_rules().severity(3, grade=4), severity_rules().severity(3, grade=2)
        ('M', 'L')
        """
        if grade <= self.always_low_up_to_grade:
            return "L"
        return [name for name in SEVERITIES if points >= self.least_points[name]][-1]


@cache
def severity_rules() -> SeverityRules:
    """Return the rules that turn findings into a severity."""
    return SeverityRules.model_validate_json(_RULES.read_text(encoding="utf-8"))


def severity_reasons(findings: Mapping[str, float], grade: int, severity: str) -> list[str]:
    """Return what the severity of a disc rests on, and last where these findings make another severity.

    Args:
        findings: probability of each of ``FINDINGS``.
        grade: the answered Pfirrmann grade.
        severity: the answered severity, L, M or H, which the graders answer apart from the findings.

    >>> severity_reasons({"narrowing": 0.93, "bulging": 0.2}, 4, "L")
    ['narrowing 0.93 (1 point)']
    """
    rules = severity_rules()
    if grade <= rules.always_low_up_to_grade:
        return [f"Pfirrmann grade {grade} is low whatever is found"]
    points = {name: rules.points[name] for name in FINDINGS if findings.get(name, 0.0) >= _LIKELY}
    reasons = [f"{_WORDS.get(name, name)} {findings[name]:.2f} ({_points(value)})" for name, value in points.items()]
    total = sum(points.values())
    found = rules.severity(total, grade)
    if found != severity:
        told = f"{_points(total)} would be {_SEVERITY_WORDS[found]}, not {_SEVERITY_WORDS[severity]}"
        reasons.append(f"{told}: look at this disc")
    return reasons if points else ["no finding is likely", *reasons]


def _points(count: int) -> str:
    return f"{count} point" if count == 1 else f"{count} points"
