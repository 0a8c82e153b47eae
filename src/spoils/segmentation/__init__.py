"""Segmentation: 14 regions on every slice, levels counted upward from S1, and whether to believe it."""

from spoils.segmentation.confidence import StructureConfidence
from spoils.segmentation.hint import LevelHint
from spoils.segmentation.limits import Limits, load_limits
from spoils.segmentation.naming import SACRUM, Naming, name_components
from spoils.segmentation.out_of_distribution import DETECTOR_NAME, SegmentationModels
from spoils.segmentation.predict import INT8_NAME, MODEL_NAME, predict
from spoils.segmentation.preprocess import PIXEL_MM, STRIDE, normalised, padded, resampled
from spoils.segmentation.segment import Segmentation, label_picture, name_slice, segment
from spoils.segmentation.slice_kind import (
    KIND_FIELD,
    KIND_MODEL_NAME,
    KIND_PIXEL_MM,
    KINDS,
    T2,
    TURNS,
    UPRIGHT,
    SliceKind,
    kind_picture,
    look_at,
)
from spoils.segmentation.suitability import refused_kind
from spoils.segmentation.ways import WayToCount

__all__ = [
    "DETECTOR_NAME",
    "INT8_NAME",
    "KINDS",
    "KIND_FIELD",
    "KIND_MODEL_NAME",
    "KIND_PIXEL_MM",
    "MODEL_NAME",
    "PIXEL_MM",
    "SACRUM",
    "STRIDE",
    "T2",
    "TURNS",
    "UPRIGHT",
    "LevelHint",
    "Limits",
    "Naming",
    "Segmentation",
    "SegmentationModels",
    "SliceKind",
    "StructureConfidence",
    "WayToCount",
    "kind_picture",
    "label_picture",
    "load_limits",
    "look_at",
    "name_components",
    "name_slice",
    "normalised",
    "padded",
    "predict",
    "refused_kind",
    "resampled",
    "segment",
]
