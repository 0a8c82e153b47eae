"""Reads the assessments of one patient and puts them in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Literal

from spoils import findings
from spoils.errors import InputUnreadable, UsageError
from spoils.findings import Assessment
from spoils.messages import message

__all__ = ["OrderedBy", "day_of", "in_order", "read_assessment"]

OrderedBy = Literal["acquired", "created"]


def read_assessment(path: Path) -> Assessment:
    """Read an assessment of this version of the schema or of an earlier one.

    Raises:
        InputUnreadable: the file is missing, no assessment, or of a version that this program does not know.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputUnreadable(message("assessment-not-json", file=path.name)) from error
    return findings.read_assessment(content, path.name)


def in_order(assessments: Sequence[Assessment]) -> tuple[list[Assessment], OrderedBy]:
    """Return the assessments, oldest first, by the day of imaging; by the time of assessment where a day is not known.

    Raises:
        UsageError: fewer than two, the same images twice, or patients of different sex.
    """
    if len(assessments) < 2:
        raise UsageError(message("comparison-needs-two"))
    for one, other in combinations(assessments, 2):
        uid = one.study.series_uid
        if (uid is not None and uid == other.study.series_uid) or one == other:
            raise UsageError(message("same-images-twice"))
    if len({assessment.study.sex for assessment in assessments} - {None}) > 1:
        raise UsageError(message("different-sex"))
    ordered_by: OrderedBy = "acquired" if all(one.study.acquired for one in assessments) else "created"
    return sorted(assessments, key=lambda one: (day_of(one, ordered_by), one.created)), ordered_by


def day_of(assessment: Assessment, ordered_by: OrderedBy) -> date:
    """Return the day that an assessment stands for."""
    acquired = assessment.study.acquired if ordered_by == "acquired" else None
    return acquired or assessment.created.date()
