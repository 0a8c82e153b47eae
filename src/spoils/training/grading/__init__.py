"""Fitting, cross-validation and release of the disc graders."""

from spoils.training.grading.cross_validation import fit_grading
from spoils.training.grading.fit import GradingPlan
from spoils.training.grading.protocols import ByPatient, BySlice, SplitPredictions, SplitProtocol, fit_to, run_protocol
from spoils.training.grading.release import register_graders

__all__ = [
    "ByPatient",
    "BySlice",
    "GradingPlan",
    "SplitPredictions",
    "SplitProtocol",
    "fit_grading",
    "fit_to",
    "register_graders",
    "run_protocol",
]
