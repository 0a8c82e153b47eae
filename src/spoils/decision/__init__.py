"""Decision: scoring of ODI and NRS, the triage policy as data, and triage. Knows findings, never images."""

from spoils.decision.intake import Answers, clinical_of
from spoils.decision.policy import Policy, load_policy
from spoils.decision.scales import Burden
from spoils.decision.scores import ODI_SECTIONS, OdiAnswer, score_nrs, score_odi, score_odi_items
from spoils.decision.triage import triage

__all__ = [
    "ODI_SECTIONS",
    "Answers",
    "Burden",
    "OdiAnswer",
    "Policy",
    "clinical_of",
    "load_policy",
    "score_nrs",
    "score_odi",
    "score_odi_items",
    "triage",
]
