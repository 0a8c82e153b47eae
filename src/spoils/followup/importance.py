"""What a change means, as data with sources (``importance.json``): direction, least difference, steps of grades."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

__all__ = ["GradeRule", "Importance", "MeasurementRule", "ScoreRule", "load_importance"]

_Text = Annotated[str, Field(min_length=1)]
_Share = Annotated[FiniteFloat, Field(ge=0.0, le=1.0)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ThresholdSource(_Model):
    """Where a rule comes from; ``basis`` says how far to trust it."""

    citation: _Text
    basis: Literal["published", "common-knowledge", "own-decision"]


class MeasurementRule(_Model):
    """Whether a rise of a measurement is better or worse; a fall is the opposite."""

    rise: Literal["better", "worse"]
    source: str


class ScoreRule(_Model):
    """The minimal clinically important difference of a score in which higher is worse."""

    least: Annotated[FiniteFloat, Field(gt=0.0)]
    source: str
    also: list[str]
    reason: _Text


class GradeRule(_Model):
    """The least change of a grade in steps, and the share of discs graded exactly as, or within one of, the reader."""

    least_steps: Annotated[int, Field(ge=1)]
    exact: _Share
    within_one: _Share | None
    source: str
    reason: _Text


class Importance(_Model):
    """Rules by item: ``measurements`` and ``grades`` of each disc, and ``scores``."""

    version: _Text
    sources: dict[str, ThresholdSource]
    measurements: dict[str, MeasurementRule]
    scores: dict[Literal["odi", "nrs"], ScoreRule]
    grades: dict[Literal["pfirrmann", "severity"], GradeRule]

    @model_validator(mode="after")
    def _sources_known(self) -> Importance:
        cited = {rule.source for rule in self.measurements.values()} | {rule.source for rule in self.grades.values()}
        cited |= {key for score in self.scores.values() for key in (score.source, *score.also)}
        if cited != set(self.sources):
            raise ValueError("every source is listed, and every listed source cited")
        return self


@cache
def load_importance() -> Importance:
    """Return the packaged rules.

    >>> load_importance().scores["odi"].least
    10.0
    """
    return Importance.model_validate_json((resources.files("spoils.followup") / "importance.json").read_bytes())
