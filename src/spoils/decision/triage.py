"""Triage: from the classes of the discs and what the patient tells to a suggested pathway, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from spoils.decision.alternatives import alternatives
from spoils.decision.clinical_state import ClinicalState, clinical_state_of
from spoils.decision.counterfactuals import counterfactuals
from spoils.decision.discs import GradedDiscs
from spoils.decision.explanation import Decided, rationale, red_flag_reason
from spoils.decision.policy import RED_FLAG_RULE, Policy, load_policy
from spoils.decision.verdict import decide
from spoils.findings import Clinical, Recommendation
from spoils.messages import Translator, translator_for

__all__ = ["triage"]

_NO_SETS: Mapping[str, Sequence[str]] = MappingProxyType({})


def triage(
    classes: Mapping[str, str],
    clinical: Clinical,
    *,
    policy: Policy | None = None,
    prediction_sets: Mapping[str, Sequence[str]] = _NO_SETS,
    translator: Translator | None = None,
) -> Recommendation:
    """Suggest a pathway for a patient.

    Args:
        classes: the class (``1L`` to ``5H``) of each graded disc level; ungraded discs are left out. None at all is
            enough for a red flag, which waits for no image.
        clinical: scores, red flags, deficit and history, null or empty where not given; a missing score is never
            assumed.
        policy: the rules; None means the packaged ones.
        prediction_sets: for levels with a class, the classes that can't be ruled out.
        translator: the language of the reasons; None means English.

    Raises:
        UsageError: no disc has a class and no red flag is given, or a level or class is unknown.

    >>> from spoils.decision import score_nrs, score_odi
    >>> triage({"L4-L5": "4M"}, Clinical(odi=score_odi(44), nrs=score_nrs(7))).pathway.value
    'surgical-consultation'
    """
    policy, translator = policy or load_policy(), translator or translator_for()
    clinical_state = clinical_state_of(clinical, policy)
    if clinical_state.red_flags and not classes:
        return _stopped(clinical_state, policy, translator)
    discs = GradedDiscs(classes, prediction_sets)
    verdict = decide(discs, clinical_state, policy)
    decided = Decided(discs, clinical, clinical_state, policy, verdict)
    level = discs.driving_level(policy)
    return Recommendation(
        pathway=verdict.pathway,
        driving_level=level,
        driving_class=classes[level],
        rationale=rationale(decided, translator),
        alternatives=alternatives(decided, translator),
        policy_version=policy.version,
        urgent=verdict.urgent,
        rule=verdict.decided_by,
        settled=verdict.settled,
        counterfactuals=counterfactuals(decided, translator),
    )


def _stopped(clinical_state: ClinicalState, policy: Policy, translator: Translator) -> Recommendation:
    """Return what a red flag demands where no disc was graded."""
    return Recommendation(
        pathway=policy.red_flags.pathway,
        driving_level=None,
        driving_class=None,
        rationale=[red_flag_reason(clinical_state, policy, translator), translator.gettext("No disc could be graded.")],
        alternatives=[],
        policy_version=policy.version,
        urgent=True,
        rule=RED_FLAG_RULE,
    )
