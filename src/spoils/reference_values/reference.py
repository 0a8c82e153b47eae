"""The reference table: sums over a cohort by level, measurement and sex, and nothing of any single patient."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from spoils.anatomy import BODIES, DISCS
from spoils.errors import InputUnreadable
from spoils.findings import BODY_MEASUREMENTS, CANAL_MEASUREMENTS, DISC_MEASUREMENTS
from spoils.messages import message

__all__ = [
    "BOTH",
    "LEAST_PATIENTS",
    "PERCENTS",
    "Cohort",
    "ReferenceGroups",
    "ReferenceValues",
    "Spread",
    "load_reference_values",
    "read_reference",
]

PERCENTS: Final = (1, 5, 10, 25, 50, 75, 90, 95, 99)
"""Percentiles that are kept of every cohort."""

LEAST_PATIENTS: Final = 20
"""A smaller group is not kept: its figures would be uncertain and close to single patients."""

BOTH: Final = "both"

Who = Literal["both", "F", "M"]
"""Whose values: of both sexes, of women or of men."""

_Words = Annotated[str, Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(_Entry):
    """Mean and standard deviation of one measurement in ``n`` patients."""

    n: Annotated[int, Field(ge=LEAST_PATIENTS)]
    mean: FiniteFloat
    sd: Annotated[FiniteFloat, Field(gt=0.0)]


class Cohort(Spread):
    """The same with the percentiles ``PERCENTS``."""

    quantiles: Annotated[tuple[FiniteFloat, ...], Field(min_length=len(PERCENTS), max_length=len(PERCENTS))]

    @model_validator(mode="after")
    def _rising(self) -> Cohort:
        if list(self.quantiles) != sorted(self.quantiles):
            raise ValueError("percentiles rise")
        return self


class ReferenceGroups(_Entry):
    """One measurement at one level: all patients (``cohort``) and those whose discs there are ``healthy``.

    Groups with too few patients are left out; ``cohort`` of both sexes is always there.
    """

    cohort: dict[Who, Cohort]
    healthy: dict[Who, Spread]

    @model_validator(mode="after")
    def _not_empty(self) -> ReferenceGroups:
        if BOTH not in self.cohort:
            raise ValueError("a measurement needs the cohort of both sexes")
        return self


class ReferenceValues(_Entry):
    """Normal values by level and measurement.

    Lengths are of patients scaled to bodies ``body_depth_mm`` deep, areas by its square: the pixels of the cohort's
    pictures are known up to a factor only. ``made_from`` says in words and hashes what the table was made from.
    ``people`` and ``healthy`` are the groups that the messages of a placed measurement name; a table of other people
    needs other messages.
    """

    version: _Words
    source: _Words
    people: Literal["patients with back pain"]
    healthy: Literal["whose discs here have Pfirrmann grade 1 or 2"]
    patients: dict[Who, Annotated[int, Field(ge=0)]]
    body_depth_mm: Annotated[FiniteFloat, Field(gt=0.0)]
    made_from: dict[str, str]
    levels: dict[str, dict[str, ReferenceGroups]]

    @model_validator(mode="after")
    def _known_names(self) -> ReferenceValues:
        for level, groups in self.levels.items():
            known = {*BODY_MEASUREMENTS} if level in BODIES else {*DISC_MEASUREMENTS, *CANAL_MEASUREMENTS}
            if level not in (*BODIES, *DISCS) or not set(groups) <= known:
                raise ValueError(f"{level!r} is no level or holds measurements of another kind")
        return self


def read_reference(path: Path) -> ReferenceValues:
    """Read a reference table.

    Raises:
        InputUnreadable: the file is missing or no such table.
    """
    try:
        return ReferenceValues.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputUnreadable(message("no-reference-table", file=path.name)) from error


@cache
def load_reference_values() -> ReferenceValues:
    """Return the packaged table.

    >>> load_reference_values().people
    'patients with back pain'
    """
    content = (resources.files("spoils.reference_values") / "reference.json").read_bytes()
    return ReferenceValues.model_validate_json(content)
