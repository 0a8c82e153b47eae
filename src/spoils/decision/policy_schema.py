"""The entries of a policy file: what each part of the JSON text means, checked one by one.

How the parts fit together is checked where they meet, in ``rulebook`` and ``policy``.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from spoils.anatomy import DISCS
from spoils.decision.scales import Entry, Identifier, ScoreBand, Sourced, Words
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
    "WordedException",
]


class History(StrEnum):
    """How far treatment has gone for the stratum of the driving disc, from least to most."""

    OPEN = "open"
    """What the stratum asks to try first is not known to have failed."""
    REFRACTORY = "refractory"
    """It failed: the complaint persists."""
    EXHAUSTED = "exhausted"
    """What would come next failed too."""


class Statement(Sourced):
    """A sentence or phrase for the reader, with the key of its source."""

    words: Words


class Stratum(Sourced):
    """Classes that lead the same way, mildest first.

    ``tried`` says in words what was tried in vain if they are refractory, ``refractory_after`` which treatments must
    all have failed for that (none: only if the user says so). ``exhausted_after`` names the treatments that would come
    next: a failure of one of them means that nothing is left of what the stratum offers.
    """

    name: Words
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    tried: Words
    refractory_after: frozenset[Treatment]
    exhausted_after: frozenset[Treatment]

    def history(self, failed: frozenset[Treatment], *, refractory: bool) -> History:
        """Return how far treatment has gone, from what failed and whether the user calls the complaint refractory."""
        if self.exhausted_after & failed:
            return History.EXHAUSTED
        derived = bool(self.refractory_after) and self.refractory_after <= failed
        return History.REFRACTORY if refractory or derived else History.OPEN


class DrivingDisc(Sourced):
    """Which of several equally bad discs is named."""

    level_order: tuple[str, ...]
    reason: Words

    @model_validator(mode="after")
    def _all_levels_once(self) -> DrivingDisc:
        if sorted(self.level_order) != sorted(DISCS):
            raise ValueError(f"level_order must hold each of {', '.join(DISCS)} once")
        return self


class Complaint(Sourced):
    """How two scores are read together: the complaint for every pair of burdens, and what each one means."""

    words: dict[str, Words]
    by_odi_then_nrs: dict[ScoreBand, dict[ScoreBand, str]]
    reason: Words

    @model_validator(mode="after")
    def _every_pair(self) -> Complaint:
        for odi, nrs in product(ScoreBand, ScoreBand):
            name = self.by_odi_then_nrs.get(odi, {}).get(nrs)
            if name not in self.words:
                raise ValueError(f"the complaint for ODI {odi} and NRS {nrs} is not defined")
        return self


class Condition(Entry):
    """When a rule applies; ``histories`` or ``stable_deficit`` null means whatever they are."""

    strata: Annotated[frozenset[str], Field(min_length=1)]
    complaints: Annotated[frozenset[str], Field(min_length=1)]
    histories: Annotated[frozenset[History], Field(min_length=1)] | None = None
    stable_deficit: bool | None = None


class Rule(Sourced):
    """One line of the policy: condition, pathway, the reason in words and its source."""

    id: Identifier
    when: Condition
    pathway: Pathway
    reason: Words


class Urgency(Sourced):
    """The pathways from least to most urgent; a red flag is above all of them."""

    order: tuple[Pathway, ...]
    reason: Words

    @model_validator(mode="after")
    def _all_pathways_once(self) -> Urgency:
        if sorted(self.order) != sorted(Pathway):
            raise ValueError(f"order must hold each of {', '.join(Pathway)} once")
        return self


class WordedException(Sourced):
    """A place where something worse leads to a less urgent pathway, and why that is meant.

    ``worse`` is what gets worse while all else stays: from a case of one of ``from_rules`` to one of ``to_rules``.
    """

    id: Identifier
    worse: Literal["grade", "score", "history", "deficit"]
    from_rules: Annotated[frozenset[str], Field(min_length=1)]
    to_rules: Annotated[frozenset[str], Field(min_length=1)]
    words: Words


class RedFlags(Sourced):
    """Signs that stop every rule, each in words; this can't be switched off, only worded."""

    signs: dict[RedFlag, Words]
    words: Words
    pathway: Literal[Pathway.CLINICAL_REVIEW]
    urgent: Literal[True]
    reason: Words

    @model_validator(mode="after")
    def _every_sign(self) -> RedFlags:
        silent = set(RedFlag) - set(self.signs)
        if silent:
            raise ValueError(f"red flags without words: {', '.join(sorted(silent))}")
        return self


class DurationBand(Entry):
    """A named length of a complaint: from the end of the band before to below ``under_weeks`` (null: open)."""

    name: Words
    under_weeks: Annotated[FiniteFloat, Field(gt=0.0)] | None


class Duration(Sourced):
    """How the duration of the complaint is named. No rule uses it; ``reason`` says why."""

    bands: Annotated[tuple[DurationBand, ...], Field(min_length=1)]
    words: Words
    reason: Words

    @model_validator(mode="after")
    def _rising_to_the_open_end(self) -> Duration:
        ends = [band.under_weeks for band in self.bands]
        bounded = [end for end in ends[:-1] if end is not None]
        if ends[-1] is not None or len(bounded) != len(ends) - 1 or bounded != sorted(set(bounded)):
            raise ValueError("the bands of the duration must rise and only the last must be open")
        return self

    def band(self, weeks: float) -> DurationBand:
        """Return the band that holds ``weeks``."""
        return next(band for band in self.bands if band.under_weeks is None or weeks < band.under_weeks)


class Unsettled(Sourced):
    """What to do where classes that can't be ruled out lead to different pathways.

    It is always reported. Only if these classes could make the driving disc belong to both strata of one of the pairs
    ``review_between``, the suggestion becomes clinical review; ``words`` says so.
    """

    review_between: frozenset[tuple[str, str]]
    words: Words
    reason: Words


class Gap(Entry):
    """A question that the published triage leaves open, the answer of this policy, and why.

    ``answered_by`` holds the ids of the rules, or the names of the parts of the file, that carry the answer out.
    """

    question: Words
    answer: Words
    reason: Words
    answered_by: Annotated[tuple[str, ...], Field(min_length=1)]
