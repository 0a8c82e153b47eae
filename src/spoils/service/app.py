"""The application factory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from spoils import __version__
from spoils.service.api import api_router, install_problems, operations_router
from spoils.service.api.uploads import BodyLimit
from spoils.service.context import Context
from spoils.service.pages import STATIC, error_page
from spoils.service.pages import router as page_router
from spoils.service.pages.rate_limit import RateLimit

__all__ = ["create_app"]

_SIGN_IN_ATTEMPTS: Final = 10
_SIGN_IN_SECONDS: Final = 300.0
_UPLOADS: Final = frozenset({"/api/v1/studies"})
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
        " object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(context: Context) -> FastAPI:
    """Return the web application of an opened installation.

    The caller opens and closes ``context``; nothing happens on import.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.context = context
        yield

    app = FastAPI(
        title="SPOILS",
        version=__version__,
        summary="From a lumbar MR study to graded discs and an explained suggestion. For research use only.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.context = context
    install_problems(app, error_page)
    app.include_router(api_router)
    app.include_router(operations_router)
    app.include_router(page_router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.state.sign_in_attempts = RateLimit(events=_SIGN_IN_ATTEMPTS, seconds=_SIGN_IN_SECONDS)
    app.add_middleware(BodyLimit, max_upload_bytes=context.settings.max_upload_bytes, upload_paths=_UPLOADS)

    @app.middleware("http")
    async def secure(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if context.settings.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.url.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return app
