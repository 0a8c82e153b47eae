"""Every route against every role."""

import re

import pytest

from spoils.service.auth import Accounts
from spoils.service.viewer import ROLE_SCOPES, Role, Scope

from .conftest import PASSWORD

OPEN = {"/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/setup", "/sign-in", "/static"}
NEEDS = {
    ("GET", "/api/v1/studies"): Scope.READ_STUDIES,
    ("POST", "/api/v1/studies"): Scope.WRITE_STUDIES,
    ("GET", "/api/v1/studies/{study_id}"): Scope.READ_STUDIES,
    ("GET", "/api/v1/studies/{study_id}/events"): Scope.READ_STUDIES,
    ("GET", "/api/v1/studies/{study_id}/assessment"): Scope.READ_STUDIES,
    ("GET", "/api/v1/studies/{study_id}/versions"): Scope.READ_STUDIES,
    ("GET", "/api/v1/studies/{study_id}/files/{name}"): Scope.READ_STUDIES,
    ("PATCH", "/api/v1/studies/{study_id}/clinical"): Scope.WRITE_STUDIES,
    ("POST", "/api/v1/studies/{study_id}/corrections"): Scope.WRITE_STUDIES,
    ("POST", "/api/v1/studies/{study_id}/decision"): Scope.WRITE_STUDIES,
    ("POST", "/api/v1/studies/{study_id}/cancel"): Scope.WRITE_STUDIES,
    ("POST", "/api/v1/studies/{study_id}/retry"): Scope.WRITE_STUDIES,
}
PAGES = {("GET", "/"): Scope.READ_STUDIES, ("GET", "/studies/{study_id}"): Scope.READ_STUDIES}
BODIES = {
    "clinical": {"odi": 20},
    "corrections": {"corrections": [{"kind": "grade", "level": "L4-L5", "grade": 2}]},
    "decision": {"pathway": "conservative", "reason": "wish"},
}


def routes_of(app):
    found = set()
    for path, methods in app.openapi()["paths"].items():
        found |= {(method.upper(), path) for method in methods}
    return found


def test_every_route_is_in_the_table(client):
    known = set(NEEDS) | {("GET", path) for path in OPEN}
    assert routes_of(client.app) - known == set()
    assert set(NEEDS) <= routes_of(client.app)


@pytest.fixture
def study(upload, work):
    made = upload().json()["id"]
    work()
    return made


def ask(client, method, path, study, **options):
    url = path.replace("{study_id}", study).replace("{name}", "overlay.png")
    body = BODIES.get(path.rsplit("/", 1)[-1])
    if (method, path) == ("POST", "/api/v1/studies"):
        options["files"] = {"files": ("a.zip", b"x")}
    elif body is not None:
        options["json"] = body
    return client.request(method, url, **options)


@pytest.mark.parametrize(("method", "path"), sorted(NEEDS))
def test_each_role_reaches_what_its_scopes_allow(method, path, client, study, token_of):
    for role in Role:
        headers = token_of(role, f"other {role}")
        status = ask(client, method, path, study, headers=headers).status_code
        allowed = NEEDS[method, path] in ROLE_SCOPES[role]
        assert (status not in {401, 403, 404}) is allowed, (role, status)
        if not allowed:
            assert status == 403


@pytest.mark.parametrize(("method", "path"), sorted(NEEDS))
def test_nobody_reaches_anything_without_a_token(method, path, client, study):
    assert ask(client, method, path, study).status_code == 401
    assert ask(client, method, path, study, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert ask(client, method, path, study, headers={"Authorization": "Basic x"}).status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/studies/{study_id}", "/api/v1/studies/{study_id}/assessment"])
def test_a_study_that_is_not_there_is_not_found(path, client, clinician):
    assert client.get(path.replace("{study_id}", "0" * 32), headers=clinician).status_code == 404


def test_a_token_with_one_scope_has_no_other(client, study, context):
    Accounts(context).create("jane", Role.CLINICIAN, PASSWORD, by="test")
    token = Accounts(context).issue_token("jane", frozenset({Scope.READ_COHORT}), by="test")
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/studies", headers=headers).status_code == 403
    assert client.get(f"/api/v1/studies/{study}", headers=headers).status_code == 403


@pytest.fixture
def signed_in(client, context):
    def _signed_in(role):
        Accounts(context).create(f"page {role}", role, PASSWORD, by="test")
        client.cookies.clear()
        client.post("/sign-in", data={"name": f"page {role}", "password": PASSWORD})
        return role

    return _signed_in


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("method", "path"), sorted(PAGES))
def test_each_role_sees_the_pages_of_its_scopes(method, path, role, client, study, signed_in):
    signed_in(role)
    allowed = PAGES[method, path] in ROLE_SCOPES[role]
    assert ask(client, method, path, study).status_code == (200 if allowed else 403)


@pytest.mark.parametrize(("method", "path"), [one for one in sorted(NEEDS) if one[0] != "GET"])
def test_a_change_by_cookie_needs_the_csrf_token(method, path, client, study, signed_in):
    signed_in(Role.CLINICIAN)
    assert ask(client, method, path, study).status_code == 403
    assert ask(client, method, path, study, headers={"X-CSRF-Token": "wrong"}).status_code == 403
    csrf = re.search(r'name="csrf" content="([^"]+)"', client.get("/").text)[1]
    assert ask(client, method, path, study, headers={"X-CSRF-Token": csrf}).status_code not in {401, 403}
