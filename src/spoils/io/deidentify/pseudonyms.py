"""Pseudonyms computed from identifiers and a secret: equal in every file and run, and not reversible."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

from pydicom.config import IGNORE
from pydicom.uid import UID

from spoils.errors import UsageError
from spoils.messages import message

__all__ = ["MIN_SECRET_BYTES", "Pseudonyms", "is_registered", "shifted"]

MIN_SECRET_BYTES = 16
_MAX_SHIFT_DAYS = 3650
_CONTEXT_GROUPS = "1.2.840.10008.6.1."
"""Root of the lists of codes that the standard defines; their UIDs are not in pydicom's dictionary."""
_FULL_STAMP = re.compile(r"(?P<day>[0-9]{8})(?P<time>([0-9]{2,6}(\.[0-9]{1,6})?)?([+-][0-9]{4})?)")


@dataclass(frozen=True)
class Pseudonyms:
    """Maps identifiers and dates.

    ``shift_days`` None derives each patient's shift, 1 to 3650 days back, from the secret.

    Raises:
        UsageError: the secret is too short to keep identities safe, or the shift would leave all dates as they are.
    """

    secret: bytes = field(repr=False)
    shift_days: int | None = None

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_SECRET_BYTES:
            raise UsageError(message("secret-too-short", count=MIN_SECRET_BYTES))
        if self.shift_days == 0:
            raise UsageError(message("date-shift-zero"))

    def uid(self, original: str) -> str:
        """Return the new UID of an instance, series, study or the like; UIDs that the standard defines stay.

        >>> Pseudonyms(b"sixteen bytes...").uid("1.2.840.10008.5.1.4.1.1.4")
        '1.2.840.10008.5.1.4.1.1.4'
        """
        if not original or is_registered(original):
            return original
        return f"2.25.{UUID(bytes=self._digest('uid', original)[:16], version=4).int}"

    def name_of(self, kind: str, original: str | bytes) -> str:
        """Return the pseudonym of ``original``, one of a ``kind``: 12 hexadecimal digits."""
        return self._digest(kind, original).hex()[:12].upper()

    def days_of(self, patient: str) -> int:
        """Return by how many days the dates of a patient are moved."""
        if self.shift_days is not None:
            return self.shift_days
        return -1 - int.from_bytes(self._digest("shift", patient)[:8]) % _MAX_SHIFT_DAYS

    def _digest(self, kind: str, original: str | bytes) -> bytes:
        content = original if isinstance(original, bytes) else original.encode("utf-8")
        return hmac.new(self.secret, kind.encode("ascii") + b"\0" + content, sha256).digest()


def is_registered(uid: str) -> bool:
    """Say whether the standard defines this UID, e.g. for a kind of image; its root alone does not decide.

    >>> is_registered("1.2.840.10008.5.1.4.1.1.4"), is_registered("1.2.840.10008.4711")
    (True, False)
    """
    return bool(UID(uid, validation_mode=IGNORE).type) or uid.startswith(_CONTEXT_GROUPS)


def shifted(stamp: str, days: int) -> str:
    """Move a DICOM date (``YYYYMMDD``) or date and time by whole days; what is no full date becomes empty.

    >>> shifted("20200301", -1), shifted("20200301120000.5+0100", 1), shifted("2020", 5)
    ('20200229', '20200302120000.5+0100', '')
    """
    parts = _FULL_STAMP.fullmatch(stamp)
    if parts is None:
        return ""
    day = parts["day"]
    try:
        moved = date(int(day[:4]), int(day[4:6]), int(day[6:])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return ""
    return f"{moved.year:04}{moved.month:02}{moved.day:02}{parts['time']}"
