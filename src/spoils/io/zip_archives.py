"""Studies in ZIP archives, as portals hand them out: members are read in place, and nothing is unpacked to disk."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from spoils.errors import InputUnreadable
from spoils.io.limits import MAX_ZIP_BYTES, MAX_ZIP_MEMBERS, MAX_ZIP_RATIO
from spoils.messages import message

__all__ = ["ZipMember", "zip_members"]

_LEADS_OUTSIDE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:")
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HIDDEN = re.compile(r"(^|/)(\.|__MACOSX/|DICOMDIR$)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class ZipMember:
    """A file in an archive. It is decompressed into memory while it is read."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo

    @property
    def name(self) -> str:
        """The name within the archive, without its folders."""
        return self.info.filename.rpartition("/")[2]

    def open(self) -> BinaryIO:
        """Return the whole content.

        Raises:
            OSError: the member is damaged.
        """
        return BytesIO(self._read(-1))

    def start(self, count: int) -> bytes:
        """Return the first ``count`` bytes, fewer where the member is shorter.

        Raises:
            OSError: the member is damaged.
        """
        return self._read(count)

    def _read(self, count: int) -> bytes:
        try:
            with self.archive.open(self.info) as stream:
                return stream.read(count)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise OSError("the member of the archive is damaged") from error


def zip_members(file: Path | BinaryIO) -> list[ZipMember]:
    """Return the files of an archive in the order of their names; hidden files and a DICOMDIR are left out.

    Archives within the archive are left closed. The archive stays open as long as a member of it is kept.

    Raises:
        InputUnreadable: the archive is damaged or encrypted, holds too many or too large files, is packed so tightly
            that it may be meant to do harm, or names a path that leads outside.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputUnreadable(message("zip-damaged")) from error
    members = [info for info in archive.infolist() if not info.is_dir()]
    _require_bounded(archive.infolist(), members)
    _require_inside(members)
    return [
        ZipMember(archive, info)
        for info in sorted(members, key=lambda info: info.filename)
        if not _HIDDEN.search(info.filename) and info.file_size
    ]


def _require_bounded(entries: list[zipfile.ZipInfo], members: list[zipfile.ZipInfo]) -> None:
    """Refuse by the sizes that the archive states; reading a member never gives more than its own."""
    if len(entries) > MAX_ZIP_MEMBERS:
        raise InputUnreadable(message("zip-too-many-files", limit=MAX_ZIP_MEMBERS))
    unpacked, packed = sum(one.file_size for one in members), sum(one.compress_size for one in members)
    if unpacked > MAX_ZIP_BYTES:
        raise InputUnreadable(message("zip-too-large", limit=MAX_ZIP_BYTES / 2**30))
    if unpacked > MAX_ZIP_RATIO * max(packed, 1):
        raise InputUnreadable(message("zip-too-tight", limit=MAX_ZIP_RATIO))


def _require_inside(members: list[zipfile.ZipInfo]) -> None:
    for info in members:
        if _LEADS_OUTSIDE.search(info.orig_filename) or _LEADS_OUTSIDE.search(info.filename):
            raise InputUnreadable(message("zip-leads-outside"))
        if stat.S_ISLNK(info.external_attr >> 16):
            raise InputUnreadable(message("zip-leads-outside"))
        if info.flag_bits & _ENCRYPTED:
            raise InputUnreadable(message("zip-encrypted"))
        if info.compress_type not in _METHODS:
            raise InputUnreadable(message("zip-method-unknown"))
