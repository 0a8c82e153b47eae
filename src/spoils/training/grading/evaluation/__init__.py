"""Figures of the graders: scores with intervals, subgroups, calibration and label issues."""

from spoils.training.grading.evaluation.label_gallery import label_gallery_page
from spoils.training.grading.evaluation.label_issues import (
    MIN_VOTER_KAPPA,
    LabelIssue,
    eligible_voters,
    find_label_issues,
    label_issues_csv,
)
from spoils.training.grading.evaluation.markdown import figures_text
from spoils.training.grading.evaluation.reports import (
    calibrated,
    figures_without_issues,
    findings_report,
    grader_report,
    subgroup_report,
)
from spoils.training.grading.evaluation.scores import (
    GRADE_INDEX_OF_CLASS,
    REPEATS,
    ScoredDiscs,
    ValueInterval,
    predicted_classes,
    score_discs,
)

__all__ = [
    "GRADE_INDEX_OF_CLASS",
    "MIN_VOTER_KAPPA",
    "REPEATS",
    "LabelIssue",
    "ScoredDiscs",
    "ValueInterval",
    "calibrated",
    "eligible_voters",
    "figures_text",
    "figures_without_issues",
    "find_label_issues",
    "findings_report",
    "grader_report",
    "label_gallery_page",
    "label_issues_csv",
    "predicted_classes",
    "score_discs",
    "subgroup_report",
]
