"""Checks of a DICOM file before it is parsed, and of its nesting after: what costs more than an image can is refused.

A few kilobytes can ask for gigabytes: deflated files, millions of empty sequence items, sequences within sequences.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from io import BufferedReader, BytesIO, RawIOBase
from typing import BinaryIO, Final, cast

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from spoils.errors import InputUnreadable
from spoils.io.limits import MAX_DICOM_BYTES, MAX_DICOM_ITEMS, MAX_DICOM_NESTING
from spoils.messages import message

__all__ = ["BROKEN_DICOM_VALUE", "require_bounded_file", "require_shallow"]

BROKEN_DICOM_VALUE: Final = (
    ArithmeticError,
    AttributeError,
    BytesLengthException,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
)
"""What pydicom raises on a value against DICOM's rules."""

_META_START: Final = 132
_ITEM_TAGS: Final = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
"""The tag of an item in little- and in big-endian order."""
_SMALL_BYTES: Final = 8 * MAX_DICOM_ITEMS
"""A smaller file can't hold too many items."""


def require_bounded_file(file: BinaryIO) -> BinaryIO:
    """Refuse a file that is too large, also once it is inflated, or that holds too many sequence items.

    Args:
        file: a seekable file of known DICOM format at its start.

    Returns:
        The file at its start; no call of its ``read`` allocates more than the file's size.

    Raises:
        InputUnreadable: a limit is exceeded.
        zlib.error: a deflated file is damaged.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > MAX_DICOM_BYTES:
        raise InputUnreadable(message("dicom-too-large", limit=MAX_DICOM_BYTES // 2**20))
    start = file.read(4096)
    if DeflatedExplicitVRLittleEndian.encode() in start:
        _require_few_items(BytesIO(_inflated(file)))
    elif size > _SMALL_BYTES:
        file.seek(0)
        _require_few_items(file)
    file.seek(0)
    return file if isinstance(file, BytesIO) else _CappedReader(cast("RawIOBase", file), size)


class _CappedReader(BufferedReader):
    """Allocates no more for one call than the file holds, whatever length a damaged header asks for."""

    def __init__(self, file: RawIOBase, size: int) -> None:
        super().__init__(file)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size if size is None else min(size, self._size))


def _inflated(file: BinaryIO) -> bytes:
    """Return the part of a deflated file that follows the file meta information."""
    file.seek(_META_START)
    read_dataset(file, is_implicit_VR=False, is_little_endian=True, stop_when=_is_past_meta)
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    content = inflater.decompress(file.read(), MAX_DICOM_BYTES)
    if inflater.unconsumed_tail:
        raise InputUnreadable(message("dicom-too-large", limit=MAX_DICOM_BYTES // 2**20))
    return content


def _is_past_meta(tag: BaseTag, vr: str | None, length: int) -> bool:
    return tag.group != 2


def _require_few_items(file: BinaryIO) -> None:
    counts = [0] * len(_ITEM_TAGS)
    for piece in _overlapping_pieces(file):
        counts = [count + piece.count(tag) for count, tag in zip(counts, _ITEM_TAGS, strict=True)]
        if max(counts) > MAX_DICOM_ITEMS:
            raise InputUnreadable(message("dicom-too-many-items", limit=MAX_DICOM_ITEMS))


def _overlapping_pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield the content in pieces that share three bytes, so that each tag lies in one of them, once."""
    rest = b""
    while piece := file.read(2**20):
        yield rest + piece
        rest = piece[-3:]


def require_shallow(dataset: Dataset) -> None:
    """Refuse a dataset whose sequences are nested too deeply; each level is visited once.

    Raises:
        InputUnreadable: there are more than ``MAX_DICOM_NESTING`` levels.
    """
    level = [dataset]
    for _ in range(MAX_DICOM_NESTING + 1):
        level = [item for holder in level for item in _items_of(holder)]
        if not level:
            return
    raise InputUnreadable(message("dicom-too-deep", limit=MAX_DICOM_NESTING))


def _items_of(dataset: Dataset) -> Iterator[Dataset]:
    for tag in dataset.keys():  # noqa: SIM118 - a dataset iterates over its elements
        if _may_be_sequence(tag, dataset.get_item(tag).VR):
            try:
                element = dataset[tag]
            except RecursionError as error:
                raise InputUnreadable(message("dicom-too-deep", limit=MAX_DICOM_NESTING)) from error
            except BROKEN_DICOM_VALUE:
                continue  # whoever needs it will notice; the image itself does not
            if element.VR == "SQ":
                yield from cast("list[Dataset]", element.value)


def _may_be_sequence(tag: BaseTag, vr: str | None) -> bool:
    """Say whether pydicom would read an element as a sequence: by its own word, else by the dictionary."""
    if vr is None or vr == "UN":
        return bool(dictionary_has_tag(tag)) and dictionary_VR(tag) == "SQ"
    return vr == "SQ"
