"""Decoding of DICOM pixel data, compressed or not, into one array per stack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array

from spoils.errors import InputUnreadable
from spoils.io.dicom_headers import DicomFrame
from spoils.io.dicom_objects import DAMAGED_DICOM, DicomObject, decodable, header_of, read_whole
from spoils.io.library_warnings import warnings_logged
from spoils.messages import message

__all__ = ["DecodedStack", "decode_stack"]


@dataclass(frozen=True, eq=False)
class DecodedStack:
    """The frames of one stack, decoded.

    ``pixels`` are float32 (slice, row, column) of rescaled values. ``headers`` has the header of each frame's object,
    without pixel data; frames of one object share it.
    """

    pixels: npt.NDArray[np.float32]
    headers: tuple[Dataset, ...]


def decode_stack(frames: tuple[DicomFrame, ...]) -> DecodedStack:
    """Decode the frames of one stack, in their order; each object is read once.

    MONOCHROME1 is inverted, so that more signal is always a higher value.

    Raises:
        InputUnreadable: pixel data are cut off, damaged or in an unknown encoding.
    """
    pixels = np.empty((len(frames), *frames[0].shape), dtype=np.float32)
    positions: dict[int, list[int]] = {}
    for position, frame in enumerate(frames):
        positions.setdefault(id(frame.source), []).append(position)
    headers: dict[int, Dataset] = {}
    for object_id, wanted in positions.items():
        headers[object_id] = _decode(frames[wanted[0]].source, ((k, frames[k]) for k in wanted), pixels)
    if frames[0].photometric == "MONOCHROME1":
        pixels = pixels.max() + pixels.min() - pixels
    return DecodedStack(pixels, tuple(headers[id(frame.source)] for frame in frames))


def _decode(source: DicomObject, wanted: Iterable[tuple[int, DicomFrame]], pixels: npt.NDArray[np.float32]) -> Dataset:
    """Decode the wanted frames of an object into their places in ``pixels``; return its header."""
    try:
        with warnings_logged():
            dataset = read_whole(source)
            header, image = header_of(dataset), decodable(dataset)
            for position, frame in wanted:
                stored = pixel_array(image, index=frame.index)
                pixels[position] = stored.astype(np.float32) * frame.slope + frame.intercept
            return header
    except DAMAGED_DICOM as error:
        raise InputUnreadable(message("dicom-pixels-damaged")) from error
