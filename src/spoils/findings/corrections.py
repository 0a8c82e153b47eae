"""What a person corrects in an assessment: values with who, when and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, FiniteFloat, JsonValue

from spoils.findings.base import DiscLevel, Finding

__all__ = [
    "CORRECTIONS_SCHEMA_VERSION",
    "AnyCorrection",
    "AppliedCorrection",
    "ChooseSeries",
    "ChooseSlice",
    "Corner",
    "CorrectFinding",
    "CorrectGrade",
    "CorrectScores",
    "CorrectSeverity",
    "Correction",
    "Corrections",
    "MoveCorner",
    "RenameLevel",
    "ReplaceLabelMap",
    "ReplaceStructure",
]

CORRECTIONS_SCHEMA_VERSION: Final = "1.0"

Corner = Literal["anterior-superior", "posterior-superior", "posterior-inferior", "anterior-inferior"]
Point = tuple[FiniteFloat, FiniteFloat]
"""Row and column in pixels of the canonical slice; whole numbers are pixel centres."""


class Correction(Finding):
    """What every correction has: ``by`` names the person as the site does, ``reason`` is theirs and may be empty."""

    by: Annotated[str, Field(min_length=1, max_length=200)]
    at: AwareDatetime
    reason: Annotated[str, Field(max_length=2000)] = ""


class RenameLevel(Correction):
    """The structure that is called ``structure`` is ``level``: all levels are numbered anew from there."""

    kind: Literal["rename-level"] = "rename-level"
    structure: str
    level: str


class ReplaceStructure(Correction):
    """One structure on one slice is what these polygons enclose; without any polygon it is erased there."""

    kind: Literal["replace-structure"] = "replace-structure"
    structure: str
    slice: Annotated[int, Field(ge=0)]
    polygons: list[Annotated[list[Point], Field(min_length=3)]]


class ReplaceLabelMap(Correction):
    """The whole label map: ``labels`` is Base64 of the gzip of uint8 values in C order (slices, rows, columns).

    It lies on the canonical grid of the series, as ``Assessed.labels``.
    """

    kind: Literal["replace-label-map"] = "replace-label-map"
    labels: str


class MoveCorner(Correction):
    """A corner point of a disc or body on the middle slice lies here; its contour is drawn there."""

    kind: Literal["move-corner"] = "move-corner"
    structure: str
    corner: Corner
    to: Point


class CorrectGrade(Correction):
    """The Pfirrmann grade of a disc."""

    kind: Literal["grade"] = "grade"
    level: DiscLevel
    grade: Annotated[int, Field(ge=1, le=5)]


class CorrectSeverity(Correction):
    """The severity of a disc."""

    kind: Literal["severity"] = "severity"
    level: DiscLevel
    severity: Literal["L", "M", "H"]


class CorrectFinding(Correction):
    """Whether a disc has a finding; the severity follows from the points of its findings."""

    kind: Literal["finding"] = "finding"
    level: DiscLevel
    finding: Literal["narrowing", "bulging", "herniation", "endplate", "modic", "spondylolisthesis"]
    present: bool


class ChooseSlice(Correction):
    """The slice on which levels are counted and lengths are measured, counted from 0 at the patient's right."""

    kind: Literal["slice"] = "slice"
    mid_slice: Annotated[int, Field(ge=0)]


class ChooseSeries(Correction):
    """Another series of the study."""

    kind: Literal["series"] = "series"
    series_uid: str


class CorrectScores(Correction):
    """What the patient and the examination report, in place of all that was given; see ``spoils.ClinicalOptions``."""

    kind: Literal["scores"] = "scores"
    odi: FiniteFloat | None = None
    nrs: FiniteFloat | None = None
    nrs_back: FiniteFloat | None = None
    nrs_leg: FiniteFloat | None = None
    red_flags: list[str] = Field(default_factory=list)
    deficit: str | None = None
    duration_weeks: FiniteFloat | None = None
    failed: list[str] = Field(default_factory=list)
    refractory: bool = False


AnyCorrection = Annotated[
    RenameLevel
    | ReplaceStructure
    | ReplaceLabelMap
    | MoveCorner
    | CorrectGrade
    | CorrectSeverity
    | CorrectFinding
    | ChooseSlice
    | ChooseSeries
    | CorrectScores,
    Field(discriminator="kind"),
]


class Corrections(Finding):
    """The content of a file of corrections, in the order in which they were made."""

    schema_version: Literal["1.0"] = CORRECTIONS_SCHEMA_VERSION
    corrections: list[AnyCorrection]


class AppliedCorrection(Finding):
    """A correction as an assessment keeps it: what was there ``before`` it, and what is there ``after`` it."""

    correction: AnyCorrection
    applied: datetime
    before: JsonValue
    after: JsonValue
