"""Decision: scoring of ODI and NRS, the triage policy as data, and triage. Knows findings, never images."""

from spoils.decision.discs import GradedDiscs
from spoils.decision.policy import Policy, load_policy, policy_text
from spoils.decision.questionnaire import Answers, clinical_of
from spoils.decision.scales import ScoreBand
from spoils.decision.scores import ODI_SECTIONS, OdiAnswer, score_nrs, score_odi, score_odi_items
from spoils.decision.table import TableRow, decision_table
from spoils.decision.triage import triage

__all__ = [
    "ODI_SECTIONS",
    "Answers",
    "GradedDiscs",
    "OdiAnswer",
    "Policy",
    "ScoreBand",
    "TableRow",
    "clinical_of",
    "decision_table",
    "load_policy",
    "policy_text",
    "score_nrs",
    "score_odi",
    "score_odi_items",
    "triage",
]
