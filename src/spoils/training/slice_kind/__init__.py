"""The network that says what a slice shows: its pictures, fits, figures and release."""

from spoils.training.slice_kind.cross_validation import (
    cross_validate_kinds,
    judge_folds,
    kind_document,
    pictures_of,
    plan_of,
)
from spoils.training.slice_kind.fit import KindPlan
from spoils.training.slice_kind.release import register_kinds

__all__ = [
    "KindPlan",
    "cross_validate_kinds",
    "judge_folds",
    "kind_document",
    "pictures_of",
    "plan_of",
    "register_kinds",
]
