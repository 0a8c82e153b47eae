"""Rendering of pages from templates."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from spoils.findings import RESEARCH_USE
from spoils.report import page_environment
from spoils.service.language import translator_of
from spoils.service.viewer import Scope, Viewer

__all__ = ["page"]


@cache
def _templates() -> Environment:
    return page_environment("spoils.service.pages")


def page(
    request: Request,
    name: str,
    *,
    viewer: Viewer | None = None,
    csrf: str = "",
    status: int = 200,
    **values: Any,  # noqa: ANN401 - what the template shows
) -> HTMLResponse:
    """Return a rendered page.

    Args:
        request: what was asked for.
        name: of the template.
        viewer: who is signed in.
        csrf: the CSRF token of the sign-in.
        status: HTTP status.
        **values: what the template shows.
    """
    translator = translator_of(request)
    text = (
        _templates()
        .get_template(name)
        .render(
            language=translator.language.value,
            gettext=translator.gettext,
            translator=translator,
            notice=translator.gettext(RESEARCH_USE),
            viewer=viewer,
            may_write=viewer is not None and viewer.may(Scope.WRITE_STUDIES),
            csrf=csrf,
            **values,
        )
    )
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})
