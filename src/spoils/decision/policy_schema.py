"""The schema of a policy file: what each part means. Each part is checked by itself.

How the parts fit together is checked in ``rules``, ``policy`` and ``policy_validation``.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from spoils.anatomy import DISCS
from spoils.decision.scales import Identifier, PolicyPart, ScoreBand, SourcedPart, Text
from spoils.findings import Pathway, RedFlag, Treatment

__all__ = [
    "Complaint",
    "Condition",
    "DrivingDisc",
    "Duration",
    "DurationBand",
    "Gap",
    "History",
    "RedFlags",
    "Rule",
    "Statement",
    "Stratum",
    "Unsettled",
    "Urgency",
    "UrgencyException",
]


class History(StrEnum):
    """How far treatment has gone for the stratum of the driving disc, from least to most."""

    OPEN = "open"
    """What the stratum asks to try first is not known to have failed."""
    REFRACTORY = "refractory"
    """It failed: the complaint persists."""
    EXHAUSTED = "exhausted"
    """What would come next failed too."""


class Statement(SourcedPart):
    """A sentence or phrase for the reader, with the key of its source."""

    words: Text


class Stratum(SourcedPart):
    """Classes that lead the same way, mildest first.

    ``refractory_after`` names the treatments that must all have failed before the complaint counts as refractory
    (none: only if the user says so), and ``tried`` says this in words. ``exhausted_after`` names the treatments that
    would come next: after a failure of one of them nothing is left of what the stratum offers.
    """

    name: Text
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    tried: Text
    refractory_after: frozenset[Treatment]
    exhausted_after: frozenset[Treatment]

    def history(self, failed: frozenset[Treatment], *, refractory: bool) -> History:
        """Return how far treatment has gone, from what failed and whether the user calls the complaint refractory."""
        if self.exhausted_after & failed:
            return History.EXHAUSTED
        derived = bool(self.refractory_after) and self.refractory_after <= failed
        return History.REFRACTORY if refractory or derived else History.OPEN


class DrivingDisc(SourcedPart):
    """Which of several equally bad discs is named."""

    level_order: tuple[str, ...]
    reason: Text

    @model_validator(mode="after")
    def _all_levels_once(self) -> Self:
        if sorted(self.level_order) != sorted(DISCS):
            raise ValueError(f"level_order must hold each of {', '.join(DISCS)} once")
        return self


class Complaint(SourcedPart):
    """How two scores are read together: the complaint for every pair of score bands, and what each one means."""

    words: dict[str, Text]
    by_odi_then_nrs: dict[ScoreBand, dict[ScoreBand, str]]
    reason: Text

    @model_validator(mode="after")
    def _every_pair(self) -> Self:
        for odi, nrs in product(ScoreBand, ScoreBand):
            name = self.by_odi_then_nrs.get(odi, {}).get(nrs)
            if name not in self.words:
                raise ValueError(f"the complaint for ODI {odi} and NRS {nrs} is not defined")
        return self


class Condition(PolicyPart):
    """When a rule applies. Null for ``histories`` or ``stable_deficit`` means that any value will do."""

    strata: Annotated[frozenset[str], Field(min_length=1)]
    complaints: Annotated[frozenset[str], Field(min_length=1)]
    histories: Annotated[frozenset[History], Field(min_length=1)] | None = None
    stable_deficit: bool | None = None


class Rule(SourcedPart):
    """One line of the policy: condition, pathway, the reason in words and its source."""

    id: Identifier
    when: Condition
    pathway: Pathway
    reason: Text


class Urgency(SourcedPart):
    """The pathways from least to most urgent; a red flag is above all of them."""

    order: tuple[Pathway, ...]
    reason: Text

    @model_validator(mode="after")
    def _all_pathways_once(self) -> Self:
        if sorted(self.order) != sorted(Pathway):
            raise ValueError(f"order must hold each of {', '.join(Pathway)} once")
        return self


class UrgencyException(SourcedPart):
    """A place where a worse finding leads to a less urgent pathway on purpose, and why.

    ``worse`` is what gets worse while all else stays the same: from a case of one of ``from_rules`` to a case of one of
    ``to_rules``.
    """

    id: Identifier
    worse: Literal["grade", "score", "history", "deficit"]
    from_rules: Annotated[frozenset[str], Field(min_length=1)]
    to_rules: Annotated[frozenset[str], Field(min_length=1)]
    words: Text


class RedFlags(SourcedPart):
    """Signs that stop every rule. They can be reworded but not switched off."""

    signs: dict[RedFlag, Text]
    words: Text
    pathway: Literal[Pathway.CLINICAL_REVIEW]
    urgent: Literal[True]
    reason: Text

    @model_validator(mode="after")
    def _every_sign(self) -> Self:
        missing = set(RedFlag) - set(self.signs)
        if missing:
            raise ValueError(f"red flags without words: {', '.join(sorted(missing))}")
        return self


class DurationBand(PolicyPart):
    """A named length of a complaint: from the end of the band before to below ``under_weeks`` (null: open)."""

    name: Text
    under_weeks: Annotated[FiniteFloat, Field(gt=0.0)] | None


class Duration(SourcedPart):
    """How the duration of the complaint is named. No rule uses it; ``reason`` says why."""

    bands: Annotated[tuple[DurationBand, ...], Field(min_length=1)]
    words: Text
    reason: Text

    @model_validator(mode="after")
    def _rising_to_the_open_end(self) -> Self:
        ends = [band.under_weeks for band in self.bands]
        bounded = [end for end in ends[:-1] if end is not None]
        if ends[-1] is not None or len(bounded) != len(ends) - 1 or bounded != sorted(set(bounded)):
            raise ValueError("the bands of the duration must rise and only the last must be open")
        return self

    def band(self, weeks: float) -> DurationBand:
        """Return the band that holds ``weeks``."""
        return next(band for band in self.bands if band.under_weeks is None or weeks < band.under_weeks)


class Unsettled(SourcedPart):
    """What to do where classes that can't be ruled out lead to different pathways.

    This is always reported. The suggestion becomes clinical review only if these classes could put the driving disc
    into either stratum of one of the pairs in ``review_between``; ``words`` says so.
    """

    review_between: frozenset[tuple[str, str]]
    words: Text
    reason: Text


class Gap(PolicyPart):
    """A question that the published triage leaves open, the answer of this policy, and why.

    ``answered_by`` holds the ids of the rules, or the names of the parts of the file, that implement the answer.
    """

    question: Text
    answer: Text
    reason: Text
    answered_by: Annotated[tuple[str, ...], Field(min_length=1)]
