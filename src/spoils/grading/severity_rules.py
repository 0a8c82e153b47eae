"""From findings at a disc to its severity, by points, and the reasons for it.

The points are ``severity/spider-1.json``, the rules by which the graders' training labels were made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from spoils.grading.classes import SEVERITIES
from spoils.messages import Message, message

__all__ = [
    "COLLAPSED_BODY",
    "FINDINGS",
    "MeasuredFinding",
    "MeasuredRules",
    "SeverityRules",
    "likely_points",
    "measured_rules",
    "possible_findings",
    "severity_reasons",
    "severity_rules",
]

FINDINGS: tuple[str, ...] = ("narrowing", "bulging", "herniation", "endplate", "modic", "spondylolisthesis")
"""The findings that count towards severity, in the order of every array of findings."""

COLLAPSED_BODY: Final = "collapsed_body"
"""A finding that is measured and never estimated: a body beside the disc that lost its height."""

_RULES = Path(__file__).parent / "severity" / "spider-1.json"
_MEASURED_RULES = Path(__file__).parent / "severity" / "measured-1.json"

_WORDS = {
    "narrowing": message("finding-narrowing"),
    "bulging": message("finding-bulging"),
    "herniation": message("finding-herniation"),
    "endplate": message("finding-endplate"),
    "modic": message("finding-modic"),
    "spondylolisthesis": message("finding-spondylolisthesis"),
}
_SEVERITY_WORDS = {
    "L": message("severity-name-low"),
    "M": message("severity-name-moderate"),
    "H": message("severity-name-high"),
}

_LIKELY = 0.5
"""Probability from which a finding counts as present."""

_POSSIBLE = 2.0
"""A finding is possible from this many times its share among average discs. Rare findings seldom become likely."""


class SeverityRules(BaseModel):
    """Points of each finding, the least points of each severity, and the grades whose severity is always low.

    ``shares`` are those of SPIDER's graded lumbar discs that have each finding.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    source: str
    points: dict[str, int]
    shares: dict[str, float]
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


class MeasuredRules(BaseModel):
    """Points of what was measured, and the Genant grade from which a body counts as collapsed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    source: str
    points: dict[str, int]
    collapsed_body_from_genant: int


@dataclass(frozen=True)
class MeasuredFinding:
    """A finding that is present because it was measured, and its figure in words."""

    name: str
    figure: Message


@cache
def measured_rules() -> MeasuredRules:
    """Return the rules by which measured findings count towards severity.

    >>> measured_rules().points["spondylolisthesis"] == severity_rules().points["spondylolisthesis"]
    True
    """
    return MeasuredRules.model_validate_json(_MEASURED_RULES.read_text(encoding="utf-8"))


def likely_points(findings: Mapping[str, float]) -> dict[str, int]:
    """Return the points of each finding whose probability is one half or more.

    >>> likely_points({"narrowing": 0.93, "bulging": 0.2, "herniation": 0.5})
    {'narrowing': 1, 'herniation': 2}
    """
    points = severity_rules().points | {COLLAPSED_BODY: measured_rules().points[COLLAPSED_BODY]}
    return {name: count for name, count in points.items() if findings.get(name, 0.0) >= _LIKELY}


def possible_findings(findings: Mapping[str, float]) -> tuple[str, ...]:
    """Return the findings that are not likely, but twice as likely as at an average disc.

    >>> possible_findings({"narrowing": 0.6, "bulging": 0.4, "herniation": 0.17})
    ('herniation',)
    """
    shares = severity_rules().shares
    return tuple(name for name in FINDINGS if _POSSIBLE * shares[name] <= findings.get(name, 0.0) < _LIKELY)


def severity_reasons(
    findings: Mapping[str, float], grade: int, severity: str, measured: Sequence[MeasuredFinding] = ()
) -> list[Message]:
    """Return what the severity of a disc rests on, whether these give another severity, and what else is possible.

    Args:
        findings: probability of each of ``FINDINGS``.
        grade: the answered Pfirrmann grade.
        severity: the answered severity, L, M or H, which does not follow from these findings alone.
        measured: findings that were measured and are not among ``findings``.

    >>> [str(reason) for reason in severity_reasons({"narrowing": 0.93, "bulging": 0.2}, 4, "L")]
    ['narrowing 0.93 (1 point)']
    """
    reasons = _by_points(findings, grade, severity, measured)
    return [*reasons, *(_possible(name, findings[name]) for name in possible_findings(findings))]


def _by_points(
    findings: Mapping[str, float], grade: int, severity: str, measured: Sequence[MeasuredFinding]
) -> list[Message]:
    rules, points = severity_rules(), likely_points(findings)
    extra = [(one.figure, measured_rules().points[one.name]) for one in measured]
    if grade <= rules.always_low_up_to_grade:
        likely = [message("finding-likely", finding=_WORDS[name], probability=findings[name]) for name in points]
        return [message("grade-always-low", grade=grade), *(one.figure for one in measured), *likely]
    reasons = [
        message("finding-scores", finding=_WORDS[name], probability=findings[name], points=_points(count))
        for name, count in points.items()
    ]
    reasons = [
        *(message("measured-scores", figure=figure, points=_points(count)) for figure, count in extra),
        *reasons,
    ]
    total = sum(points.values()) + sum(count for _, count in extra)
    found = rules.severity(total, grade)
    if found != severity:
        words = {"found": _SEVERITY_WORDS[found], "answered": _SEVERITY_WORDS[severity]}
        reasons.append(message("severity-contradicted", points=_points(total), **words))
    return reasons if points or measured else [message("no-likely-finding"), *reasons]


def _possible(name: str, probability: float) -> Message:
    share = severity_rules().shares[name]
    return message("finding-possible", finding=_WORDS[name], probability=probability, share=share)


def _points(count: int) -> Message:
    return message("points", count=count)
