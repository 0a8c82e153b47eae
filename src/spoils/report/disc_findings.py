"""Findings at a disc in addition to its grade: names of findings, alarms, and the diameter of the canal."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

from spoils.findings import STENOSES, Alarm, Assessment, LevelAlignment, Measurement, narrowest_diameter
from spoils.messages import Message, message

__all__ = ["LIKELY", "alarm_at", "canal_diameter", "listhesis_at", "sign_names", "stenosis_at"]

LIKELY: Final = 0.5
"""Probability from which a finding is shown as likely."""


def sign_names() -> dict[str, Message]:
    """Return the name of each finding at a disc, in the order of display."""
    return {
        "herniation": message("finding-herniation"),
        "modic": message("finding-modic"),
        "spondylolisthesis": message("finding-spondylolisthesis"),
        "narrowing": message("finding-narrowing"),
        "bulging": message("finding-bulging"),
        "endplate": message("finding-endplate"),
        "collapsed_body": message("finding-collapsed-body"),
    }


def stenosis_at(assessment: Assessment, level: str) -> Alarm | None:
    """Return the alarm of a narrow canal at a disc level."""
    return alarm_at(assessment, level, STENOSES)


def alarm_at(assessment: Assessment, level: str, codes: Set[str]) -> Alarm | None:
    """Return the alarm of one of ``codes`` at a level."""
    return next((alarm for alarm in assessment.alarms if alarm.level == level and alarm.code in codes), None)


def listhesis_at(assessment: Assessment, level: str) -> LevelAlignment | None:
    """Return the alignment of a disc level where a body has slipped."""
    levels = assessment.alignment.levels if assessment.alignment is not None else []
    return next((found for found in levels if found.level == level and found.listhesis is not None), None)


def canal_diameter(assessment: Assessment, level: str) -> Measurement | None:
    """Return the least AP diameter of the canal at a disc level; None where it was not measured."""
    return next((narrowest_diameter(one.measurements) for one in assessment.canal if one.level == level), None)
