"""Quantities: measured, or not measured and why; never NaN, zero or a guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from spoils.findings.base import Finding, Wording
from spoils.messages import Message, MessageValue, message

__all__ = [
    "BODY_MEASUREMENTS",
    "CANAL_MEASUREMENTS",
    "DISC_MEASUREMENTS",
    "LEVEL_ALIGNMENT_MEASUREMENTS",
    "SPINE_ALIGNMENT_MEASUREMENTS",
    "STENOSIS_MEASUREMENTS",
    "VERTEBRAL_SHAPE_MEASUREMENTS",
    "Measured",
    "Measurement",
    "NormalValue",
    "NotMeasured",
    "Unit",
    "measured_or_missing",
    "measurement_of",
]

DISC_MEASUREMENTS: tuple[str, ...] = (
    "height_mean_mm",
    "height_central_mm",
    "height_anterior_mm",
    "height_posterior_mm",
    "width_mean_mm",
    "width_mid_mm",
    "height_index",
    "area_mm2",
    "volume_mm3",
    "signal_mean",
    "signal_csf_ratio",
    "signal_difference",
)
BODY_MEASUREMENTS: tuple[str, ...] = (
    "height_anterior_mm",
    "height_central_mm",
    "height_posterior_mm",
    "width_superior_mm",
    "width_mid_mm",
    "width_inferior_mm",
)
CANAL_MEASUREMENTS: tuple[str, ...] = ("ap_diameter_mm",)
STENOSIS_MEASUREMENTS: tuple[str, ...] = ("ap_diameter_min_mm", "area_mm2", "area_ratio")
"""Of the canal over several slices; ``CANAL_MEASUREMENTS`` are those of one slice."""
SPINE_ALIGNMENT_MEASUREMENTS: tuple[str, ...] = ("lordosis_l1_s1_deg", "sacral_slope_deg")
LEVEL_ALIGNMENT_MEASUREMENTS: tuple[str, ...] = ("angle_deg", "slip_mm", "slip_percent")
VERTEBRAL_SHAPE_MEASUREMENTS: tuple[str, ...] = (
    "wedge_deg",
    "anterior_posterior_ratio",
    "central_posterior_ratio",
    "posterior_predicted_ratio",
    "wedge_loss_percent",
    "biconcave_loss_percent",
    "crush_loss_percent",
)
Unit = Literal["mm", "mm2", "mm3", "1", "signal", "deg", "percent"]

_WHICH_SLICES = {"slice", "slices"}
"""Values of a method's message that say on which slice, or on how many, something was measured."""


class Measurement(Finding):
    """A measured quantity. ``method`` names how, e.g. ``slice 7`` or ``sum over 9 slices``."""

    value: FiniteFloat
    unit: Unit
    method: str
    wording: Wording = None

    @classmethod
    def by(cls, method: Message, value: float, unit: Unit) -> Measurement:
        """Return ``value`` as measured by a method."""
        return cls(value=value, unit=unit, method=str(method), wording=method)

    def has_method_of(self, other: Measurement) -> bool:
        """Say whether two measurements were taken in the same way, if perhaps on other slices.

        Methods without a message, which some results of schema 1.3 and earlier have, are compared as they are written.
        """
        if self.wording is None or other.wording is None:
            return self.method == other.method
        return _without_slices(self.wording) == _without_slices(other.wording)


def _without_slices(method: Message) -> tuple[str, dict[str, MessageValue]]:
    return method.id, {name: value for name, value in method.values.items() if name not in _WHICH_SLICES}


class NotMeasured(Finding):
    """A quantity that could not be measured, and why."""

    not_measured: Annotated[str, Field(min_length=1)]
    wording: Wording = None

    @classmethod
    def because(cls, reason: Message) -> NotMeasured:
        """Return that a quantity was not measured for this reason."""
        return cls(not_measured=str(reason), wording=reason)


Measured = Measurement | NotMeasured


def measured_or_missing(found: Mapping[str, Measured] | None, names: Iterable[str]) -> dict[str, Measured]:
    """Return ``found``, or for a structure that was not found every measurement by name as not measured."""
    return dict(found) if found else {name: NotMeasured.because(message("not-found")) for name in names}


def measurement_of(found: Mapping[str, Measured], name: str) -> Measurement | None:
    """Return the measurement called ``name``; None where it was not measured."""
    value = found.get(name)
    return value if isinstance(value, Measurement) else None


class NormalValue(Finding):
    """Where a measurement lies among others of its level: ``percentile`` of the cohort, ``z`` from healthy ones.

    ``z`` is null where the reference holds too few healthy structures. ``group`` says in words who they are.
    """

    percentile: Annotated[FiniteFloat, Field(ge=0.0, le=100.0)]
    z: FiniteFloat | None
    group: Annotated[str, Field(min_length=1)]
    group_wording: Wording = None
