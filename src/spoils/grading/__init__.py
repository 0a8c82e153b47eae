"""Grading of discs: image grader and geometry grader, the mean of their answers, its calibration and its reason."""

from spoils.grading.calibration import Calibration
from spoils.grading.classes import (
    GRADES,
    SEVERITIES,
    grade_of,
    grade_probabilities,
    severity_of,
    severity_probabilities,
)
from spoils.grading.contributions import FEATURE_KINDS
from spoils.grading.features import FEATURES, feature_rows
from spoils.grading.grade import DiscGrade, grade_discs
from spoils.grading.graders import GEOMETRY_GRADER, IMAGE_GRADER, EnsembleRecord, Graders, UsualValues
from spoils.grading.inputs import CHANNELS, image_input
from spoils.grading.measured_findings import count_measured
from spoils.grading.severity_rules import FINDINGS, SeverityRules, likely_points, possible_findings, severity_rules

__all__ = [
    "CHANNELS",
    "FEATURES",
    "FEATURE_KINDS",
    "FINDINGS",
    "GEOMETRY_GRADER",
    "GRADES",
    "IMAGE_GRADER",
    "SEVERITIES",
    "Calibration",
    "DiscGrade",
    "EnsembleRecord",
    "Graders",
    "SeverityRules",
    "UsualValues",
    "count_measured",
    "feature_rows",
    "grade_discs",
    "grade_of",
    "grade_probabilities",
    "image_input",
    "likely_points",
    "possible_findings",
    "severity_of",
    "severity_probabilities",
    "severity_rules",
]
