"""DICOM objects, whether stored in files or already read: their headers and their pixels."""

from __future__ import annotations

import copy
import struct
import zlib
from collections.abc import Sequence
from typing import Final, TypeAlias

import pydicom
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import ExplicitVRLittleEndian

from spoils.io.dicom_limits import require_bounded_file, require_shallow
from spoils.io.inputs import FileSource

__all__ = [
    "DAMAGED_DICOM",
    "DicomObject",
    "decodable",
    "header_of",
    "is_dicom",
    "read_file",
    "read_header",
    "read_whole",
]

DicomObject: TypeAlias = FileSource | Dataset
"""A DICOM file, or a dataset in memory. What is read from it is never written into it."""

DAMAGED_DICOM: Final = (
    BytesLengthException,
    InvalidDicomError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What pydicom and its decoders raise on a broken or unsupported file."""

_PIXEL_GROUP = 0x7FE0
_IMAGE_PIXEL_GROUPS = (0x0028, _PIXEL_GROUP)


def is_dicom(file: FileSource) -> bool:
    """Say whether a file starts as DICOM files do (a preamble of 128 bytes, then ``DICM``).

    Raises:
        InputUnreadable: the file can't be opened.
    """
    return file.start(132)[128:] == b"DICM"


def read_header(source: DicomObject, tags: Sequence[str]) -> Dataset:
    """Return the attributes of an object that ``tags`` name; of a dataset in memory, all that it has.

    Raises:
        InputUnreadable: the object exceeds a limit, as of nesting.
        Exception: one of ``DAMAGED_DICOM``.
    """
    if isinstance(source, Dataset):
        dataset = source
    else:
        with source.open() as file:
            dataset = pydicom.dcmread(require_bounded_file(file), stop_before_pixels=True, specific_tags=[*tags])
    require_shallow(dataset)
    return dataset


def read_whole(source: DicomObject) -> Dataset:
    """Return an object with its pixel data.

    Raises:
        InputUnreadable: the object exceeds a limit, as of nesting.
        Exception: one of ``DAMAGED_DICOM``.
    """
    return source if isinstance(source, Dataset) else read_file(source)


def read_file(file: FileSource) -> FileDataset:
    """Return the content of a DICOM file.

    Raises:
        InputUnreadable: the file exceeds a limit, as of nesting.
        Exception: one of ``DAMAGED_DICOM``.
    """
    with file.open() as opened:
        dataset = pydicom.dcmread(require_bounded_file(opened))
    require_shallow(dataset)
    return dataset


def header_of(dataset: Dataset) -> Dataset:
    """Return a copy of a dataset without its pixel data, which shares nothing that can be changed.

    Attributes that were not decoded yet stay so.
    """
    header = Dataset()
    implicit_vr, little_endian = dataset.original_encoding
    header.set_original_encoding(implicit_vr, little_endian, dataset.original_character_set)
    for tag in dataset.keys():  # noqa: SIM118 - a dataset iterates over its elements
        if tag.group != _PIXEL_GROUP:
            header[tag] = _copied(dataset.get_item(tag))
    return header


def decodable(dataset: Dataset) -> Dataset:
    """Return what is needed to decode the pixels of a dataset.

    A dataset made in memory may lack its transfer syntax: then the pixel data are native, in little-endian order.
    """
    if "TransferSyntaxUID" in getattr(dataset, "file_meta", {}):
        return dataset
    image = Dataset()
    for tag in dataset.keys():  # noqa: SIM118 - a dataset iterates over its elements
        if tag.group in _IMAGE_PIXEL_GROUPS:
            image[tag] = dataset[tag]
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return image


def _copied(element: DataElement | RawDataElement) -> DataElement | RawDataElement:
    if isinstance(element, RawDataElement):
        return element
    return copy.deepcopy(element) if element.VR == "SQ" else copy.copy(element)
