"""Triage: from the classes of the discs and two patient-reported scores to a suggested pathway."""

from __future__ import annotations

from collections.abc import Mapping

from spoils.decision.case import Case, driving_disc
from spoils.decision.explanation import alternatives, rationale
from spoils.decision.policy import Policy, load_policy
from spoils.findings import Clinical, Recommendation

__all__ = ["triage"]


def triage(
    classes: Mapping[str, str], clinical: Clinical, *, refractory: bool = False, policy: Policy | None = None
) -> Recommendation:
    """Suggest a pathway for a patient.

    Args:
        classes: the class (``1L`` to ``5H``) of each graded disc level; ungraded discs are left out.
        clinical: ODI and NRS, null where not given; a missing score is never assumed.
        refractory: the complaint persists although the treatment for this class was tried.
        policy: the rules; None means the packaged ones.

    Raises:
        UsageError: no disc has a class, or a level or class is unknown.

    >>> from spoils.decision import score_nrs, score_odi
    >>> triage({"L4-L5": "4M"}, Clinical(odi=score_odi(44), nrs=score_nrs(7))).pathway.value
    'surgical-consultation'
    """
    policy = policy or load_policy()
    level = driving_disc(classes, policy)
    case = Case(
        driving_class=classes[level],
        odi=policy.odi_burden(clinical.odi.percent if clinical.odi else None),
        nrs=policy.nrs_burden(clinical.nrs.score if clinical.nrs else None),
        refractory=refractory,
    )
    return Recommendation(
        pathway=case.rule(policy).pathway,
        driving_level=level,
        driving_class=classes[level],
        rationale=rationale(classes, level, clinical, case, policy),
        alternatives=alternatives(case, policy),
        policy_version=policy.version,
    )
