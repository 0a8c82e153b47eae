"""Graders: from disc images or features to the eleven classes, all behind one interface."""

from spoils.training.grading.models.base import FittedGrader, Grader
from spoils.training.grading.models.boosting import BoostingPlan
from spoils.training.grading.models.registry import GRADERS, build_grader
from spoils.training.grading.models.tabular import TabularGrader

__all__ = ["GRADERS", "BoostingPlan", "FittedGrader", "Grader", "TabularGrader", "build_grader"]
