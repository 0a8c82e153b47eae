"""The decision itself: red flags first, then the one rule that applies, then the uncertainty of the grades."""

from __future__ import annotations

from dataclasses import dataclass

from spoils.decision.clinical_state import ClinicalState
from spoils.decision.discs import GradedDiscs
from spoils.decision.policy import RED_FLAG_RULE, UNSETTLED_RULE, Policy
from spoils.decision.policy_schema import Rule
from spoils.findings import Clinical, Pathway

__all__ = ["Decision", "DecisionContext", "decide"]


@dataclass(frozen=True)
class Decision:
    """What was decided: ``rule`` is that of the classes as graded, ``decided_by`` the id of what had the last word.

    ``settled`` says whether all classes that can't be ruled out lead to the same pathway (None: no sets are known).
    ``reach`` holds the pathways that they lead to, in the order of the classes.
    """

    pathway: Pathway
    decided_by: str
    rule: Rule
    settled: bool | None
    reach: tuple[Pathway, ...]

    @property
    def urgent(self) -> bool:
        """Whether a red flag decided."""
        return self.decided_by == RED_FLAG_RULE


@dataclass(frozen=True)
class DecisionContext:
    """A decision with everything that it rests on, for the modules that explain it."""

    discs: GradedDiscs
    clinical: Clinical
    clinical_state: ClinicalState
    policy: Policy
    decision: Decision


def decide(discs: GradedDiscs, clinical_state: ClinicalState, policy: Policy) -> Decision:
    """Decide for a patient."""
    own_class = discs.classes[discs.driving_level(policy)]
    rule = _rule(own_class, clinical_state, policy)
    if clinical_state.red_flags:
        stop = policy.red_flags.pathway
        return Decision(stop, RED_FLAG_RULE, rule, True if discs.prediction_sets else None, (stop,))
    drivers = discs.possible_drivers(policy)
    reach = tuple(dict.fromkeys(_rule(driver, clinical_state, policy).pathway for driver in drivers))
    settled = len(reach) == 1 if discs.prediction_sets else None
    strata = {policy.stratum(driver).name for driver in drivers}
    if settled is False and any(strata.issuperset(pair) for pair in policy.unsettled.review_between):
        return Decision(Pathway.CLINICAL_REVIEW, UNSETTLED_RULE, rule, settled, reach)
    return Decision(rule.pathway, rule.id, rule, settled, reach)


def _rule(grade_class: str, clinical_state: ClinicalState, policy: Policy) -> Rule:
    return policy.rule(clinical_state.case(policy.stratum(grade_class)))
