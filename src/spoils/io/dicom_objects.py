"""DICOM objects, whether stored in files or already read: their headers and their pixels."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Sequence
from typing import Final, TypeAlias

import pydicom
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from spoils.io.dicom_limits import BROKEN_DICOM_VALUE, require_bounded_file, require_shallow
from spoils.io.inputs import FileSource, is_data_set

__all__ = [
    "DAMAGED_DICOM",
    "DicomObject",
    "decodable",
    "header_of",
    "is_dicom",
    "is_directory",
    "read_file",
    "read_header",
    "read_whole",
    "sop_class_of",
]

DicomObject: TypeAlias = FileSource | Dataset
"""A DICOM file, or a dataset in memory. What is read from it is never written into it."""

DAMAGED_DICOM: Final = (*BROKEN_DICOM_VALUE, InvalidDicomError, RuntimeError, zlib.error)
"""What pydicom and its decoders raise on a broken or unsupported file."""

_START_BYTES = 132
_META_BYTES = 512
_PIXEL_GROUP = 0x7FE0
_IMAGE_PIXEL_GROUPS = (0x0028, _PIXEL_GROUP)


def is_dicom(file: FileSource) -> bool:
    """Say whether a file starts as DICOM files do: a preamble of 128 bytes, then ``DICM``, or at once the data set.

    Raises:
        InputUnreadable: the file can't be opened.
    """
    start = file.start(_START_BYTES)
    return start[128:] == b"DICM" or is_data_set(start)


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
            bounded = require_bounded_file(file)
            is_bare = is_data_set(source.start(_START_BYTES))
            dataset = pydicom.dcmread(bounded, stop_before_pixels=True, specific_tags=[*tags], force=is_bare)
        _mend_decimals(dataset)
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
        dataset = pydicom.dcmread(require_bounded_file(opened), force=is_data_set(file.start(_START_BYTES)))
    _mend_decimals(dataset)
    require_shallow(dataset)
    return dataset


def is_directory(file: FileSource) -> bool:
    """Say whether a DICOM file is a DICOMDIR, the index of the files on a disc.

    Raises:
        InputUnreadable: the file can't be opened.
    """
    return MediaStorageDirectoryStorage.encode() in file.start(_META_BYTES)


def _mend_decimals(dataset: Dataset) -> None:
    """Put a point where numbers were written with a decimal comma, as exporters of some countries do."""
    for tag in dataset.keys():  # noqa: SIM118 - a dataset iterates over its elements
        element = dataset.get_item(tag)
        if isinstance(element, RawDataElement) and element.value and b"," in element.value:
            vr = element.VR or (dictionary_VR(tag) if dictionary_has_tag(tag) else None)
            if vr == "DS":
                dataset[tag] = element._replace(value=element.value.replace(b",", b"."))


def sop_class_of(dataset: Dataset) -> str:
    """Return the SOP class of an object, from the data set or else from its file meta information; may be empty."""
    meta = getattr(dataset, "file_meta", None) or Dataset()
    return str(dataset.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID") or "")


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

    A dataset made in memory, or a file without file meta information, may lack its transfer syntax: then the pixel
    data are native, in the order of its elements.
    """
    if "TransferSyntaxUID" in getattr(dataset, "file_meta", {}):
        return dataset
    image = Dataset()
    for tag in dataset.keys():  # noqa: SIM118 - a dataset iterates over its elements
        if tag.group in _IMAGE_PIXEL_GROUPS:
            image[tag] = dataset[tag]
    image.file_meta = FileMetaDataset()
    little_endian = dataset.original_encoding[1] is not False
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian
    return image


def _copied(element: DataElement | RawDataElement) -> DataElement | RawDataElement:
    if isinstance(element, RawDataElement):
        return element
    return copy.deepcopy(element) if element.VR == "SQ" else copy.copy(element)
