"""How narrow the canal is, graded by published limits, which are in ``alarms.json`` with their source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from spoils.findings.measured import Measured, Measurement, measurement_of
from spoils.findings.structures import CanalFinding

__all__ = ["canal_finding", "canal_limits", "narrowest_diameter"]


class CanalLimits(BaseModel):
    """AP diameters (mm) of an absolute and of a relative stenosis, where they are from, and to what they apply."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    absolute_below_mm: float
    relative_up_to_mm: float
    source: str
    applies_to: str


class _Limits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    canal_ap: CanalLimits


@cache
def canal_limits() -> CanalLimits:
    """Return the limits of a narrow canal.

    >>> canal_limits().absolute_below_mm
    10.0
    """
    text = (resources.files("spoils.findings") / "alarms.json").read_text(encoding="utf-8")
    return _Limits.model_validate_json(text).canal_ap


def narrowest_diameter(measurements: Mapping[str, Measured]) -> Measurement | None:
    """Return the AP diameter where the canal is narrowest; that of the graded slice in results before schema 1.5."""
    narrowest = measurement_of(measurements, "ap_diameter_min_mm")
    return narrowest or measurement_of(measurements, "ap_diameter_mm")


def canal_finding(level: str, measurements: Mapping[str, Measured]) -> CanalFinding:
    """Return what is found of the canal at a disc, graded by where it is narrowest.

    >>> narrow = Measurement(value=9.2, unit="mm", method="slice 8")
    >>> canal_finding("L4-L5", {"ap_diameter_min_mm": narrow}).stenosis
    'absolute'
    """
    found, limits = narrowest_diameter(measurements), canal_limits()
    grade = None
    if found is not None:
        grade = "none" if found.value > limits.relative_up_to_mm else "relative"
        grade = "absolute" if found.value < limits.absolute_below_mm else grade
    return CanalFinding.model_validate({"level": level, "measurements": dict(measurements), "stenosis": grade})
