"""The scales of the two patient-reported scores in a policy file, and what every entry of such a file has in common."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

__all__ = [
    "GIVEN_SCORE_BANDS",
    "NRS_MAXIMUM",
    "ODI_MAXIMUM_PERCENT",
    "Band",
    "Entry",
    "Identifier",
    "PolicySource",
    "Scale",
    "Scales",
    "ScoreBand",
    "Sourced",
    "Words",
]

ODI_MAXIMUM_PERCENT = 100.0
NRS_MAXIMUM = 10.0

Words = Annotated[str, Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Entry(BaseModel):
    """A part of a policy: frozen, and without anything that is not meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Entry):
    """An entry with the key of its source."""

    source: str


class PolicySource(Entry):
    """Where an entry comes from; ``basis`` says how far to trust it."""

    citation: Words
    basis: Literal["published", "common-knowledge", "own-decision"]


class ScoreBand(StrEnum):
    """What one score says about the complaint."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    MISSING = "missing"


GIVEN_SCORE_BANDS = (ScoreBand.LOW, ScoreBand.MODERATE, ScoreBand.HIGH)
"""The burdens of a score that was given, lowest first."""


class Band(Entry):
    """A named range of a score, from just above the band before up to and including ``up_to``."""

    name: Words
    up_to: FiniteFloat
    burden: Literal[ScoreBand.LOW, ScoreBand.MODERATE, ScoreBand.HIGH]


class Scale(Entry):
    """The bands of one score, lowest first, and what each says about the complaint."""

    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    bands_source: str
    burden_reason: Words
    burden_source: str

    @model_validator(mode="after")
    def _rising(self) -> Scale:
        if self.bands[0].up_to < 0.0:
            raise ValueError(f"band {self.bands[0].name!r} holds no score")
        for lower, upper in pairwise(self.bands):
            if upper.up_to <= lower.up_to:
                raise ValueError(f"band {upper.name!r} must end above band {lower.name!r}")
            if GIVEN_SCORE_BANDS.index(upper.burden) < GIVEN_SCORE_BANDS.index(lower.burden):
                raise ValueError(f"band {upper.name!r} must not weigh less than band {lower.name!r}")
        if {band.burden for band in self.bands} != set(GIVEN_SCORE_BANDS):
            raise ValueError("the bands must weigh low, moderate and high")
        return self

    def band(self, score: float) -> Band:
        """Return the band that holds ``score``, which is at most the last ``up_to``."""
        return next(band for band in self.bands if score <= band.up_to)

    def span(self, burdens: Sequence[ScoreBand]) -> tuple[float | None, float | None]:
        """Return above which score neighbouring ``burdens`` begin and up to which they reach; None is an open end."""
        ends: dict[ScoreBand, float] = {band.burden: band.up_to for band in self.bands}
        first, last = GIVEN_SCORE_BANDS.index(burdens[0]), GIVEN_SCORE_BANDS.index(burdens[-1])
        above = ends[GIVEN_SCORE_BANDS[first - 1]] if first else None
        return above, None if last == len(GIVEN_SCORE_BANDS) - 1 else ends[GIVEN_SCORE_BANDS[last]]


class Scales(Entry):
    """The scales of both patient-reported scores."""

    odi: Scale
    nrs: Scale

    @model_validator(mode="after")
    def _reach_the_end(self) -> Scales:
        for name, scale, maximum in (("ODI", self.odi, ODI_MAXIMUM_PERCENT), ("NRS", self.nrs, NRS_MAXIMUM)):
            if scale.bands[-1].up_to != maximum:
                raise ValueError(f"the last {name} band must end at {maximum:g}")
        return self
