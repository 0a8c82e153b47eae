"""What the patient reports, and what the examination shows."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, FiniteFloat

from spoils.findings.base import Finding

__all__ = ["Clinical", "Deficit", "NrsScore", "OdiScore", "RedFlag", "Treatment"]


class OdiScore(Finding):
    """Oswestry Disability Index: percent, its band and how many of the ten sections were answered (null: a total)."""

    percent: Annotated[FiniteFloat, Field(ge=0.0, le=100.0)]
    band: str
    answered: Annotated[int, Field(ge=8, le=10)] | None


class NrsScore(Finding):
    """Numeric rating scale of pain, 0 to 10, and its band."""

    score: Annotated[FiniteFloat, Field(ge=0.0, le=10.0)]
    band: str


class RedFlag(StrEnum):
    """Signs that stop any pathway, as they need urgent assessment."""

    CAUDA_EQUINA = "cauda-equina"
    FRACTURE = "fracture"
    INFECTION = "infection"
    TUMOUR = "tumour"
    PROGRESSIVE_DEFICIT = "progressive-deficit"


class Deficit(StrEnum):
    """A neurological deficit of the legs; a progressive one is a red flag."""

    NONE = "none"
    STABLE = "stable"
    PROGRESSIVE = "progressive"


class Treatment(StrEnum):
    """Treatments that a patient may have tried without success."""

    DRUGS = "drugs"
    PHYSIOTHERAPY = "physiotherapy"
    INJECTION = "injection"
    SURGERY = "surgery"


class Clinical(Finding):
    """Scores, examination and history; null or empty where not given, which never means absent.

    ``nrs`` is the score that counts: the one given, or the higher of back and leg. ``failed`` names the treatments
    after which the complaint persists. ``refractory`` means that it persists after whatever should be tried first for
    the class of the discs.
    """

    odi: OdiScore | None
    nrs: NrsScore | None
    nrs_back: NrsScore | None = None
    nrs_leg: NrsScore | None = None
    red_flags: list[RedFlag] = Field(default_factory=list)
    deficit: Deficit | None = None
    duration_weeks: Annotated[FiniteFloat, Field(ge=0.0)] | None = None
    failed: list[Treatment] = Field(default_factory=list)
    refractory: bool = False
