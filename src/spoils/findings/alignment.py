"""How the bodies stand to each other: angles, slips, and bodies that lost height, with their grades.

Limits are in ``alignment.json``, with their sources.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from spoils.findings.base import BodyLevel, DiscLevel, Finding
from spoils.findings.measured import Measured, NormalValue, measurement_of

__all__ = [
    "Alignment",
    "LevelAlignment",
    "Listhesis",
    "Position",
    "VertebralShape",
    "alignment_limits",
    "level_alignment",
    "vertebral_shape",
]

Position = Literal["supine", "prone", "lateral"]
"""How the patient lay."""

_LOSSES: Final = {"wedge": "wedge_loss_percent", "biconcave": "biconcave_loss_percent", "crush": "crush_loss_percent"}


class Listhesis(Finding):
    """A slip beyond what measuring errs by: where the upper body went, and its Meyerding grade from 1 to 5."""

    direction: Literal["anterior", "posterior"]
    meyerding: Annotated[int, Field(ge=1, le=5)]


class LevelAlignment(Finding):
    """Angle and slip at a disc; ``listhesis`` is null where there is none, or nothing was measured."""

    level: DiscLevel
    measurements: dict[str, Measured]
    listhesis: Listhesis | None = None
    normal: dict[str, NormalValue] = Field(default_factory=dict)


class VertebralShape(Finding):
    """Wedge and lost height of a body, with its Genant grade.

    ``genant`` is null where nothing was measured; ``shape`` is that of the greatest loss, null where the grade is 0.
    """

    level: BodyLevel
    measurements: dict[str, Measured]
    genant: Annotated[int, Field(ge=0, le=3)] | None = None
    shape: Literal["wedge", "biconcave", "crush"] | None = None
    normal: dict[str, NormalValue] = Field(default_factory=dict)


class Alignment(Finding):
    """Angles of the whole spine, angles and slips of its levels, and shapes of its bodies, on the graded slice.

    ``position`` is how the patient lay: lordosis and slips are greater in a patient who stands. ``position_known`` says
    whether the header tells it; MR is taken supine where it does not.
    """

    position: Position = "supine"
    position_known: bool = False
    measurements: dict[str, Measured]
    levels: list[LevelAlignment]
    vertebrae: list[VertebralShape]
    normal: dict[str, NormalValue] = Field(default_factory=dict)


class _Limits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _ListhesisLimits(_Limits):
    anterior_from_percent: float
    posterior_from_percent: float
    least_mm: float
    limits_source: str
    meyerding_up_to_percent: tuple[float, float, float, float]
    meyerding_source: str
    high_priority_from_grade: int


class _ShapeLimits(_Limits):
    genant_from_percent: tuple[float, float, float]
    genant_source: str
    alarm_from_grade: int
    high_priority_from_grade: int
    alarm_source: str


class _AlignmentLimits(_Limits):
    version: str
    listhesis: _ListhesisLimits
    vertebral_shape: _ShapeLimits


@cache
def alignment_limits() -> _AlignmentLimits:
    """Return the limits from which a slip is a listhesis and a loss of height a deformity.

    >>> alignment_limits().vertebral_shape.genant_from_percent
    (20.0, 25.0, 40.0)
    """
    text = (resources.files("spoils.findings") / "alignment.json").read_text(encoding="utf-8")
    return _AlignmentLimits.model_validate_json(text)


def level_alignment(level: str, measurements: Mapping[str, Measured]) -> LevelAlignment:
    """Return what is found at a disc level from its ``LEVEL_ALIGNMENT_MEASUREMENTS``."""
    return LevelAlignment(level=level, measurements=dict(measurements), listhesis=_listhesis(measurements))


def _listhesis(measurements: Mapping[str, Measured]) -> Listhesis | None:
    slip_mm, percent = measurement_of(measurements, "slip_mm"), measurement_of(measurements, "slip_percent")
    limits = alignment_limits().listhesis
    if slip_mm is None or percent is None or abs(slip_mm.value) < limits.least_mm:
        return None
    is_anterior = percent.value > 0
    least = limits.anterior_from_percent if is_anterior else limits.posterior_from_percent
    if abs(percent.value) < least:
        return None
    ends = limits.meyerding_up_to_percent
    grade = 1 + sum(abs(percent.value) > end for end in ends)
    return Listhesis(direction="anterior" if is_anterior else "posterior", meyerding=grade)


def vertebral_shape(level: str, measurements: Mapping[str, Measured]) -> VertebralShape:
    """Return what is found of a body from its ``VERTEBRAL_SHAPE_MEASUREMENTS``, graded by its greatest loss.

    >>> from spoils.findings.measured import Measurement
    >>> loss = Measurement(value=31.0, unit="percent", method="slice 7")
    >>> found = vertebral_shape("L1", {"wedge_loss_percent": loss})
    >>> found.genant, found.shape
    (2, 'wedge')
    """
    losses = {shape: found.value for shape, name in _LOSSES.items() if (found := measurement_of(measurements, name))}
    if not losses:
        return VertebralShape(level=level, measurements=dict(measurements))
    greatest = max(losses, key=lambda shape: losses[shape])
    grade = bisect_right(alignment_limits().vertebral_shape.genant_from_percent, losses[greatest])
    shape = greatest if grade else None
    return VertebralShape.model_validate(
        {"level": level, "measurements": dict(measurements), "genant": grade, "shape": shape}
    )
