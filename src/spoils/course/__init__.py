"""One patient over time: assessments compared, each change against its error and against what matters to patients."""

from spoils.course.compare import compare
from spoils.course.errors import BODY_WIDTH, MeasuredError, MeasuredErrors, Repeats, detectable_with, load_errors
from spoils.course.importance import Importance, load_importance
from spoils.course.model import COURSE_SCHEMA_VERSION, Change, Course, DiscCourse, Verdict, Visit
from spoils.course.read import read_assessment
from spoils.course.words import change_figure, item_words, pathway_words, signed, value_figure, verdict_words

__all__ = [
    "BODY_WIDTH",
    "COURSE_SCHEMA_VERSION",
    "Change",
    "Course",
    "DiscCourse",
    "Importance",
    "MeasuredError",
    "MeasuredErrors",
    "Repeats",
    "Verdict",
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
