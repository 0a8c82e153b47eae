"""Decoding of DICOM pixel data, compressed or not, into one array per stack."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.pixels.utils import pixel_array

from spoils.errors import InputUnreadable
from spoils.io.dicom_headers import DAMAGED_DICOM, DicomFrame
from spoils.io.quiet import warnings_logged
from spoils.messages import message

__all__ = ["stack_pixels"]


def stack_pixels(frames: tuple[DicomFrame, ...]) -> npt.NDArray[np.float32]:
    """Decode the frames of one stack, in their order, to float32 (slice, row, column) of rescaled values.

    MONOCHROME1 is turned over, so that more signal is always a higher value.

    Raises:
        InputUnreadable: pixel data are cut off, damaged or in an unknown encoding.
    """
    pixels = np.empty((len(frames), *frames[0].shape), dtype=np.float32)
    in_file_order = sorted(range(len(frames)), key=lambda position: str(frames[position].path))
    for path, positions in groupby(in_file_order, key=lambda position: frames[position].path):
        _decode_file(path, [(position, frames[position]) for position in positions], pixels)
    if frames[0].photometric == "MONOCHROME1":
        pixels = pixels.max() + pixels.min() - pixels
    return pixels


def _decode_file(path: Path, wanted: Iterable[tuple[int, DicomFrame]], pixels: npt.NDArray[np.float32]) -> None:
    try:
        with warnings_logged():
            dataset = pydicom.dcmread(path)
            for position, frame in wanted:
                stored = pixel_array(dataset, index=frame.index)
                pixels[position] = stored.astype(np.float32) * frame.slope + frame.intercept
    except DAMAGED_DICOM as error:
        raise InputUnreadable(message("dicom-pixels-damaged")) from error
