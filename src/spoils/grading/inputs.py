"""What the image grader sees of a disc volume."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spoils.discs import DiscVolume

__all__ = ["CHANNELS", "graded_slice", "image_input"]

CHANNELS: tuple[str, ...] = ("signal", "mask")
"""Channels of the image grader's input in order: signal relative to CSF, clipped, and the disc's contour."""

_BRIGHTEST = 1.5
"""Fat and flow artefacts may be much brighter than CSF; how much says nothing of the disc."""


def graded_slice(volume: DiscVolume) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return signal and mask (rows, columns) of the middle slice: the graders know mid-sagittal slices only."""
    middle = len(volume.pixels) // 2
    return volume.pixels[middle], volume.mask[middle] > 0.5


def image_input(volume: DiscVolume) -> npt.NDArray[np.float32]:
    """Return ``CHANNELS`` of a disc, float32 (channel, row, column)."""
    signal, mask = graded_slice(volume)
    return np.stack((np.clip(signal, 0.0, _BRIGHTEST), mask.astype(np.float32)))
