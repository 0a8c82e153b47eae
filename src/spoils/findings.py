"""The result model: what one assessment says. Its JSON schema is public and versioned.

A quantity is either a ``Measurement`` or a ``NotMeasured`` with the reason; never NaN, zero or a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator

from spoils.anatomy import BODIES, DISCS, GRADE_CLASSES

__all__ = [
    "BODY_MEASUREMENTS",
    "CANAL_MEASUREMENTS",
    "DISC_MEASUREMENTS",
    "RESEARCH_USE",
    "SCHEMA_VERSION",
    "Assessment",
    "CanalFinding",
    "Clinical",
    "Confidence",
    "Deficit",
    "DiscFinding",
    "Flag",
    "Grade",
    "Measured",
    "Measurement",
    "ModelUsed",
    "NormalValue",
    "NotMeasured",
    "NrsScore",
    "OdiScore",
    "Pathway",
    "Person",
    "Provenance",
    "Quality",
    "Recommendation",
    "RedFlag",
    "Severity",
    "Sex",
    "Study",
    "Treatment",
    "VertebraFinding",
    "WhatIf",
    "measured_or_missing",
]

SCHEMA_VERSION: Final = "1.3"
RESEARCH_USE: Final = "Research use only. Not a medical device. Not for diagnosis or treatment decisions."

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

Unit = Literal["mm", "mm2", "mm3", "1", "signal"]
Probability = Annotated[FiniteFloat, Field(ge=0.0, le=1.0)]


class _Finding(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measurement(_Finding):
    """A measured quantity. ``method`` names how, e.g. ``mid-slice`` or ``sum over 9 slices``."""

    value: FiniteFloat
    unit: Unit
    method: str


class NotMeasured(_Finding):
    """A quantity that could not be measured, and why."""

    not_measured: Annotated[str, Field(min_length=1)]


Measured = Measurement | NotMeasured


def measured_or_missing(found: Mapping[str, Measured] | None, names: Iterable[str]) -> dict[str, Measured]:
    """Return ``found``, or for a structure that was not found every measurement by name as not measured."""
    return dict(found) if found else {name: NotMeasured(not_measured="not found on the image") for name in names}


class NormalValue(_Finding):
    """Where a measurement lies among others of its level: ``percentile`` of the cohort, ``z`` from healthy ones.

    ``z`` is null where the reference holds too few healthy structures. ``group`` says in words who they are.
    """

    percentile: Annotated[FiniteFloat, Field(ge=0.0, le=100.0)]
    z: FiniteFloat | None
    group: Annotated[str, Field(min_length=1)]


class Flag(_Finding):
    """Something the reader must know: a stable ``code`` for programs and a plain sentence for people."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    message: Annotated[str, Field(min_length=1)]


class Grade(_Finding):
    """Pfirrmann grade 1-5 with the probability of each, keyed ``"1"`` to ``"5"``."""

    grade: Annotated[int, Field(ge=1, le=5)]
    probabilities: dict[Literal["1", "2", "3", "4", "5"], Probability]


class Severity(_Finding):
    """Spondylosis severity low, moderate or high, with the probability of each.

    ``reasons`` name the likely findings that it rests on, and say so where these make another severity.
    """

    grade: Literal["L", "M", "H"]
    probabilities: dict[Literal["L", "M", "H"], Probability]
    reasons: list[str] = Field(default_factory=list)


class Confidence(_Finding):
    """How far to trust a structure: the probability of its kind within its outline, and that it is this level."""

    outline: Probability
    level: Probability


