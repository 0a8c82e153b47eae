"""The kinds of input: files on disk or in memory, and objects that other libraries have read already."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias, Union

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from spoils.errors import InputUnreadable, UsageError
from spoils.io.zip_archives import ZipMember
from spoils.messages import message

if TYPE_CHECKING:
    from spoils.io.volumes import ItkImage

__all__ = ["FileSource", "InputSource", "Spacing", "is_data_set"]

InputSource: TypeAlias = Union[
    str, os.PathLike[str], bytes, BinaryIO, Dataset, Sequence[Dataset], "ItkImage", npt.NDArray[np.generic]
]
"""A path of a file or folder, the content of a file, DICOM datasets, a SimpleITK image or a NumPy array."""

Spacing: TypeAlias = float | Sequence[float]
"""Distance of pixel centres in mm: one number for square pixels, (row, column), or (slice, row, column)."""

_SUFFIXES: Final = (".nii.gz", ".nii", ".mha", ".nrrd", ".png")
_HEADER_BYTES: Final = 352
_MAGIC: Final = {
    b"\x89PNG\r\n\x1a\n": ".png",
    b"NRRD": ".nrrd",
    b"PK\x03\x04": ".zip",
    b"PK\x05\x06": ".zip",
}
_METAIMAGE = re.compile(rb"\s*(ObjectType|ObjectSubType|NDims|Comment|ID|Name)\s*=")


_ELEMENT_BYTES: Final = 8
_FIRST_VRS: Final = (b"UL", b"CS", b"UI", b"DA", b"TM", b"SH", b"LO", b"OB", b"DT")
_FIRST_BIG_ENDIAN: Final = (b"\x00\x08\x00\x00", b"\x00\x08\x00\x05", b"\x00\x08\x00\x08", b"\x00\x08\x00\x16")
_MAX_FIRST_LENGTH: Final = 256
"""Bytes of the first value of a data set: a group length, a character set or an image type."""


@dataclass(frozen=True, eq=False)
class FileSource:
    """One file: its path, its whole content as bytes, or its place in an archive."""

    place: Path | bytes | ZipMember

    @classmethod
    def of(cls, source: str | os.PathLike[str] | bytes | BinaryIO) -> FileSource:
        """Return the file at a path, of the given content, or of what an open binary file still holds.

        Raises:
            UsageError: the open file gives text instead of bytes.
            InputUnreadable: the open file can't be read.
        """
        if isinstance(source, str | os.PathLike):
            return cls(Path(source))
        if isinstance(source, bytes | bytearray | memoryview):
            return cls(bytes(source))
        try:
            content: object = source.read()
        except (OSError, ValueError) as error:
            raise InputUnreadable(message("file-not-opened")) from error
        if not isinstance(content, bytes):
            raise UsageError(message("file-not-binary"))
        return cls(content)

    def open(self) -> BinaryIO:
        """Open the file for reading from its start.

        Raises:
            OSError: there is no such file, or it may not be read.
        """
        if isinstance(self.place, ZipMember):
            return self.place.open()
        return self.place.open("rb") if isinstance(self.place, Path) else BytesIO(self.place)

    def start(self, count: int) -> bytes:
        """Return the first ``count`` bytes, fewer where the file is shorter.

        Raises:
            InputUnreadable: the file can't be opened.
        """
        try:
            if isinstance(self.place, ZipMember):
                return self.place.start(count)
            with self.open() as file:
                return file.read(count)
        except OSError as error:
            raise InputUnreadable(message("file-not-opened")) from error

    @property
    def suffix(self) -> str | None:
        r"""The customary suffix of the file's format, such as ``.nii.gz`` or ``.dcm``; None for an unknown format.

        The content decides. The name counts only where the content has no known format, as of a damaged file.

        Raises:
            InputUnreadable: the file can't be opened.

        >>> FileSource(b"NRRD0004\n").suffix
        '.nrrd'
        """
        return _suffix_by_content(self.start(_HEADER_BYTES)) or self._suffix_by_name()

    def _suffix_by_name(self) -> str | None:
        name = "" if isinstance(self.place, bytes) else self.place.name.lower()
        return next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), None)


def _suffix_by_content(start: bytes) -> str | None:
    """Return the suffix of the format that a file starting with these bytes has; further formats are added here."""
    if start[128:132] == b"DICM" or is_data_set(start):
        return ".dcm"
    if _is_nifti(start):
        return ".nii"
    if start.startswith(b"\x1f\x8b") and _is_nifti(_decompressed(start)):
        return ".nii.gz"
    if _METAIMAGE.match(start):
        return ".mha"
    return next((suffix for magic, suffix in _MAGIC.items() if start.startswith(magic)), None)


def is_data_set(start: bytes) -> bool:
    r"""Say whether a file starts as a DICOM data set without preamble and file meta information, as of old archives.

    The first element is of group 0002 or 0008 in little- or big-endian order, with a known kind of value (explicit VR)
    or a short length (implicit VR).

    >>> is_data_set(b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100"), is_data_set(b"\x08\x00\x00\x00\xff\xff\xff\xff")
    (True, False)
    """
    if len(start) < _ELEMENT_BYTES:
        return False
    if start[:4] in _FIRST_BIG_ENDIAN and start[4:6] in _FIRST_VRS:
        return True
    if start[:2] not in (b"\x02\x00", b"\x08\x00") or start[3] != 0:
        return False
    return start[4:6] in _FIRST_VRS or int.from_bytes(start[4:8], "little") <= _MAX_FIRST_LENGTH


def _is_nifti(start: bytes) -> bool:
    return start[344:348] == b"n+1\0" or start[4:8] == b"n+2\0"


def _decompressed(start: bytes) -> bytes:
    """Return as much as the first bytes of a gzip file hold."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(start)
    except zlib.error:
        return b""
