"""Scoring of segmentations against expert contours."""

from spoils.training.segmentation.evaluation.document import evaluation_document, write_evaluation
from spoils.training.segmentation.evaluation.installed import score_installed

__all__ = ["evaluation_document", "score_installed", "write_evaluation"]
