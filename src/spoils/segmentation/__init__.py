"""Segmentation: 14 regions on every slice, levels counted upward from S1, and whether to believe it."""

from spoils.segmentation.naming import Naming, name_parts
from spoils.segmentation.predict import MODEL_NAME
from spoils.segmentation.preprocess import PIXEL_MM, STRIDE
from spoils.segmentation.quality import SACRUM, Limits
from spoils.segmentation.segment import Segmentation, label_picture, name_slice, segment

__all__ = [
    "MODEL_NAME",
    "PIXEL_MM",
    "SACRUM",
    "STRIDE",
    "Limits",
    "Naming",
    "Segmentation",
    "label_picture",
    "name_parts",
    "name_slice",
    "segment",
]
