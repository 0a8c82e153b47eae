"""Studies as they were received."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import Session

from spoils.errors import UsageError
from spoils.messages import message
from spoils.service.db.models import IdempotencyKey, Study, StudyFile
from spoils.service.viewer import Scope, Viewer

__all__ = ["Page", "ReceivedFile", "Studies", "StudyFilter"]


@dataclass(frozen=True)
class ReceivedFile:
    """A file of an upload: its name, encrypted, and its content in the store."""

    name: bytes
    content: str
    size: int


@dataclass(frozen=True)
class StudyFilter:
    """Which studies are listed; None means all."""

    state: str | None = None


@dataclass(frozen=True)
class Page:
    """Some studies, newest first, and where the next page begins; None on the last one."""

    items: list[Study]
    next: str | None


class Studies:
    """The studies that a viewer may see."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def add(
        self, files: list[ReceivedFile], clinical: dict[str, Any], options: dict[str, Any], now: datetime
    ) -> Study | None:
        """Add a received study; None for a viewer who may not."""
        if not self._viewer.may(Scope.WRITE_STUDIES):
            return None
        study = Study(
            uploaded_by=self._viewer.user_id or None, created=now, clinical=clinical, options=options, state="queued"
        )
        self._session.add(study)
        self._session.flush()
        for number, file in enumerate(files):
            row = StudyFile(study_id=study.id, number=number, name=file.name, content=file.content, size=file.size)
            self._session.add(row)
        return study

    def get(self, study_id: str) -> Study | None:
        """Return a study; None if there is none that the viewer may see."""
        return self._session.scalar(self._visible().where(Study.id == study_id))

    def for_change(self, study_id: str, version: int | None = None) -> Study | None:
        """Return a study to change, and count the change; None if there is none that the viewer may change.

        Args:
            study_id: which study.
            version: the version that the viewer saw; None does not ask.

        Raises:
            UsageError: the study has changed since.
        """
        if not self._viewer.may(Scope.WRITE_STUDIES):
            return None
        study = self._session.scalar(self._visible().where(Study.id == study_id).with_for_update())
        if study is not None:
            if version is not None and study.version != version:
                raise UsageError(message("study-changed"))
            study.version += 1
        return study

    def page(self, limit: int, cursor: str | None = None, only: StudyFilter | None = None) -> Page:
        """Return a page of studies, newest first.

        Raises:
            UsageError: the cursor is not one that an earlier page gave.
        """
        statement = self._visible().order_by(Study.created.desc(), Study.id.desc()).limit(limit + 1)
        if only is not None and only.state is not None:
            statement = statement.where(Study.state == only.state)
        if cursor is not None:
            created, study_id = _read_cursor(cursor)
            statement = statement.where(
                or_(Study.created < created, and_(Study.created == created, Study.id < study_id))
            )
        found = list(self._session.scalars(statement))
        return Page(found[:limit], _cursor(found[limit - 1]) if len(found) > limit else None)

    def files(self, study: Study) -> list[StudyFile]:
        """Return the files of a study in the order in which they were received."""
        statement = select(StudyFile).where(StudyFile.study_id == study.id).order_by(StudyFile.number)
        return list(self._session.scalars(statement))

    def answered(self, key: str) -> IdempotencyKey | None:
        """Return what was answered to an earlier request of the viewer with this key."""
        return self._session.get(IdempotencyKey, (self._viewer.user_id, key))

    def answer(self, key: str, request: str, study: Study, now: datetime) -> None:
        """Keep which study a request with this key made."""
        self._session.add(
            IdempotencyKey(user_id=self._viewer.user_id, key=key, request=request, study_id=study.id, created=now)
        )

    def _visible(self) -> Select[Study]:
        statement = select(Study)
        return statement if self._viewer.may(Scope.READ_STUDIES) else statement.where(false())


def _cursor(study: Study) -> str:
    return base64.urlsafe_b64encode(json.dumps([study.created.isoformat(), study.id]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        created, study_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(study_id, str):
            raise TypeError
        time = datetime.fromisoformat(created)
        time.utctimetuple()
        if time.tzinfo is None:
            raise ValueError
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UsageError(message("cursor-unknown")) from error
    return time, study_id
