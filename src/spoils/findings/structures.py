"""What is found of each disc, vertebral body and stretch of the canal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from spoils.anatomy import GRADE_CLASSES
from spoils.findings.base import BodyLevel, DiscLevel, Finding, Probability, Wording
from spoils.findings.measured import Measured, NormalValue
from spoils.messages import Message

__all__ = ["CanalFinding", "Confidence", "DiscFinding", "Flag", "Grade", "Severity", "VertebraFinding"]


class Flag(Finding):
    """Something the reader must know: a stable ``code`` for programs and an English sentence for people."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    message: Annotated[str, Field(min_length=1)]
    wording: Wording = None

    @classmethod
    def of(cls, code: str, message: Message) -> Flag:
        """Return the flag that says ``message``."""
        return cls(code=code, message=str(message), wording=message)


class Grade(Finding):
    """Pfirrmann grade 1-5 with the probability of each, keyed ``"1"`` to ``"5"``."""

    grade: Annotated[int, Field(ge=1, le=5)]
    probabilities: dict[Literal["1", "2", "3", "4", "5"], Probability]


class Severity(Finding):
    """Spondylosis severity low, moderate or high, with the probability of each.

    ``reasons`` name the likely findings that it rests on, and say so where these make another severity.
    """

    grade: Literal["L", "M", "H"]
    probabilities: dict[Literal["L", "M", "H"], Probability]
    reasons: list[str] = Field(default_factory=list)
    reasons_wording: list[Message] = Field(default_factory=list)


class Confidence(Finding):
    """How far to trust a structure: the probability of its kind within its outline, and that it is this level."""

    outline: Probability
    level: Probability


class DiscFinding(Finding):
    """One disc level. Ungraded means ``label``, ``pfirrmann`` and ``severity`` are all null and a flag says why.

    ``explanation`` is one plain sentence on what the grade rests on; ``confidence`` is null where no disc was found.
    ``contributions`` say how much each kind of measured feature adds to the log-odds (natural) of the Pfirrmann grade;
    ``findings`` are the probabilities of narrowing, bulging and the like. Both are empty where they are not known.
    ``normal`` places measurements, by name, among those of others.
    """

    level: DiscLevel
    label: str | None = None
    label_probabilities: dict[str, Probability] = Field(default_factory=dict)
    prediction_set: list[str] = Field(default_factory=list)
    pfirrmann: Grade | None = None
    severity: Severity | None = None
    explanation: str | None = None
    explanation_wording: Wording = None
    contributions: dict[str, FiniteFloat] = Field(default_factory=dict)
    findings: dict[str, Probability] = Field(default_factory=dict)
    confidence: Confidence | None = None
    measurements: dict[str, Measured] = Field(default_factory=dict)
    normal: dict[str, NormalValue] = Field(default_factory=dict)
    flags: list[Flag] = Field(default_factory=list)

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


class VertebraFinding(Finding):
    """One vertebral body. ``confidence`` is null where it was not found."""

    level: BodyLevel
    confidence: Confidence | None = None
    measurements: dict[str, Measured]
    normal: dict[str, NormalValue] = Field(default_factory=dict)


class CanalFinding(Finding):
    """The spinal canal at the height of one disc; ``stenosis`` is null where it was not graded."""

    level: DiscLevel
    measurements: dict[str, Measured]
    stenosis: Literal["none", "relative", "absolute"] | None = None
    normal: dict[str, NormalValue] = Field(default_factory=dict)
