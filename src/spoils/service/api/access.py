"""Who sends a request: by access token, or by the cookie of a sign-in together with its CSRF token."""

from __future__ import annotations

import hmac
from typing import Annotated, Final

from fastapi import Depends, Request

from spoils.service.auth import Accounts
from spoils.service.context import Context
from spoils.service.errors import Forbidden, NotSignedIn
from spoils.service.viewer import Viewer

__all__ = ["COOKIE", "CSRF_HEADER", "ContextOf", "ViewerOf", "context_of", "require_csrf", "viewer_of"]

COOKIE: Final = "spoils_session"
CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE: Final = {"GET", "HEAD", "OPTIONS"}


def context_of(request: Request) -> Context:
    """Return the installation that the application serves."""
    context: Context = request.app.state.context
    return context


def require_csrf(given: str, wanted: str) -> None:
    """Refuse a change that another site could have made the browser send.

    Raises:
        Forbidden: the CSRF token is not that of the sign-in.
    """
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Forbidden


def viewer_of(request: Request) -> Viewer:
    """Return who sends a request.

    Raises:
        NotSignedIn: there is no valid token or cookie.
        Forbidden: a change comes with a cookie but without its CSRF token.
    """
    accounts = Accounts(context_of(request))
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        viewer = accounts.of_token(token.strip()) if scheme.lower() == "bearer" else None
        if viewer is None:
            raise NotSignedIn
        return viewer
    found = accounts.signed_in(request.cookies.get(COOKIE, ""))
    if found is None:
        raise NotSignedIn
    viewer, csrf = found
    if request.method not in _SAFE:
        require_csrf(request.headers.get(CSRF_HEADER, ""), csrf)
    return viewer


ContextOf = Annotated[Context, Depends(context_of)]
ViewerOf = Annotated[Viewer, Depends(viewer_of)]
