"""Keys that encrypt what is stored, and how they are changed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from spoils.errors import UsageError
from spoils.files import write_file
from spoils.messages import message

__all__ = ["Keys"]


@dataclass(frozen=True, repr=False)
class Keys:
    """The keys of an installation, the current one first. Older ones still decrypt what they encrypted.

    The last and oldest key also makes pseudonyms, so that a patient keeps the pseudonym when the current key changes.
    """

    keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise UsageError(message("key-file-empty"))
        try:
            for key in self.keys:
                Fernet(key)
        except ValueError as error:
            raise UsageError(message("key-file-wrong")) from error

    @classmethod
    def read_or_make(cls, path: Path) -> Keys:
        """Read the keys, one a line; a new file with one key is made where there is none.

        Raises:
            UsageError: the file can't be read or written, or holds something else.
        """
        try:
            return cls(tuple(path.read_bytes().split()))
        except FileNotFoundError:
            return cls((Fernet.generate_key(),)).written(path)
        except OSError as error:
            raise UsageError(message("key-file-unreadable", reason=error.strerror or type(error).__name__)) from error

    def written(self, path: Path) -> Keys:
        """Write the keys to a file that only its owner can read, and return them."""
        write_file(path, b"\n".join(self.keys) + b"\n")
        path.chmod(0o600)
        return self

    def with_new(self) -> Keys:
        """Return the keys with a new current one."""
        return Keys((Fernet.generate_key(), *self.keys))

    def encrypt(self, content: bytes) -> bytes:
        """Encrypt a few bytes with the current key."""
        return self._fernet.encrypt(content)

    def decrypt(self, content: bytes) -> bytes:
        """Decrypt what any of the keys encrypted.

        Raises:
            UsageError: it was encrypted with another key, or changed since.
        """
        try:
            return self._fernet.decrypt(content)
        except InvalidToken as error:
            raise UsageError(message("store-undecryptable")) from error

    def renewed(self, content: bytes) -> bytes:
        """Return encrypted content encrypted anew with the current key."""
        return self._fernet.rotate(content)

    def pseudonym(self, *parts: str) -> str:
        """Return a name of 32 hexadecimal digits for the parts, the same each time, from which they can't be found."""
        text = "\x1f".join(parts).encode()
        return hmac.new(self.keys[-1], text, hashlib.sha256).hexdigest()[:32]

    @property
    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.keys])
