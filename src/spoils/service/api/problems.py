"""Errors as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from spoils.errors import SpoilsError
from spoils.service.language import translator_of

__all__ = ["PROBLEMS", "Problem", "install_problems", "problem_response"]

_log = logging.getLogger(__name__)
_MEDIA_TYPE: Final = "application/problem+json"


class Problem(BaseModel):
    """Why a request was not done: ``title`` names the kind, ``detail`` is a sentence for the user."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    code: {"model": Problem, "description": text, "content": {_MEDIA_TYPE: {}}}
    for code, text in {
        400: "The request is wrong.",
        401: "Nobody is signed in.",
        403: "The role does not allow this.",
        404: "There is nothing here that the viewer may see.",
        409: "The state has changed or does not allow this.",
        413: "The request is too large.",
        422: "The request does not follow the schema.",
        429: "Too many requests.",
        503: "The database does not answer.",
    }.items()
}
"""What every route may answer beside its own model."""

_TITLES: Final = {
    400: "Bad request",
    401: "Not signed in",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    422: "Unprocessable",
    429: "Too many requests",
    503: "Unavailable",
}


def problem_response(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response."""
    problem = Problem(title=_TITLES.get(status, "Error"), status=status, detail=detail)
    return JSONResponse(problem.model_dump(), status, headers, _MEDIA_TYPE)


def install_problems(app: FastAPI, error_page: Callable[[Request, SpoilsError], Response]) -> None:
    """Let an application answer errors as problems, outside ``/api`` as pages. None says what a request held."""

    def of_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, SpoilsError)  # noqa: S101 - as registered
        if not request.url.path.startswith("/api/"):
            return error_page(request, error)
        headers = {"WWW-Authenticate": "Bearer"} if error.http_status == 401 else None
        return problem_response(error.http_status, translator_of(request).render(error.message), headers)

    def of_schema(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError | ValidationError)  # noqa: S101 - as registered
        places = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
        return problem_response(422, "; ".join(places)[:1000])

    def of_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - as registered
        return problem_response(error.status_code, str(error.detail), dict(error.headers or {}))

    def of_database(request: Request, error: Exception) -> JSONResponse:
        _log.error("The database does not answer (%s).", type(error).__name__)
        return problem_response(503, "The database does not answer. Try again in a moment.", {"Retry-After": "5"})

    app.add_exception_handler(SpoilsError, of_error)
    app.add_exception_handler(RequestValidationError, of_schema)
    app.add_exception_handler(ValidationError, of_schema)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(SQLAlchemyError, of_database)
