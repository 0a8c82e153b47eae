"""The rules of a policy and the cases that they decide."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

from pydantic import model_validator

from spoils.anatomy import GRADE_CLASSES
from spoils.decision.policy_schema import Complaint, History, Rule, Stratum, Urgency, UrgencyException
from spoils.decision.scales import PolicyPart, ScoreBand
from spoils.findings import Pathway

__all__ = ["PolicyCase", "RuleSet"]

_SEVERITIES = "LMH"


@dataclass(frozen=True)
class PolicyCase:
    """One patient as the rules see it: stratum of the driving disc, both scores, treatment so far, deficit."""

    stratum: str
    odi: ScoreBand
    nrs: ScoreBand
    history: History = History.OPEN
    stable_deficit: bool = False


class RuleSet(PolicyPart):
    """Strata, complaints and the rules on them. ``strata`` run from mild to severe, so they also order the classes.

    Raises:
        pydantic.ValidationError: a class is missing, double or out of order, or a rule names what does not exist.
    """

    strata: tuple[Stratum, ...]
    complaint: Complaint
    urgency: Urgency
    rules: tuple[Rule, ...]
    exceptions: tuple[UrgencyException, ...]

    @model_validator(mode="after")
    def _names_are_defined(self) -> Self:
        if sorted(self.class_order) != sorted(GRADE_CLASSES):
            raise ValueError(f"the strata must hold each of {', '.join(GRADE_CLASSES)} once")
        self._require_worse_after_milder()
        names = {stratum.name for stratum in self.strata}
        if len(names) != len(self.strata):
            raise ValueError("strata share a name")
        for rule in self.rules:
            unknown = (rule.when.strata - names) | (rule.when.complaints - set(self.complaint.words))
            if unknown:
                raise ValueError(f"the rule {rule.id} names what is not defined: {', '.join(sorted(unknown))}")
        return self

    def _require_worse_after_milder(self) -> None:
        for place, name in enumerate(self.class_order):
            for later in self.class_order[place + 1 :]:
                if later[0] <= name[0] and _SEVERITIES.index(later[1]) <= _SEVERITIES.index(name[1]):
                    raise ValueError(f"class {later} is listed after {name}, but neither grade nor severity is worse")

    @cached_property
    def class_order(self) -> tuple[str, ...]:
        """The eleven classes from mildest to worst, in the order that chooses the driving disc."""
        return tuple(name for stratum in self.strata for name in stratum.classes)

    @cached_property
    def _stratum_of(self) -> dict[str, Stratum]:
        return {name: stratum for stratum in self.strata for name in stratum.classes}

    def stratum(self, grade_class: str) -> Stratum:
        """Return the stratum of one of the eleven classes."""
        return self._stratum_of[grade_class]

    def complaint_of(self, case: PolicyCase) -> str:
        """Return the name of the complaint that both scores together make."""
        return self.complaint.by_odi_then_nrs[case.odi][case.nrs]

    def rules_for(self, case: PolicyCase) -> tuple[Rule, ...]:
        """Return the rules that apply to a case: exactly one in a validated policy."""
        return tuple(rule for rule in self.rules if self._holds(rule, case))

    def rule(self, case: PolicyCase) -> Rule:
        """Return the rule that decides a case."""
        return self.rules_for(case)[0]

    def urgency_of(self, pathway: Pathway) -> int:
        """Return the place of a pathway among all, 0 for the least urgent."""
        return self.urgency.order.index(pathway)

    def _holds(self, rule: Rule, case: PolicyCase) -> bool:
        when = rule.when
        return (
            case.stratum in when.strata
            and self.complaint_of(case) in when.complaints
            and (when.histories is None or case.history in when.histories)
            and when.stable_deficit in {None, case.stable_deficit}
        )
