"""The scales of the two patient-reported scores in a policy file, and what all parts of such a file have in common."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

__all__ = [
    "GIVEN_SCORE_BANDS",
    "NRS_MAXIMUM",
    "ODI_MAXIMUM_PERCENT",
    "Identifier",
    "PolicyPart",
    "PolicySource",
    "Scale",
    "ScaleRange",
    "Scales",
    "ScoreBand",
    "SourcedPart",
    "Text",
]

ODI_MAXIMUM_PERCENT = 100.0
NRS_MAXIMUM = 10.0

Text = Annotated[str, Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class PolicyPart(BaseModel):
    """A part of a policy file: frozen, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourcedPart(PolicyPart):
    """A part with the key of its source."""

    source: str


class PolicySource(PolicyPart):
    """Where a part comes from; ``basis`` says how far to trust it."""

    citation: Text
    basis: Literal["published", "common-knowledge", "own-decision"]


class ScoreBand(StrEnum):
    """What one score says about the complaint."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    MISSING = "missing"


GIVEN_SCORE_BANDS = (ScoreBand.LOW, ScoreBand.MODERATE, ScoreBand.HIGH)
"""The bands of a score that was given, lowest first."""


class ScaleRange(PolicyPart):
    """A named range of a score, from just above the range before up to and including ``up_to``."""

    name: Text
    up_to: FiniteFloat
    score_band: Literal[ScoreBand.LOW, ScoreBand.MODERATE, ScoreBand.HIGH]


class Scale(PolicyPart):
    """The named ranges of one score, lowest first, each with its score band."""

    bands: Annotated[tuple[ScaleRange, ...], Field(min_length=1)]
    bands_source: str
    score_band_reason: Text
    score_band_source: str

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.bands[0].up_to < 0.0:
            raise ValueError(f"band {self.bands[0].name!r} holds no score")
        for lower, upper in pairwise(self.bands):
            if upper.up_to <= lower.up_to:
                raise ValueError(f"band {upper.name!r} must end above band {lower.name!r}")
            if GIVEN_SCORE_BANDS.index(upper.score_band) < GIVEN_SCORE_BANDS.index(lower.score_band):
                raise ValueError(f"band {upper.name!r} must not count for less than band {lower.name!r}")
        if {band.score_band for band in self.bands} != set(GIVEN_SCORE_BANDS):
            raise ValueError("the bands must count as low, moderate and high")
        return self

    def band(self, score: float) -> ScaleRange:
        """Return the named range that holds ``score``, which is at most the last ``up_to``."""
        return next(band for band in self.bands if score <= band.up_to)

    def span(self, bands: Sequence[ScoreBand]) -> tuple[float | None, float | None]:
        """Return the limits of neighbouring score bands: above the first, up to the second; None is an open end."""
        ends: dict[ScoreBand, float] = {band.score_band: band.up_to for band in self.bands}
        first, last = GIVEN_SCORE_BANDS.index(bands[0]), GIVEN_SCORE_BANDS.index(bands[-1])
        above = ends[GIVEN_SCORE_BANDS[first - 1]] if first else None
        return above, None if last == len(GIVEN_SCORE_BANDS) - 1 else ends[GIVEN_SCORE_BANDS[last]]


class Scales(PolicyPart):
    """The scales of both patient-reported scores."""

    odi: Scale
    nrs: Scale

    @model_validator(mode="after")
    def _reach_the_end(self) -> Self:
        for name, scale, maximum in (("ODI", self.odi, ODI_MAXIMUM_PERCENT), ("NRS", self.nrs, NRS_MAXIMUM)):
            if scale.bands[-1].up_to != maximum:
                raise ValueError(f"the last {name} band must end at {maximum:g}")
        return self
