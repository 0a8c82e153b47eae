"""Places measurements of one patient in the reference table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final, TypeVar

import numpy as np

from spoils.anatomy import BODIES
from spoils.findings import (
    Assessment,
    CanalFinding,
    DiscFinding,
    Measured,
    Measurement,
    NormalValue,
    Sex,
    VertebraFinding,
)
from spoils.messages import Message, message
from spoils.reference_values.reference import BOTH, PERCENTS, Cohort, ReferenceGroups, ReferenceValues, Spread, Who

__all__ = ["Build", "body_depth_mm", "place", "scaled", "with_normals"]

_POWER: Final = {"mm": 1, "mm2": 2, "mm3": 3, "1": 0}
"""How a unit grows with the size of the body; signal in the units of the image is not compared at all."""

_DEPTHS: Final = ("width_superior_mm", "width_mid_mm", "width_inferior_mm")
_SACRUM: Final = BODIES[-1]
_LEAST_BODIES: Final = 2

_Finding = TypeVar("_Finding", DiscFinding, VertebraFinding, CanalFinding)

_COHORTS: Final = {BOTH: "reference-patients", "F": "reference-women", "M": "reference-men"}
"""Messages of the groups that a percentile is taken among."""


@dataclass(frozen=True)
class Build:
    """What decides with whom a patient is compared: the sex, and the depth of the bodies; None where not known.

    Raises:
        ValueError: the depth is not above zero.
    """

    sex: Sex | None = None
    body_depth_mm: float | None = None

    def __post_init__(self) -> None:
        if self.body_depth_mm is not None and not self.body_depth_mm > 0:
            raise ValueError("bodies have a depth above zero")

    @classmethod
    def of(cls, sex: Sex | None, vertebrae: Sequence[VertebraFinding]) -> Build:
        """Return the build of a patient of ``sex`` whose bodies were measured."""
        return cls(sex, body_depth_mm({body.level: body.measurements for body in vertebrae}))


def body_depth_mm(bodies: Mapping[str, Mapping[str, Measured]]) -> float | None:
    """Return the mean depth of L1 to L5, from front to back; None with fewer than two of them measured whole.

    >>> wide = {name: Measurement(value=34, unit="mm", method="slice 7") for name in _DEPTHS}
    >>> body_depth_mm({"L4": wide, "L5": wide})
    34.0
    """
    depths_mm = []
    for level, measurements in bodies.items():
        found = [measurements.get(name) for name in _DEPTHS]
        values = [value.value for value in found if isinstance(value, Measurement)]
        if level != _SACRUM and len(values) == len(_DEPTHS):
            depths_mm.append(fmean(values))
    return fmean(depths_mm) if len(depths_mm) >= _LEAST_BODIES else None


def scaled(measurement: Measurement, from_depth_mm: float | None, to_depth_mm: float) -> float | None:
    """Return the value as it were in a patient whose bodies are ``to_depth_mm`` deep.

    None where it can't be compared between patients: a signal, or a length of a patient whose size is not known.

    >>> scaled(Measurement(value=10, unit="mm", method="slice 7"), 40.0, 36.0)
    9.0
    """
    power = _POWER.get(measurement.unit)
    if power == 0:
        return measurement.value
    if power is None or from_depth_mm is None:
        return None
    return float(measurement.value * (to_depth_mm / from_depth_mm) ** power)


def place(
    measurements: Mapping[str, Measured], level: str, build: Build, table: ReferenceValues
) -> dict[str, NormalValue]:
    """Say where each measurement lies in the table.

    Lengths and areas are compared for the size of the patient's bodies. The percentile is among everybody of the
    patient's sex (of both, where it is not known or the table holds too few), from 1 to 99: 1 means 1 or less. ``z``
    counts standard deviations from the mean of those whose discs there are healthy.

    Args:
        measurements: of one disc with its canal, or of one body, by name.
        level: of the disc or body.
        build: of the patient.
        table: normal values.

    Returns:
        By name, what the table knows; a measurement without normal values is left out.
    """
    placed = {}
    for name, groups in table.levels.get(level, {}).items():
        measured = measurements.get(name)
        if isinstance(measured, Measurement):
            value = scaled(measured, build.body_depth_mm, table.body_depth_mm)
            if value is not None:
                placed[name] = _placed(value, groups, build.sex)
    return placed


def with_normals(assessment: Assessment, table: ReferenceValues) -> Assessment:
    """Return ``assessment`` with every disc, body and canal placed in the table."""
    build = Build.of(assessment.study.sex, assessment.vertebrae)
    return assessment.model_copy(
        update={
            "discs": [_with_normal(disc, build, table) for disc in assessment.discs],
            "vertebrae": [_with_normal(body, build, table) for body in assessment.vertebrae],
            "canal": [_with_normal(canal, build, table) for canal in assessment.canal],
        }
    )


def _with_normal(finding: _Finding, build: Build, table: ReferenceValues) -> _Finding:
    placed = place(finding.measurements, finding.level, build, table)
    return finding.model_copy(update={"normal": placed})


def _placed(value: float, groups: ReferenceGroups, sex: Sex | None) -> NormalValue:
    who: Who = sex if sex is not None and sex in groups.cohort else BOTH
    cohort = groups.cohort[who]
    people, percentile = message(_COHORTS[who], count=cohort.n), _percentile(value, cohort)
    if who in groups.healthy:
        healthy = groups.healthy[who]
        return _normal(percentile, _z(value, healthy), message("reference-z-of-them", cohort=people, count=healthy.n))
    if BOTH in groups.healthy:
        healthy = groups.healthy[BOTH]
        return _normal(percentile, _z(value, healthy), message("reference-z-of-both", cohort=people, count=healthy.n))
    return _normal(percentile, None, people)


def _normal(percentile: float, z: float | None, group: Message) -> NormalValue:
    return NormalValue(percentile=percentile, z=z, group=str(group), group_wording=group)


def _percentile(value: float, cohort: Cohort) -> float:
    return float(np.interp(value, cohort.quantiles, PERCENTS))


def _z(value: float, healthy: Spread) -> float:
    return (value - healthy.mean) / healthy.sd
