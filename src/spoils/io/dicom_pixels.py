"""Decoding of DICOM pixel data, compressed or not, into one array per stack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.utils import pixel_array
from pydicom.uid import JPEG2000TransferSyntaxes, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes

from spoils.errors import InputUnreadable
from spoils.io.code_streams import CodeStreamSize, size_of_code_stream
from spoils.io.dicom_headers import DicomFrame
from spoils.io.dicom_objects import DAMAGED_DICOM, DicomObject, decodable, header_of, read_whole
from spoils.io.dicom_values import is_padding, stored_values
from spoils.io.library_warnings import warnings_logged
from spoils.io.limits import MAX_DAMAGED_FRACTION, MAX_SIGNAL
from spoils.messages import message

__all__ = ["DecodedStack", "decode_frame", "decode_stack"]

_WITH_STATED_SIZE = frozenset({*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes})


@dataclass(frozen=True, eq=False)
class DecodedStack:
    """The frames of one stack, decoded.

    ``pixels`` are float32 (slice, row, column) of rescaled values, which can't be written to. ``headers`` has the
    header of each frame's object, without pixel data; frames of one object share it. ``frames`` are those that were
    decoded: some at either end may be missing, whose pixel data are damaged.
    """

    pixels: npt.NDArray[np.float32]
    headers: tuple[Dataset, ...]
    frames: tuple[DicomFrame, ...]


def decode_stack(frames: tuple[DicomFrame, ...]) -> DecodedStack:
    """Decode the frames of one stack, in their order; each object is read once.

    MONOCHROME1 is inverted, so that more signal is always a higher value. A few damaged frames at the ends are left
    out.

    Raises:
        InputUnreadable: pixel data are cut off, damaged or in an unknown encoding.
    """
    whole = np.empty((len(frames), *frames[0].shape), dtype=np.float32)
    positions: dict[int, list[int]] = {}
    for position, frame in enumerate(frames):
        positions.setdefault(id(frame.source), []).append(position)
    headers: dict[int, Dataset] = {}
    damage: dict[int, InputUnreadable] = {}
    for object_id, wanted in positions.items():
        try:
            headers[object_id] = _decode(frames[wanted[0]].source, ((k, frames[k]) for k in wanted), whole)
        except InputUnreadable as error:
            damage |= dict.fromkeys(wanted, error)
    kept = _without_damage(len(frames), damage)
    pixels, frames = whole[kept], frames[kept]
    _fill_background(pixels)
    if frames[0].photometric == "MONOCHROME1":
        np.subtract(pixels.max() + pixels.min(), pixels, out=pixels)
    for array in (whole, pixels):
        array.setflags(write=False)
    return DecodedStack(pixels, tuple(headers[id(frame.source)] for frame in frames), frames)


def _fill_background(pixels: npt.NDArray[np.float32]) -> None:
    """Give padding, which is not a number here, the lowest value of the series, as air has."""
    lowest = np.fmin.reduce(pixels, axis=None)
    for one in pixels:  # a slice at a time: masks of a whole series take as much memory as a quarter of it
        one[np.isnan(one)] = 0.0 if np.isnan(lowest) else lowest


def _without_damage(count: int, damage: dict[int, InputUnreadable]) -> slice:
    """Return the run of undamaged slices, where only a few at the ends are damaged.

    Raises:
        InputUnreadable: a slice in between is damaged, or too many are.
    """
    sound = [position for position in range(count) if position not in damage]
    if damage and (len(damage) > MAX_DAMAGED_FRACTION * count or sound[-1] - sound[0] >= len(sound)):
        raise next(iter(damage.values()))
    return slice(sound[0], sound[-1] + 1)


def _decode(source: DicomObject, wanted: Iterable[tuple[int, DicomFrame]], pixels: npt.NDArray[np.float32]) -> Dataset:
    """Decode the wanted frames of an object into their places in ``pixels``; return its header."""
    try:
        with warnings_logged():
            dataset = read_whole(source)
            header, image = header_of(dataset), decodable(dataset)
            for position, frame in wanted:
                if abs(frame.slope) > MAX_SIGNAL or abs(frame.intercept) > MAX_SIGNAL:
                    raise InputUnreadable(message("pixels-not-finite"))
                stored = stored_values(decode_frame(image, frame.index), image)
                values = stored.astype(np.float32) * frame.slope + frame.intercept
                values[is_padding(stored, header)] = np.nan
                pixels[position] = values
            return header
    except DAMAGED_DICOM as error:
        raise InputUnreadable(message("dicom-pixels-damaged")) from error


def decode_frame(dataset: Dataset, index: int) -> npt.NDArray[np.generic]:
    """Decode one frame, from 0, whose code stream has the size that the header states.

    Raises:
        InputUnreadable: the code stream states another size.
        Exception: one of ``DAMAGED_DICOM``.
    """
    if dataset.file_meta.TransferSyntaxUID in _WITH_STATED_SIZE:
        stated = CodeStreamSize(int(dataset.Rows), int(dataset.Columns), int(dataset.get("SamplesPerPixel", 1)))
        if size_of_code_stream(_encoded_frame(dataset, index)) != stated:
            raise InputUnreadable(message("code-stream-differs"))
    return pixel_array(dataset, index=index)


def _encoded_frame(dataset: Dataset, index: int) -> bytes:
    tables: Sequence[bytes] = [dataset.get(name) for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")]
    return get_frame(
        dataset.PixelData,
        index,
        number_of_frames=int(dataset.get("NumberOfFrames") or 1),
        extended_offsets=(tables[0], tables[1]) if all(tables) else None,
    )
