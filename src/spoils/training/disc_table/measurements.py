"""All measurements of one disc: its own, those of the two adjacent bodies, and those of the canal behind it."""

from __future__ import annotations

from spoils.anatomy import bodies_beside
from spoils.findings import (
    BODY_MEASUREMENTS,
    CANAL_MEASUREMENTS,
    DISC_MEASUREMENTS,
    Measured,
    NotMeasured,
    measured_or_missing,
)
from spoils.geometry import SpineMeasurements

__all__ = ["MEASUREMENTS", "measurements_at", "unit_of"]

_PARTS = {"": DISC_MEASUREMENTS, "upper_": BODY_MEASUREMENTS, "lower_": BODY_MEASUREMENTS, "canal_": CANAL_MEASUREMENTS}

MEASUREMENTS: tuple[str, ...] = tuple(part + name for part, names in _PARTS.items() for name in names)
"""Public names of all measurements of a disc: its own, then those of adjacent structures with a prefix."""

_LENGTHS = {"mm", "mm2", "mm3"}
_OF_SIGNAL = {"signal_mean", "signal_difference"}
_NO_LABEL = NotMeasured(not_measured="the body above the highest disc has no label")


def measurements_at(level: str, spine: SpineMeasurements) -> dict[str, Measured]:
    """Return ``MEASUREMENTS`` at one disc level. Missing measurements have a reason."""
    above, below = bodies_beside(level)
    found = {
        "": measured_or_missing(spine.discs.get(level), DISC_MEASUREMENTS),
        "upper_": measured_or_missing(spine.vertebrae.get(above), BODY_MEASUREMENTS)
        if above
        else dict.fromkeys(BODY_MEASUREMENTS, _NO_LABEL),
        "lower_": measured_or_missing(spine.vertebrae.get(below), BODY_MEASUREMENTS),
        "canal_": measured_or_missing(spine.canal.get(level), CANAL_MEASUREMENTS),
    }
    return {part + name: found[part][name] for part, names in _PARTS.items() for name in names}


def unit_of(name: str) -> str:
    """Return the unit of one of ``MEASUREMENTS``, as ``Measurement`` spells it.

    >>> unit_of("upper_height_central_mm"), unit_of("height_index"), unit_of("signal_mean")
    ('mm', '1', 'signal')
    """
    ending = name.rsplit("_", 1)[-1]
    if ending in _LENGTHS:
        return ending
    return "signal" if name in _OF_SIGNAL else "1"
