"""Passwords: argon2id, with the parameters that its library recommends."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from spoils.errors import UsageError
from spoils.messages import message

__all__ = ["hash_password", "is_password"]

_SHORTEST: Final = 12
_LONGEST: Final = 1000
_hasher = PasswordHasher()
_NOBODY: Final = _hasher.hash("the password of nobody")


def hash_password(password: str) -> str:
    """Return the hash of a new password.

    Raises:
        UsageError: it is too short or too long.
    """
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise UsageError(message("password-length", shortest=_SHORTEST))
    return _hasher.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Say whether a password is the one of a hash. Without a hash it takes as long, so that no user can be guessed."""
    try:
        return _hasher.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
