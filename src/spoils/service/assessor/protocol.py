"""What parent and child say to each other: one JSON document a line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from spoils.messages import Message

__all__ = [
    "INPUT",
    "OUTPUT",
    "RESULT_NAME",
    "AssessorJob",
    "Failure",
    "FailureKind",
    "JobResult",
    "PatientIdentity",
    "Reply",
]

INPUT: Final = "input"
OUTPUT: Final = "output"
RESULT_NAME: Final = "job.json"

FailureKind = Literal["unreadable", "unsuitable", "usage", "error"]


class AssessorJob(BaseModel):
    """A job for the child.

    ``folder`` holds the files of the study in ``input``; the child writes the documents into ``output`` and a
    ``JobResult`` beside them. ``key`` is the identifier of the result; ``parent`` that of the result which is
    corrected, and ``earlier`` its corrections, should the child not hold it any more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    key: str
    options: dict[str, Any] = Field(default_factory=dict)
    parent: str | None = None
    earlier: list[dict[str, Any]] = Field(default_factory=list)
    corrections: list[dict[str, Any]] = Field(default_factory=list)


class PatientIdentity(BaseModel):
    """Who was imaged, as the images say."""

    model_config = ConfigDict(frozen=True)

    id: str = ""
    name: str = ""
    birth_date: str = ""


class JobResult(BaseModel):
    """What the child found beside the documents."""

    model_config = ConfigDict(frozen=True)

    identity: PatientIdentity
    sex: Literal["M", "F"] | None = None
    acquired: date | None = None
    seconds: dict[str, float] = Field(default_factory=dict)


class Failure(BaseModel):
    """Why a job failed, as a message for the user."""

    model_config = ConfigDict(frozen=True)

    kind: FailureKind
    message: Message

    @classmethod
    def of(cls, kind: FailureKind, message: Message) -> Failure:
        """Return a failure of a kind."""
        return cls(kind=kind, message=message)


class Reply(BaseModel):
    """A line from the child: it is ready, how far it is, that it is done, or why it failed."""

    model_config = ConfigDict(frozen=True)

    ready: bool = False
    stage: str | None = None
    share: float | None = None
    done: bool = False
    failure: Failure | None = None
