"""Findings at a disc in addition to its grade: names of findings, alarms, and the diameter of the canal."""

from __future__ import annotations

from typing import Final

from spoils.findings import STENOSES, Alarm, Assessment, Measurement, measurement_of
from spoils.messages import Message, message

__all__ = ["LIKELY", "canal_diameter", "sign_names", "stenosis_at"]

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
    }


def stenosis_at(assessment: Assessment, level: str) -> Alarm | None:
    """Return the alarm of a narrow canal at a disc level."""
    return next((alarm for alarm in assessment.alarms if alarm.level == level and alarm.code in STENOSES), None)


def canal_diameter(assessment: Assessment, level: str) -> Measurement | None:
    """Return the AP diameter of the canal at a disc level; None if it was not measured."""
    measured = (measurement_of(one.measurements, "ap_diameter_mm") for one in assessment.canal if one.level == level)
    return next(measured, None)
