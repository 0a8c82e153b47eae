"""Error of measurement as data: measured by ``spoils reference-values errors``, kept in ``errors.json``."""

from __future__ import annotations

import math
from functools import cache
from importlib import resources
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

__all__ = ["BODY_WIDTH", "MeasuredError", "MeasuredErrors", "Repeats", "detectable_with", "load_errors"]

BODY_WIDTH: Final = "width_mid_mm"
"""Of vertebral bodies, which keep their size: it shows whether two images have the same scale."""

_Z95: Final = 1.96
_Text = Annotated[str, Field(min_length=1)]
_Positive = Annotated[FiniteFloat, Field(gt=0.0)]
_Count = Annotated[int, Field(ge=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Repeats(_Model):
    """The differences between paired measurements of real patients.

    ``within_95`` is the size that 95 % of the differences do not exceed, whatever their distribution. ``sem`` is the
    standard error of one measurement that corresponds to it. Both are shares where the error is relative.
    """

    pairs: _Count
    patients: _Count
    sd_of_differences: _Positive
    within_95: _Positive
    sem: _Positive


class MeasuredError(_Model):
    """Standard error of one measurement, a share of its value where ``relative``, and the repeats it comes from."""

    sem: _Positive
    relative: bool
    basis: _Text
    repeats: dict[str, Repeats]

    @model_validator(mode="after")
    def _from_its_basis(self) -> MeasuredError:
        if self.basis not in self.repeats or self.repeats[self.basis].sem != self.sem:
            raise ValueError("the standard error is that of its basis")
        return self

    def detectable(self, first: float, last: float) -> float:
        """Return the smallest change from ``first`` to ``last`` that is more than chance, with 95 % certainty.

        >>> found = Repeats(pairs=20, patients=9, sd_of_differences=0.7, within_95=1.39, sem=0.5)
        >>> error = MeasuredError(sem=0.5, relative=False, basis="contours", repeats={"contours": found})
        >>> round(error.detectable(9.0, 10.0), 2)
        1.39
        """
        scale = (abs(first) + abs(last)) / 2 if self.relative else 1.0
        return detectable_with(self.sem) * scale


def detectable_with(sem: float) -> float:
    """Return the smallest detectable change of two measurements that both have this standard error (SDC95)."""
    return _Z95 * math.sqrt(2) * sem


class MeasuredErrors(_Model):
    """The error of each measurement by its public name.

    ``bases`` says how the errors were measured, ``limits`` what they do not include.
    """

    version: _Text
    bases: dict[str, _Text]
    limits: _Text
    measurements: dict[str, MeasuredError]

    @model_validator(mode="after")
    def _known_bases(self) -> MeasuredErrors:
        if not {basis for error in self.measurements.values() for basis in error.repeats} <= set(self.bases):
            raise ValueError("every basis is described")
        return self


@cache
def load_errors() -> MeasuredErrors:
    """Return the packaged errors.

    >>> load_errors().measurements["volume_mm3"].relative
    True
    """
    return MeasuredErrors.model_validate_json((resources.files("spoils.followup") / "errors.json").read_bytes())
