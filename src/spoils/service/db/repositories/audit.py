"""The audit log: who did what and when, in a chain of hashes. Entries hold no identity of a patient."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from spoils.service.db.models import AuditEntry

__all__ = ["AuditLog", "BrokenChain"]

_FIRST: Final = "0" * 64
_LOCK: Final = 7_205_114


@dataclass(frozen=True)
class BrokenChain:
    """The first entry that is not what was written, and why."""

    number: int
    why: str


class AuditLog:
    """Appends entries, and verifies that none was changed, removed or added between others."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, time: datetime, actor: str, action: str, subject: str = "", **details: Any) -> AuditEntry:  # noqa: ANN401 - JSON
        """Append an entry; of two processes that append at once, the second waits for the first.

        Args:
            time: when it happened.
            actor: name of the user, or of the program.
            action: what was done, such as ``study.upload``.
            subject: identifier of what it was done to.
            details: more of it, as JSON values.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        last = self._session.scalar(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1))
        entry = AuditEntry(
            number=1 if last is None else last.number + 1,
            time=time,
            actor=actor,
            action=action,
            subject=subject,
            details=details,
            previous=_FIRST if last is None else last.hash,
        )
        entry.hash = _hash(entry)
        self._session.add(entry)
        self._session.flush()
        return entry

    def newest(self, limit: int, before: int | None = None) -> list[AuditEntry]:
        """Return the newest entries, newest first, those before a number where one is given."""
        statement = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(limit)
        if before is not None:
            statement = statement.where(AuditEntry.number < before)
        return list(self._session.scalars(statement))

    def count(self) -> int:
        """Return the number of entries."""
        return self._session.scalar(select(func.count()).select_from(AuditEntry)) or 0

    def verify(self) -> BrokenChain | None:
        """Return the first entry that breaks the chain; None if all are as they were written.

        Entries that were cut off at the end can't be noticed from the log alone: compare the number and hash of the
        last entry with those of a backup.
        """
        previous = _FIRST
        for number, entry in enumerate(self._all(), start=1):
            if entry.number != number:
                return BrokenChain(number, "the entry is missing")
            if entry.previous != previous:
                return BrokenChain(number, "it does not follow the entry before")
            if entry.hash != _hash(entry):
                return BrokenChain(number, "it was changed")
            previous = entry.hash
        return None

    def _all(self) -> Iterator[AuditEntry]:
        yield from self._session.scalars(
            select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=1000)
        )


def _hash(entry: AuditEntry) -> str:
    time = entry.time.astimezone().timestamp()
    content = [entry.number, f"{time:.6f}", entry.actor, entry.action, entry.subject, entry.details, entry.previous]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
