"""One patient over time: assessments compared, each change against its error and against what matters to patients."""

from spoils.followup.compare import compare
from spoils.followup.errors import BODY_WIDTH, MeasuredError, MeasuredErrors, Repeats, detectable_with, load_errors
from spoils.followup.importance import Importance, load_importance
from spoils.followup.model import FOLLOW_UP_SCHEMA_VERSION, Change, ChangeVerdict, DiscFollowUp, FollowUp, Visit
from spoils.followup.read import read_assessment
from spoils.followup.words import change_figure, item_words, pathway_words, signed, value_figure, verdict_words

__all__ = [
    "BODY_WIDTH",
    "FOLLOW_UP_SCHEMA_VERSION",
    "Change",
    "ChangeVerdict",
    "DiscFollowUp",
    "FollowUp",
    "Importance",
    "MeasuredError",
    "MeasuredErrors",
    "Repeats",
    "Visit",
    "change_figure",
    "compare",
    "detectable_with",
    "item_words",
    "load_errors",
    "load_importance",
    "pathway_words",
    "read_assessment",
    "signed",
    "value_figure",
    "verdict_words",
]