class DiscFinding(_Finding):
    """One disc level. Ungraded means ``label``, ``pfirrmann`` and ``severity`` are all null and a flag says why.

    ``explanation`` is one plain sentence on what the grade rests on; ``confidence`` is null where no disc was found.
    ``contributions`` say how much each kind of measured feature adds to the log-odds (natural) of the Pfirrmann grade;
    ``findings`` are the probabilities of narrowing, bulging and the like. Both are empty where they are not known.
    ``normal`` places measurements, by name, among those of others.
    """

    level: str
    label: str | None = None
    label_probabilities: dict[str, Probability] = Field(default_factory=dict)
    prediction_set: list[str] = Field(default_factory=list)
    pfirrmann: Grade | None = None
    severity: Severity | None = None
    explanation: str | None = None
    contributions: dict[str, FiniteFloat] = Field(default_factory=dict)
    findings: dict[str, Probability] = Field(default_factory=dict)
    confidence: Confidence | None = None
    measurements: dict[str, Measured] = Field(default_factory=dict)
    normal: dict[str, NormalValue] = Field(default_factory=dict)
    flags: list[Flag] = Field(default_factory=list)

    @field_validator("level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level not in DISCS:
            raise ValueError(f"{level!r} is not a disc level")
        return level

    @model_validator(mode="after")
    def _graded_whole_or_not_at_all(self) -> DiscFinding:
        named = set(self.label_probabilities) | set(self.prediction_set)
        if self.label is not None:
            named.add(self.label)
        if not named <= set(GRADE_CLASSES):
            raise ValueError(f"unknown classes {sorted(named - set(GRADE_CLASSES))}")
        parts = (self.label is not None, self.pfirrmann is not None, self.severity is not None)
        if len(set(parts)) != 1:
            raise ValueError("label, pfirrmann and severity come together or not at all")
        if self.label is None and not self.flags:
            raise ValueError("an ungraded disc needs a flag that says why")
        return self


class VertebraFinding(_Finding):
    """One vertebral body. ``confidence`` is null where it was not found."""

    level: str
    confidence: Confidence | None = None
    measurements: dict[str, Measured]
    normal: dict[str, NormalValue] = Field(default_factory=dict)

    @field_validator("level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level not in BODIES:
            raise ValueError(f"{level!r} is not a vertebral body")
        return level


class CanalFinding(_Finding):
    """The spinal canal at the height of one disc."""

    level: str
    measurements: dict[str, Measured]
    normal: dict[str, NormalValue] = Field(default_factory=dict)

    @field_validator("level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level not in DISCS:
            raise ValueError(f"{level!r} is not a disc level")
        return level


class ModelUsed(_Finding):
    """A model that took part, by name and the SHA-256 of its weights."""

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Provenance(_Finding):
    """What produced the result. The hash of the policy is that of its file."""

    spoils: str
    models: list[ModelUsed]
    policy_version: str | None
    policy_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


Sex = Literal["M", "F"]


class Study(_Finding):
    """What was assessed. ``spacing_mm`` is slice, row, column; ``mid_slice`` counts from 0 at the patient's right.

    ``acquired``, ``sex`` and ``age_years`` are null where neither the input nor the user tells them.
    """

    modality: str
    series_uid: str | None
    spacing_mm: tuple[float, float, float]
    slices: Annotated[int, Field(ge=1)]
    mid_slice: Annotated[int, Field(ge=0)]
    source: str
    """Kind of input and why this series was chosen; never a path or a name."""
    acquired: date | None = None
    sex: Sex | None = None
    age_years: Annotated[int, Field(ge=0, le=130)] | None = None


class Person(_Finding):
    """Who was imaged, for documents that stay with the patient; never part of an assessment, a log or a file name.

    Null or empty where the input does not say.
    """

    name: str = ""
    patient_id: str = ""
    born: date | None = None
    accession: str = ""


class Quality(_Finding):
    """Whether the input and its segmentation are good enough to be graded."""

    usable: bool
    flags: list[Flag]


class OdiScore(_Finding):
    """Oswestry Disability Index: percent, its band and how many of the ten sections were answered (null: a total)."""

    percent: Annotated[FiniteFloat, Field(ge=0.0, le=100.0)]
    band: str
    answered: Annotated[int, Field(ge=8, le=10)] | None


class NrsScore(_Finding):
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
    """A neurological deficit of the legs; one that grows is a red flag."""

    NONE = "none"
    STABLE = "stable"
    PROGRESSIVE = "progressive"


class Treatment(StrEnum):
    """Treatments that a patient may have tried in vain."""

    DRUGS = "drugs"
    PHYSIOTHERAPY = "physiotherapy"
    INJECTION = "injection"
    SURGERY = "surgery"


class Clinical(_Finding):
    """What the patient and the examination tell; null or empty where not given, which never means absent.

    ``nrs`` is the score that counts: the one given, or the higher of back and leg. ``failed`` are treatments after
    which the complaint persists; ``refractory`` says so for whatever the discs' class asks to try first.
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


class Pathway(StrEnum):
    """Where the suggestion points. ``CLINICAL_REVIEW`` means that image and complaint don't agree or don't suffice."""

    SURGICAL_CONSULTATION = "surgical-consultation"
    INTERVENTIONAL_PAIN_MANAGEMENT = "interventional-pain-management"
    CONSERVATIVE = "conservative"
    CLINICAL_REVIEW = "clinical-review"


class WhatIf(_Finding):
    """One thing that, were it otherwise, would lead elsewhere; ``change`` says what, as a sentence without its end.

    ``kind`` is a ``plausible-grade`` of the prediction sets, another ``grade``, ``score`` or ``history``, or a
    ``cut-off`` of the policy.
    """

    kind: Literal["plausible-grade", "grade", "score", "history", "cut-off"]
    change: Annotated[str, Field(min_length=1)]
    pathway: Pathway


class Recommendation(_Finding):
    """A suggestion for a clinician to accept or override, with its reasons.

    ``urgent`` means that a red flag stopped every pathway. ``rule`` is the policy's rule that decided. ``settled`` says
    whether every class in the prediction sets leads to the same pathway, null where there are no sets.
    """

    pathway: Pathway
    driving_level: str | None
    driving_class: str | None
    rationale: list[str]
    alternatives: list[str]
    policy_version: str
    urgent: bool = False
    rule: str | None = None
    settled: bool | None = None
    what_if: list[WhatIf] = Field(default_factory=list)


class Assessment(_Finding):
    """The whole result: the content of ``assessment.json``. Its sentences are in ``language``."""

    schema_version: Literal["1.3"] = SCHEMA_VERSION
    language: Literal["en", "de", "hi"] = "en"
    notice: Literal["Research use only. Not a medical device. Not for diagnosis or treatment decisions."] = RESEARCH_USE
    created: datetime
    provenance: Provenance
    study: Study
    quality: Quality
    discs: list[DiscFinding]
    vertebrae: list[VertebraFinding]
    canal: list[CanalFinding]
    clinical: Clinical
    recommendation: Recommendation | None

    @model_validator(mode="after")
    def _unusable_means_no_advice(self) -> Assessment:
        graded = any(disc.label is not None for disc in self.discs)
        if not self.quality.usable and (graded or self.recommendation is not None):
            raise ValueError("an unusable input is neither graded nor given a pathway")
        return self
