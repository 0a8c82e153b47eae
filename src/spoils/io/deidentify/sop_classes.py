"""Which DICOM objects can be cleaned attribute by attribute: scanner images, not screen captures or documents."""

from __future__ import annotations

from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    MRImageStorage,
)

__all__ = ["exclusion_reason"]

_SCANNER_IMAGES: Final = frozenset(
    {
        MRImageStorage,
        EnhancedMRImageStorage,
        LegacyConvertedEnhancedMRImageStorage,
        CTImageStorage,
        EnhancedCTImageStorage,
        LegacyConvertedEnhancedCTImageStorage,
        ComputedRadiographyImageStorage,
        DigitalXRayImageStorageForPresentation,
        DigitalXRayImageStorageForProcessing,
    }
)
_SCREEN = frozenset({"SCREEN SAVE", "SCREEN_SAVE", "SCREENSHOT", "SECONDARY CAPTURE"})


def exclusion_reason(dataset: Dataset) -> str | None:
    """Return why an object can't be cleaned, as the id of a message, or None.

    Reports and documents carry identity in their content, secondary captures and screen shots in their pixels.
    """
    kinds = dataset.get("ImageType") or []
    words = {str(kind).strip().upper() for kind in ([kinds] if isinstance(kinds, str) else kinds)}
    if dataset.get("SOPClassUID") not in _SCANNER_IMAGES or "PixelData" not in dataset:
        return "left-out-not-scanner-image"
    if words & _SCREEN or "ConversionType" in dataset or dataset.get("SamplesPerPixel", 1) != 1:
        return "left-out-screen"
    if str(dataset.get("BurnedInAnnotation", "")).upper() == "YES":
        return "left-out-burned-in"
    if dataset.get("RecognizableVisualFeatures") == "YES":
        return "left-out-recognisable"
    return None
