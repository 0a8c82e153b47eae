"""Uploads: multipart forms, streamed to disk, with limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spoils.errors import UsageError
from spoils.messages import message
from spoils.service.api.problems import problem_response
from spoils.service.errors import TooLarge
from spoils.service.settings import ServiceSettings
from spoils.service.studies import Upload

__all__ = ["BodyLimit", "Form", "read_form"]

_FIELDS: Final = 30
_FIELD_BYTES: Final = 100_000
_SMALL_BODY: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class Form:
    """A form: its text fields, and its files."""

    fields: dict[str, str]
    uploads: list[Upload]


@asynccontextmanager
async def read_form(request: Request, settings: ServiceSettings) -> AsyncIterator[Form]:
    """Give the form of a request; its files are removed at the end.

    Raises:
        UsageError: the request is no form, or has too many fields or files.
    """
    if not request.headers.get("Content-Type", "").startswith("multipart/form-data"):
        raise UsageError(message("form-needed"))
    async with request.form(max_files=settings.max_files, max_fields=_FIELDS, max_part_size=_FIELD_BYTES) as form:
        yield _form(form)


def _form(form: FormData) -> Form:
    fields, uploads = {}, []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name != "files":
                raise UsageError(message("form-files-field"))
            if value.filename:
                uploads.append(Upload(value.filename, value.file))
        else:
            fields[name] = value
    return Form(fields, uploads)


class BodyLimit:
    """Ends requests whose body is larger than their route accepts, without reading the rest."""

    def __init__(self, app: ASGIApp, *, max_upload_bytes: int, upload_paths: frozenset[str]) -> None:
        self._app = app
        self._max_upload_bytes = max_upload_bytes
        self._upload_paths = upload_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._max_upload_bytes if scope["path"] in self._upload_paths else _SMALL_BODY
        too_large = problem_response(413, f"A request to this address may have {limit} bytes.", {"Connection": "close"})
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await too_large(scope, receive, send)
            return
        received, has_begun = 0, False

        async def limited() -> Message:
            nonlocal received
            part = await receive()
            received += len(part.get("body", b""))
            if received > limit:
                raise TooLarge(message("upload-too-large"))
            return part

        async def noted(part: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(part)

        try:
            await self._app(scope, limited, noted)
        except TooLarge:
            if not has_begun:
                await too_large(scope, receive, send)
