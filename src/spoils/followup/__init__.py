"""Follow-up: assessments of one patient compared, each change with its error and with what matters to patients."""

from spoils.followup.compare import compare
from spoils.followup.errors import BODY_WIDTH, MeasuredError, MeasuredErrors, Repeats, detectable_with, load_errors
from spoils.followup.importance import Importance, load_importance
from spoils.followup.model import FOLLOW_UP_SCHEMA_VERSION, Change, ChangeVerdict, DiscFollowUp, FollowUp, Visit
from spoils.followup.names import item_name, verdict_name
from spoils.followup.read import read_assessment

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
    "compare",
    "detectable_with",
    "item_name",
    "load_errors",
    "load_importance",
    "read_assessment",
    "verdict_name",
]
