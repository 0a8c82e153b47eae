"""Graders: from disc volumes or features to the eleven classes, all behind one interface."""

from spoils.training.grading.models.base import Discs, FittedGrader, Grader

__all__ = ["Discs", "FittedGrader", "Grader"]
