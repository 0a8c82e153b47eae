"""Reads ``assessment.json`` of this version of the schema and of earlier ones, and puts assessments in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from spoils.errors import InputUnreadable, UsageError
from spoils.findings import SCHEMA_VERSION, Assessment
from spoils.messages import message

__all__ = ["OrderedBy", "day_of", "in_order", "read_assessment"]

OrderedBy = Literal["acquired", "created"]


def read_assessment(path: Path) -> Assessment:
    """Read an assessment; later minor versions only add fields, so those of the same major version can be read.

    Raises:
        InputUnreadable: the file is missing, no assessment, or of a version that this program does not know.
    """
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputUnreadable(message("assessment-not-json", file=path.name)) from error
    if not isinstance(content, dict) or "schema_version" not in content or "discs" not in content:
        raise InputUnreadable(message("not-an-assessment", file=path.name))
    if not _readable(content["schema_version"]):
        version, oldest = str(content["schema_version"]), f"{SCHEMA_VERSION.split('.')[0]}.0"
        raise InputUnreadable(
            message(
                "assessment-of-other-version", file=path.name, version=version, oldest=oldest, newest=SCHEMA_VERSION
            )
        )
    try:
        return Assessment.model_validate_json(json.dumps(content | {"schema_version": SCHEMA_VERSION}))
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InputUnreadable(message("assessment-invalid", file=path.name, place=place)) from error


def _readable(version: object) -> bool:
    own_major, own_minor = SCHEMA_VERSION.split(".")
    major, _, minor = version.partition(".") if isinstance(version, str) else ("", "", "")
    return major == own_major and minor.isdecimal() and int(minor) <= int(own_minor)


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
