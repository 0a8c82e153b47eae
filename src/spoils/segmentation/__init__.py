"""Segmentation: 14 regions on every slice, levels counted upward from S1, and whether to believe it."""

from spoils.segmentation.confidence import Confidence
from spoils.segmentation.familiarity import FAMILIARITY_NAME, SegmentationModels
from spoils.segmentation.hint import LevelHint
from spoils.segmentation.limits import Limits
from spoils.segmentation.naming import SACRUM, Naming, name_parts
from spoils.segmentation.predict import EIGHT_BITS_NAME, MODEL_NAME, predict
from spoils.segmentation.preprocess import PIXEL_MM, STRIDE
from spoils.segmentation.segment import Segmentation, label_picture, name_slice, segment

__all__ = [
    "EIGHT_BITS_NAME",
    "FAMILIARITY_NAME",
    "MODEL_NAME",
    "PIXEL_MM",
    "SACRUM",
    "STRIDE",
    "Confidence",
    "LevelHint",
    "Limits",
    "Naming",
    "Segmentation",
    "SegmentationModels",
    "label_picture",
    "name_parts",
    "name_slice",
    "predict",
    "segment",
]
