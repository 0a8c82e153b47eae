"""The routes of the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from spoils.errors import SpoilsError, UsageError
from spoils.findings import Pathway, pathway_title, read_assessment
from spoils.messages import message
from spoils.service.api.access import COOKIE, ContextOf, context_of, require_csrf
from spoils.service.api.studies import study_out
from spoils.service.auth import Accounts, SignedIn
from spoils.service.db.repositories import Assessments, Studies, StudyFilter
from spoils.service.errors import Forbidden, NotFound, NotSignedIn, TooMany
from spoils.service.language import translator_of
from spoils.service.pages.rate_limit import RateLimit
from spoils.service.pages.rendering import page
from spoils.service.viewer import Scope, Viewer

__all__ = ["STATIC", "error_page", "router"]

STATIC: Final = Path(__file__).parent / "static"
_PAGE_SIZE: Final = 50

router = APIRouter(include_in_schema=False)


def _signed_in(request: Request) -> tuple[Viewer, str]:
    found = Accounts(context_of(request)).signed_in(request.cookies.get(COOKIE, ""))
    if found is None:
        raise NotSignedIn
    return found


def _attempts(request: Request) -> RateLimit:
    limit: RateLimit = request.app.state.sign_in_attempts
    return limit


@router.get("/setup")
def setup_page(request: Request, context: ContextOf, link: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """Show the form for the first user."""
    works = Accounts(context).is_setup_secret(link)
    return page(request, "setup.html.j2", link=link, works=works, error="", status=200 if works else 404)


@router.post("/setup")
def set_up(  # noqa: PLR0913, PLR0917 - the fields of the form
    request: Request,
    context: ContextOf,
    link: Annotated[str, Form(max_length=100)],
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=2000)],
    again: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Create the first user and sign in."""
    accounts = Accounts(context)
    try:
        if password != again:
            raise UsageError(message("passwords-differ"))
        accounts.set_up(link, name, password)
    except UsageError as error:
        words = translator_of(request).render(error.message)
        works = accounts.is_setup_secret(link)
        return page(request, "setup.html.j2", link=link, works=works, error=words, status=400)
    signed_in = accounts.sign_in(name.strip(), password)
    if signed_in is None:
        raise NotSignedIn
    return _to_worklist(request, signed_in)


@router.get("/sign-in")
def sign_in_page(request: Request) -> HTMLResponse:
    """Show the form to sign in."""
    return page(request, "sign_in.html.j2", error="")


@router.post("/sign-in")
def sign_in(
    request: Request,
    context: ContextOf,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Sign in. Too many failed attempts from one address or for one name have to wait."""
    attempts, gettext = _attempts(request), translator_of(request).gettext
    keys = (f"address {request.client.host if request.client else ''}", f"name {name}")
    if not all(attempts.allows(key) for key in keys):
        words = gettext("Too many failed attempts. Wait a few minutes.")
        return page(request, "sign_in.html.j2", error=words, status=TooMany.http_status)
    signed_in = Accounts(context).sign_in(name, password)
    if signed_in is None:
        for key in keys:
            attempts.note(key)
        words = gettext("Name and password do not belong together.")
        return page(request, "sign_in.html.j2", error=words, status=NotSignedIn.http_status)
    return _to_worklist(request, signed_in)


def _to_worklist(request: Request, signed_in: SignedIn) -> Response:
    settings = context_of(request).settings
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        signed_in.secret,
        max_age=int(settings.session_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=settings.is_secure,
    )
    return response


@router.post("/sign-out")
def sign_out(request: Request, context: ContextOf, csrf: Annotated[str, Form(max_length=100)]) -> Response:
    """Sign out."""
    viewer, wanted = _signed_in(request)
    require_csrf(csrf, wanted)
    Accounts(context).sign_out(request.cookies.get(COOKIE, ""), viewer)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/")
def worklist(
    request: Request,
    context: ContextOf,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    state: Annotated[str | None, Query(max_length=20)] = None,
) -> HTMLResponse:
    """Show the studies, newest first."""
    viewer, csrf = _signed_in(request)
    if not viewer.may(Scope.READ_STUDIES):
        raise Forbidden
    with context.database.read() as session:
        found = Studies(session, viewer).page(_PAGE_SIZE, cursor, StudyFilter(state or None))
        studies = [study_out(session, context, viewer, study) for study in found.items]
    return page(
        request,
        "worklist.html.j2",
        viewer=viewer,
        csrf=csrf,
        studies=studies,
        next=found.next,
        state=state or "",
        pathways=_pathways(request),
    )


@router.get("/studies/{study_id}")
def study_page(study_id: str, request: Request, context: ContextOf) -> HTMLResponse:
    """Show a study with its result."""
    viewer, csrf = _signed_in(request)
    if not viewer.may(Scope.READ_STUDIES):
        raise Forbidden
    with context.database.read() as session:
        study, results = Studies(session, viewer).get(study_id), Assessments(session, viewer)
        if study is None:
            raise NotFound
        shown = study_out(session, context, viewer, study)
        current = results.current(study)
        files = [] if current is None else results.files(current)
        versions = results.all(study)
    document = None if current is None else read_assessment(current.document.encode())
    return page(
        request,
        "study.html.j2",
        viewer=viewer,
        csrf=csrf,
        study=shown,
        result=document,
        files=files,
        versions=versions,
        pathways=_pathways(request),
    )


def _pathways(request: Request) -> dict[str, str]:
    translator = translator_of(request)
    return {pathway.value: translator.render(pathway_title(pathway)) for pathway in Pathway}


def error_page(request: Request, error: SpoilsError) -> Response:
    """Return the page for an error; who is not signed in is sent to sign in."""
    if isinstance(error, NotSignedIn):
        return RedirectResponse("/sign-in", 303)
    words = translator_of(request).render(error.message)
    return page(request, "error.html.j2", sentence=words, status=error.http_status)
