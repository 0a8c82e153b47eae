"""What all parts of a result share: probabilities, names of levels, and being frozen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat

from spoils.anatomy import BODIES, DISCS
from spoils.messages import Message

__all__ = ["BodyLevel", "DiscLevel", "Finding", "Moment", "Probability", "Wording"]

Wording = Annotated[
    Message | None,
    Field(description="Id and values of the sentence beside it, from which it is written in any language."),
]
"""The message behind a sentence; null in results of schema 1.3 and earlier."""

Probability = Annotated[FiniteFloat, Field(ge=0.0, le=1.0)]


def _disc_level(level: str) -> str:
    if level not in DISCS:
        raise ValueError(f"{level!r} is not a disc level")
    return level


def _body_level(level: str) -> str:
    if level not in BODIES:
        raise ValueError(f"{level!r} is not a vertebral body")
    return level


def _in_any_zone(moment: datetime) -> datetime:
    day = timedelta(days=1)
    if not datetime.min + day <= moment.replace(tzinfo=None) <= datetime.max - day:
        raise ValueError("in some time zone this lies beyond the calendar")
    return moment


Moment = Annotated[datetime, AfterValidator(_in_any_zone)]
"""A time that can be written in every time zone."""

DiscLevel = Annotated[str, AfterValidator(_disc_level)]
BodyLevel = Annotated[str, AfterValidator(_body_level)]


class Finding(BaseModel):
    """A part of a result: frozen, and without fields that the schema does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
