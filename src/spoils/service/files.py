"""The store of files: encrypted, named by the SHA-256 of their content, and checked against it when read."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from spoils.errors import SpoilsError, UsageError
from spoils.files import staged_file
from spoils.messages import message
from spoils.service.keys import Keys

__all__ = ["DamagedFile", "FileStore", "MissingFile"]

_MAGIC: Final = b"SPOILS1\n"
_PART_BYTES: Final = 1024 * 1024
_LENGTH: Final = struct.Struct(">I")


class MissingFile(SpoilsError):
    """A stored file is not there."""


class DamagedFile(SpoilsError):
    """A stored file is not what was stored."""


class FileStore:
    """Files of an installation in a local folder.

    A file is ``magic | length of wrapped key | wrapped key | parts``. Each file has a key of its own, wrapped by the
    keys of the installation, so that a new installation key only rewrites the first bytes of each file. A part is up to
    one MiB, encrypted with AES-GCM; its nonce is its number, and the last part is marked, so that no part can be
    dropped or moved.
    """

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder = folder
        self._keys = keys

    def put(self, content: bytes | BinaryIO) -> tuple[str, int]:
        """Store content and return its SHA-256, in hexadecimal, and its length in bytes.

        Content that is stored already is not stored twice. The file appears whole or not at all. A stream is read
        twice from where it stands: for its name, and for its content.

        Raises:
            UsageError: the folder can't be written.
        """
        stream = BytesIO(content) if isinstance(content, bytes) else content
        start, digest, size = stream.tell(), hashlib.sha256(), 0
        for part in _parts(stream):
            digest.update(part)
            size += len(part)
        name = digest.hexdigest()
        path = self._path(name)
        if not path.is_file():
            self._make_folder(path.parent)
            stream.seek(start)
            with staged_file(path) as draft, draft.open("wb") as out:
                self._seal(stream, out)
                out.flush()
                os.fsync(out.fileno())
        return name, size

    def _seal(self, stream: BinaryIO, out: BinaryIO) -> None:
        key = AESGCM.generate_key(256)
        wrapped = self._keys.encrypt(key)
        out.write(_MAGIC + _LENGTH.pack(len(wrapped)) + wrapped)
        cipher = AESGCM(key)
        for number, (part, is_last) in enumerate(_marked(_parts(stream))):
            sealed = cipher.encrypt(_nonce(number), part, _mark(is_last=is_last))
            out.write(_LENGTH.pack(len(sealed)) + sealed)

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the content part by part.

        Raises:
            MissingFile: there is no such file.
            DamagedFile: the content is not what was stored; what was yielded before must not be used.
        """
        digest = hashlib.sha256()
        try:
            with self._path(name).open("rb") as source:
                cipher = AESGCM(self._keys.decrypt(_read_header(source)))
                number, is_last = 0, False
                while not is_last:
                    sealed = source.read(_read_length(source))
                    part, is_last = _opened(cipher, number, sealed)
                    digest.update(part)
                    number += 1
                    yield part
        except FileNotFoundError as error:
            raise MissingFile(message("store-file-missing")) from error
        if digest.hexdigest() != name:
            raise DamagedFile(message("store-file-changed"))

    def content(self, name: str) -> bytes:
        """Return the whole content; see ``read``."""
        return b"".join(self.read(name))

    def copy_to(self, name: str, path: Path) -> None:
        """Write the content, decrypted, to a path; see ``read``."""
        with path.open("wb") as out:
            for part in self.read(name):
                out.write(part)

    def has(self, name: str) -> bool:
        """Say whether there is such a file."""
        return self._path(name).is_file()

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens where there is none."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Yield the names of all files."""
        for path in sorted(self._folder.glob("??/*")):
            yield path.name

    def renew_keys(self, name: str) -> None:
        """Wrap the key of a file with the current key of the installation."""
        path = self._path(name)
        with path.open("rb") as source, staged_file(path) as staged, staged.open("wb") as out:
            wrapped = self._keys.renewed(_read_header(source))
            out.write(_MAGIC + _LENGTH.pack(len(wrapped)) + wrapped)
            while part := source.read(_PART_BYTES):
                out.write(part)

    def _path(self, name: str) -> Path:
        if len(name) != 64 or set(name) - set("0123456789abcdef"):
            raise UsageError(message("store-name-wrong"))
        return self._folder / name[:2] / name

    @staticmethod
    def _make_folder(folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UsageError(message("store-unwritable", reason=error.strerror or type(error).__name__)) from error


def _parts(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the rest of a stream in parts of ``_PART_BYTES``."""
    return iter(lambda: stream.read(_PART_BYTES), b"")


def _marked(parts: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each part with whether it is the last; empty content is one empty part."""
    waiting = next(parts, b"")
    for part in parts:
        yield waiting, False
        waiting = part
    yield waiting, True


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _mark(*, is_last: bool) -> bytes:
    return b"last" if is_last else b"more"


def _opened(cipher: AESGCM, number: int, sealed: bytes) -> tuple[bytes, bool]:
    for is_last in (False, True):
        try:
            return cipher.decrypt(_nonce(number), sealed, _mark(is_last=is_last)), is_last
        except InvalidTag:
            continue
    raise DamagedFile(message("store-file-changed"))


def _read_length(source: BinaryIO) -> int:
    head = source.read(_LENGTH.size)
    if len(head) != _LENGTH.size:
        raise DamagedFile(message("store-file-changed"))
    length: int = _LENGTH.unpack(head)[0]
    if length > 2 * _PART_BYTES:
        raise DamagedFile(message("store-file-changed"))
    return length


def _read_header(source: BinaryIO) -> bytes:
    if source.read(len(_MAGIC)) != _MAGIC:
        raise DamagedFile(message("store-file-changed"))
    return source.read(_read_length(source))
