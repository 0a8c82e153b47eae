"""What the REST interface takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from spoils.findings import Deficit, Pathway, RedFlag, Treatment, Wording

__all__ = [
    "ClinicalIn",
    "CorrectionsIn",
    "DecisionIn",
    "DecisionOut",
    "FileOut",
    "OptionsIn",
    "PatientOut",
    "ResultOut",
    "StudyOut",
    "StudyPage",
    "VersionOut",
]

State = Literal["queued", "running", "ready", "failed"]
Version = Annotated[int | None, Field(ge=1, description="Version of the study that you saw; omit it to overwrite.")]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class ClinicalIn(_In):
    """What the patient and the examination report; what is left out is not known, which never means absent."""

    odi: Annotated[FiniteFloat | None, Field(ge=0, le=100, description="Oswestry Disability Index, percent.")] = None
    nrs: Annotated[FiniteFloat | None, Field(ge=0, le=10, description="Pain, 0 to 10.")] = None
    nrs_back: Annotated[FiniteFloat | None, Field(ge=0, le=10)] = None
    nrs_leg: Annotated[FiniteFloat | None, Field(ge=0, le=10)] = None
    red_flags: Annotated[list[RedFlag], Field(max_length=10)] = []
    deficit: Deficit | None = None
    duration_weeks: Annotated[FiniteFloat | None, Field(ge=0, le=5200)] = None
    failed: Annotated[list[Treatment], Field(max_length=10)] = []
    refractory: bool = False

    def given(self) -> dict[str, Any]:
        """Return what was given, as keyword arguments of ``spoils.assess``."""
        return self.model_dump(mode="json", exclude_defaults=True)


class OptionsIn(_In):
    """How a study is assessed; see ``spoils.AssessOptions``."""

    lowest_disc: str | None = None
    series_uid: Annotated[str | None, Field(max_length=64)] = None
    spacing_mm: Annotated[FiniteFloat | None, Field(gt=0, le=20)] = None
    language: Literal["en", "de", "hi"] | None = None

    def given(self) -> dict[str, Any]:
        """Return what was given, as keyword arguments of ``spoils.assess``."""
        return self.model_dump(mode="json", exclude_none=True)


class CorrectionsIn(_In):
    """Corrections as in ``docs/schema/corrections.json``; who and when are filled in."""

    corrections: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=100)]
    version: Version = None


class ClinicalChange(ClinicalIn):
    """New scores and history in place of all that was given."""

    version: Version = None

    def given(self) -> dict[str, Any]:
        """Return what was given, without the version."""
        return {name: value for name, value in super().given().items() if name != "version"}


class DecisionIn(_In):
    """A decision on the current result; another pathway than the suggested one needs a reason."""

    pathway: Pathway
    reason: Annotated[str, Field(max_length=2000)] = ""
    version: Version = None


class DecisionOut(_Out):
    """A signed decision."""

    signed_by: str
    signed: datetime
    accepted: bool
    pathway: str
    reason: str
    result: str


class PatientOut(_Out):
    """The patient of a study, as the images say; ``id`` is that of this installation."""

    id: str
    patient_id: str
    name: str
    birth_date: str
    sex: Literal["M", "F"] | None


class ResultOut(_Out):
    """The current result in short."""

    id: str
    number: int
    created: datetime
    pathway: str | None
    worst_disc: str | None


class StudyOut(_Out):
    """A study. ``stage``, ``progress`` and ``reason``, in English and as a message, are of the newest work on it."""

    id: str
    state: State
    stage: str
    progress: float
    reason: str | None
    reason_wording: Wording | None
    version: int
    created: datetime
    acquired: date | None
    patient: PatientOut | None
    clinical: dict[str, Any]
    result: ResultOut | None
    decision: DecisionOut | None


class StudyPage(_Out):
    """Studies, newest first; ``next`` is the cursor of the next page, null on the last one."""

    items: list[StudyOut]
    next: str | None


class FileOut(_Out):
    """A document of a result."""

    name: str
    size: int


class VersionOut(ResultOut):
    """A version of the result."""

    parent: str | None
    files: list[FileOut]
