"""What is suggested, and what would change it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from spoils.findings.base import Finding, Wording
from spoils.messages import Message

__all__ = ["Counterfactual", "Pathway", "Recommendation"]


class Pathway(StrEnum):
    """Where the suggestion points. ``CLINICAL_REVIEW`` means that image and complaint don't agree or don't suffice."""

    SURGICAL_CONSULTATION = "surgical-consultation"
    INTERVENTIONAL_PAIN_MANAGEMENT = "interventional-pain-management"
    CONSERVATIVE = "conservative"
    CLINICAL_REVIEW = "clinical-review"


class Counterfactual(Finding):
    """One change that would lead to another pathway. ``change`` names it, as a sentence without its full stop.

    ``kind`` is a ``plausible-grade`` of the prediction sets, another ``grade``, ``score`` or ``history``, or a
    ``cut-off`` of the policy.
    """

    kind: Literal["plausible-grade", "grade", "score", "history", "cut-off"]
    change: Annotated[str, Field(min_length=1)]
    pathway: Pathway
    wording: Wording = None


class Recommendation(Finding):
    """A suggestion for a clinician to accept or override, with its reasons.

    ``urgent`` means that a red flag stopped every pathway. ``rule`` is the policy's rule that decided. ``settled`` says
    whether every class in the prediction sets leads to the same pathway; it is null where there are no sets.
    ``rationale_wording`` and ``alternatives_wording`` hold the message behind each sentence, or are empty.
    """

    pathway: Pathway
    driving_level: str | None
    driving_class: str | None
    rationale: list[str]
    alternatives: list[str]
    policy_version: str
    rationale_wording: list[Message] = Field(default_factory=list)
    alternatives_wording: list[Message] = Field(default_factory=list)
    urgent: bool = False
    rule: str | None = None
    settled: bool | None = None
    counterfactuals: list[Counterfactual] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_wording_for_each_sentence(self) -> Self:
        pairs = ((self.rationale, self.rationale_wording), (self.alternatives, self.alternatives_wording))
        if any(wordings and len(wordings) != len(sentences) for sentences, wordings in pairs):
            raise ValueError("every sentence has a wording, or none has")
        return self
