"""What is suggested, and what would change it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

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
    """One thing that, were it otherwise, would lead elsewhere; ``change`` says what, as a sentence without its end.

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
    whether every class in the prediction sets leads to the same pathway, null where there are no sets.
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
