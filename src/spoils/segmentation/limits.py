"""The limits of the quality checks. Their values stand in ``limits.json``, each with unit, meaning and source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

__all__ = ["Limits", "load_limits"]

Range = tuple[float, float]


class _Entry(BaseModel):
    """One limit as the file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: JsonValue
    unit: str = Field(min_length=1)
    meaning: str = Field(min_length=1)
    source: str = Field(min_length=1)


@dataclass(frozen=True)
class Limits:
    """What the quality checks demand of a segmentation; ``limits.json`` says what each value means.

    A range is (lowest, highest).
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    min_bodies: int
    min_discs: int
    min_below_sacrum_mm: float
    sacrum_at_edge: float
    sure_sacrum: float
    sacrum_when_turned: float
    min_count_probability: float
    certain_count: float
    plausible_counting: float
    transitional_alternative: float
    votes_beside_mm: float
    min_structure_confidence: float
    min_fluid_over_bone: float
    min_fluid_over_disc: float
    min_marrow_over_fluid: float
    min_marrow_over_between: float
    refuse_other_kind: float
    refuse_measurable_kind: float
    warn_other_kind: float
    sure_t2: float
    dim_fluid_over_disc: float
    refuse_turned: float
    sure_upright: float
    like_fill: float
    typical_body_mm2: Range
    body_area_mm2: Range
    disc_area_mm2: Range
    body_distance: Range
    too_large_body: float
    near_middle_mm: float
    disc_place: Range
    max_level_overlap: float
    min_shifted_bodies: int
    min_shifted_share: float
    squared_sacrum: float
    whole_disc: float
    endplate_bands: tuple[Range, Range]
    beside_column: float
    within_body: float
    max_bodies_below_sacrum: int
    body_reach_mm: float
    canal_reach_mm: float
    narrowing_mm: float
    max_growth: float
    endplate_rim: float
    endplate_slope: float
    lobe_mm: float
    rim_lobe_mm: float
    endplate_depth_mm: float
    lobe_share: float
    lobe_edge: float
    lobe_edge_ratio: float


@cache
def load_limits() -> Limits:
    """Return the packaged limits, read once.

    >>> load_limits().min_bodies
    3
    """
    content: dict[str, Any] = json.loads((resources.files("spoils.segmentation") / "limits.json").read_bytes())
    values = {name: _Entry.model_validate(entry).value for name, entry in content.items()}
    return TypeAdapter(Limits).validate_python(values)
