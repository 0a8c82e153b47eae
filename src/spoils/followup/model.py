"""The result of a comparison: the content of ``follow-up.json``. Its JSON schema is public and versioned."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from spoils.findings import RESEARCH_USE, DiscLevel, Flag, Pathway, Wording
from spoils.messages import Message

__all__ = ["FOLLOW_UP_SCHEMA_VERSION", "IDENTITY_CODES", "Change", "ChangeVerdict", "DiscFollowUp", "FollowUp", "Visit"]

FOLLOW_UP_SCHEMA_VERSION: Final = "1.1"

IDENTITY_CODES: Final = frozenset({"other-age", "other-size"})
"""Codes of the notes that question whether all images are of one patient."""

_Text = Annotated[str, Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChangeVerdict(StrEnum):
    """What happened to one item between the first assessment and the last."""

    BETTER = "better"
    WORSE = "worse"
    NO_DETECTABLE_CHANGE = "no-detectable-change"
    NOT_COMPARABLE = "not-comparable"


class Change(_Model):
    """One item over time.

    ``values`` holds one for each assessment, null where there is none; ``change`` is the last less the first and
    ``least`` the size from which it counts, both null where the two are not comparable. Severity counts 1 low, 2
    moderate, 3 high.
    """

    name: _Text
    unit: Literal["mm", "mm3", "1", "percent", "points", "grade"]
    values: Annotated[list[FiniteFloat | None], Field(min_length=2)]
    change: FiniteFloat | None
    least: FiniteFloat | None
    verdict: ChangeVerdict
    reason: _Text
    reason_wording: Wording = None

    @model_validator(mode="after")
    def _judged_by_its_change(self) -> Self:
        compared = self.verdict is not ChangeVerdict.NOT_COMPARABLE
        if (self.change is not None, self.least is not None) != (compared, compared):
            raise ValueError("what is comparable has a change and the least that counts, and nothing else has")
        return self


class DiscFollowUp(_Model):
    """One disc over time: its class at each assessment (null: not graded) and its items."""

    level: DiscLevel
    labels: list[str | None]
    changes: list[Change]


class Visit(_Model):
    """One of the assessments. ``day`` is that of the images, or of the assessment where all are ordered by it."""

    day: date
    created: datetime
    series_uid: str | None
    spoils: str
    pathway: Pathway | None
    urgent: bool
    driving_level: str | None
    driving_class: str | None


class FollowUp(_Model):
    """The whole comparison, first assessment against last.

    Its sentences are English, which ``language`` says. Beside each stands its wording, the message id with its values,
    from which it is written in any language. ``notes`` begin with those that question whether it is one patient.
    """

    schema_version: Literal["1.1"] = FOLLOW_UP_SCHEMA_VERSION
    language: Literal["en"] = "en"
    notice: Literal["Research use only. Not a medical device. Not for diagnosis or treatment decisions."] = RESEARCH_USE
    created: datetime
    spoils: str
    errors_version: str
    importance_version: str
    ordered_by: Literal["acquired", "created"]
    visits: Annotated[list[Visit], Field(min_length=2)]
    summary: list[_Text]
    summary_wording: list[Message] = Field(default_factory=list)
    discs: list[DiscFollowUp]
    scores: list[Change]
    notes: list[Flag]

    @model_validator(mode="after")
    def _one_value_for_each_visit(self) -> Self:
        changes = [*self.scores, *(change for disc in self.discs for change in disc.changes)]
        counts = {len(change.values) for change in changes} | {len(disc.labels) for disc in self.discs}
        if counts - {len(self.visits)}:
            raise ValueError("every item has one value for each assessment")
        return self

    @property
    def warnings(self) -> list[Flag]:
        """The notes that question whether all images are of one patient; the reader must see them first."""
        return [note for note in self.notes if note.code in IDENTITY_CODES]
