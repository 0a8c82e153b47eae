"""The whole result, where it comes from and what it was made of."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from spoils.findings.advice import Recommendation
from spoils.findings.alarms import Alarm
from spoils.findings.alignment import Alignment
from spoils.findings.base import Finding, Moment, Probability, Wording
from spoils.findings.clinical import Clinical
from spoils.findings.corrections import AppliedCorrection
from spoils.findings.structures import CanalFinding, DiscFinding, Flag, VertebraFinding

__all__ = [
    "RESEARCH_USE",
    "SCHEMA_VERSION",
    "Assessment",
    "Counting",
    "LevelAt",
    "ModelUsed",
    "Person",
    "Provenance",
    "Quality",
    "Sex",
    "Study",
]

SCHEMA_VERSION: Final = "1.5"
RESEARCH_USE: Final = "Research use only. Not a medical device. Not for diagnosis or treatment decisions."


class ModelUsed(Finding):
    """A model that took part, by name and the SHA-256 of its weights."""

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Provenance(Finding):
    """What produced the result. The hash of the policy is that of its file."""

    spoils: str
    models: list[ModelUsed]
    policy_version: str | None
    policy_name: str | None = None
    policy_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


Sex = Literal["M", "F"]


class Study(Finding):
    """What was assessed. ``spacing_mm`` is slice, row, column; ``mid_slice`` counts from 0 at the patient's right.

    ``study_uid``, ``acquired``, ``sex`` and ``age_years`` are null where neither the input nor the user tells them.
    """

    modality: str
    series_uid: str | None
    spacing_mm: tuple[float, float, float]
    slices: Annotated[int, Field(ge=1)]
    mid_slice: Annotated[int, Field(ge=0)]
    source: str
    """Kind of input and why this series was chosen; never a path or a name."""
    source_wording: Wording = None
    study_uid: str | None = None
    acquired: date | None = None
    sex: Sex | None = None
    age_years: Annotated[int, Field(ge=0, le=130)] | None = None
    instance_number: int | None = None
    """DICOM InstanceNumber of the graded slice; of a multi-frame image, the number of its frame, from 1."""


class Person(Finding):
    """Who was imaged, for documents that stay with the patient; never part of an assessment, a log or a file name.

    Null or empty where the input does not say.
    """

    name: str = ""
    patient_id: str = ""
    born: date | None = None
    accession: str = ""


class LevelAt(Finding):
    """A body or disc given by one of its pixels on the middle slice, and the level that it has.

    Pixels are those of the input, counted from 0 at the top left, with the head up and the front to the left.
    """

    row: Annotated[int, Field(ge=0)]
    column: Annotated[int, Field(ge=0)]
    level: str


class Counting(Finding):
    """One way to count the levels: what it calls the lowest disc that was found, and how probable it is.

    ``lowest_disc`` is a disc level, or ``S1-S2`` where the count begins one disc further up. ``used`` says whether the
    levels of this result are counted so. ``level_at`` chooses this way when it is given with the next run.
    """

    lowest_disc: str
    probability: Probability
    used: bool
    level_at: LevelAt


class Quality(Finding):
    """Whether the input and its segmentation are good enough to be graded.

    ``countings`` are the ways to count the levels, the likeliest first; empty where a person set the levels, and in
    results before schema 1.5.
    """

    usable: bool
    flags: list[Flag]
    countings: list[Counting] = Field(default_factory=list)


class Assessment(Finding):
    """The whole result: the content of ``assessment.json``.

    Its sentences are English. Beside each stands its ``wording``, the message id with its values, from which documents
    are written in ``language``. ``alarms`` are what must not be overlooked; results before schema 1.4 have none.
    """

    schema_version: Literal["1.5"] = SCHEMA_VERSION
    language: Literal["en", "de", "hi"] = "en"
    notice: Literal["Research use only. Not a medical device. Not for diagnosis or treatment decisions."] = RESEARCH_USE
    created: Moment
    provenance: Provenance
    study: Study
    quality: Quality
    alarms: list[Alarm] = Field(default_factory=list)
    discs: list[DiscFinding]
    vertebrae: list[VertebraFinding]
    canal: list[CanalFinding]
    alignment: Alignment | None = None
    """How the bodies stand to each other; results before schema 1.5 have none."""
    clinical: Clinical
    recommendation: Recommendation | None
    corrections: list[AppliedCorrection] = Field(default_factory=list)
    report_text: str | None = None
    """Draft of the radiology report in ``language``, added when the result is written."""
    """What persons corrected, in order; the findings are those after them."""

    @model_validator(mode="after")
    def _unusable_means_no_advice(self) -> Assessment:
        graded = any(disc.label is not None for disc in self.discs)
        if not self.quality.usable and (graded or self.recommendation is not None):
            raise ValueError("an unusable input is neither graded nor given a pathway")
        return self
