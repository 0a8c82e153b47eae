"""Triage: from the classes of the discs and what the patient reports to a suggested pathway, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from spoils.decision.alternatives import alternatives
from spoils.decision.clinical_state import ClinicalState, clinical_state_of
from spoils.decision.counterfactuals import counterfactuals
from spoils.decision.decide import DecisionContext, decide
from spoils.decision.discs import GradedDiscs
from spoils.decision.policy import RED_FLAG_RULE, Policy
from spoils.decision.rationale import rationale, red_flag_reason
from spoils.findings import Clinical, Recommendation
from spoils.messages import message

__all__ = ["triage"]

_NO_SETS: Mapping[str, Sequence[str]] = MappingProxyType({})


def triage(
    classes: Mapping[str, str],
    clinical: Clinical,
    *,
    policy: Policy,
    prediction_sets: Mapping[str, Sequence[str]] = _NO_SETS,
) -> Recommendation:
    """Suggest a pathway for a patient.

    Args:
        classes: the class (``1L`` to ``5H``) of each graded disc level; ungraded discs are left out. It may be empty
            where a red flag is given, which stops every pathway whatever the image shows.
        clinical: scores, red flags, deficit and history, null or empty where not given; a missing score is never
            assumed.
        policy: the rules.
        prediction_sets: for levels with a class, the classes that can't be ruled out.

    Raises:
        UsageError: no disc has a class and no red flag is given, or a level or class is unknown.

    >>> from spoils.decision import Answers, clinical_of, load_policy
    >>> policy = load_policy()
    >>> triage({"L4-L5": "4M"}, clinical_of(Answers(odi_percent=44, nrs=7), policy), policy=policy).pathway.value
    'surgical-consultation'
    """
    clinical_state = clinical_state_of(clinical, policy)
    if clinical_state.red_flags and not classes:
        return _stopped(clinical_state, policy)
    discs = GradedDiscs(classes, prediction_sets)
    decision = decide(discs, clinical_state, policy)
    context = DecisionContext(discs, clinical, clinical_state, policy, decision)
    reasons, others = rationale(context), alternatives(context)
    level = discs.driving_level(policy)
    return Recommendation(
        pathway=decision.pathway,
        driving_level=level,
        driving_class=classes[level],
        rationale=[str(reason) for reason in reasons],
        rationale_wording=reasons,
        alternatives=[str(other) for other in others],
        alternatives_wording=others,
        policy_version=policy.version,
        urgent=decision.urgent,
        rule=decision.decided_by,
        settled=decision.settled,
        counterfactuals=counterfactuals(context),
    )


def _stopped(clinical_state: ClinicalState, policy: Policy) -> Recommendation:
    """Return what a red flag demands where no disc was graded."""
    reasons = [red_flag_reason(clinical_state, policy), message("no-disc-graded")]
    return Recommendation(
        pathway=policy.red_flags.pathway,
        driving_level=None,
        driving_class=None,
        rationale=[str(reason) for reason in reasons],
        rationale_wording=reasons,
        alternatives=[],
        policy_version=policy.version,
        urgent=True,
        rule=RED_FLAG_RULE,
    )
