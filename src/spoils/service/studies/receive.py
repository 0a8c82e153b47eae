"""Receiving a study."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, BinaryIO

from spoils.errors import UsageError
from spoils.messages import message
from spoils.service.context import Context
from spoils.service.db.models import Study
from spoils.service.db.repositories import AuditLog, Runs, Studies
from spoils.service.db.repositories.studies import ReceivedFile
from spoils.service.errors import Conflict, Forbidden
from spoils.service.viewer import Scope, Viewer

__all__ = ["Upload", "receive"]

_LONGEST_KEY = 200


@dataclass(frozen=True)
class Upload:
    """A file of an upload: its name, which may hold a path, and a stream of its content."""

    name: str
    content: BinaryIO


def receive(  # noqa: PLR0913 - each is named at every call
    context: Context,
    viewer: Viewer,
    uploads: list[Upload],
    *,
    clinical: dict[str, Any],
    options: dict[str, Any],
    key: str | None = None,
) -> Study:
    """Store an upload as a new study and let it be assessed.

    Args:
        context: the installation.
        viewer: who uploads.
        uploads: the files.
        clinical: ODI, NRS and history, as in ``spoils.ClinicalOptions``.
        options: the other options of ``spoils.assess``.
        key: the same upload with the same key is received once.

    Raises:
        Forbidden: the viewer may not upload.
        Conflict: the key was used for another upload.
        UsageError: there is no file, or the key is too long.
    """
    if not viewer.may(Scope.WRITE_STUDIES):
        raise Forbidden
    if not uploads:
        raise UsageError(message("upload-empty"))
    if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
        raise UsageError(message("idempotency-key-length", most=_LONGEST_KEY))
    files = [_stored(context, upload) for upload in uploads]
    request = hashlib.sha256("".join(file.content for file in files).encode()).hexdigest()
    with context.database.write() as session:
        studies, now = Studies(session, viewer), context.now()
        if key is not None and (earlier := studies.answered(key)) is not None:
            if earlier.request != request:
                raise Conflict(message("idempotency-key-used"))
            known = studies.get(earlier.study_id)
            if known is not None:
                return known
        study = studies.add(files, clinical, options, now)
        if study is None:
            raise Forbidden
        Runs(session).add(study, "assess", now)
        if key is not None:
            studies.answer(key, request, study, now)
        size = sum(file.size for file in files)
        AuditLog(session).append(now, viewer.name, "study.upload", study.id, files=len(files), bytes=size)
        return study


def _stored(context: Context, upload: Upload) -> ReceivedFile:
    content, size = context.files.put(upload.content)
    return ReceivedFile(context.keys.encrypt(upload.name.encode("utf-8", "replace")), content, size)
