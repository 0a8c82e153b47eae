"""Fitting, cross-validation and release of the segmentation network."""

from spoils.training.segmentation.cross_validation import (
    cross_validate,
    exported_folds,
    release_cross_validated,
    score_folds,
    score_space_folds,
)
from spoils.training.segmentation.fit import fit_segmentation
from spoils.training.segmentation.int8 import release_int8
from spoils.training.segmentation.out_of_distribution import release_detector
from spoils.training.segmentation.plan import SegmentationPlan
from spoils.training.segmentation.release import drafted_models, release_segmentation

__all__ = [
    "SegmentationPlan",
    "cross_validate",
    "drafted_models",
    "exported_folds",
    "fit_segmentation",
    "release_cross_validated",
    "release_detector",
    "release_int8",
    "release_segmentation",
    "score_folds",
    "score_space_folds",
]
