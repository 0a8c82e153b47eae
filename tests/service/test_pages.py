import re

import pytest

from spoils.messages import message
from spoils.service.assessor import AssessorFailed, Failure
from spoils.service.auth import Accounts
from spoils.service.viewer import Role

from . import conftest
from .conftest import IDENTITY, PASSWORD


def test_from_the_link_to_the_worklist(client, context):
    secret = Accounts(context).setup_secret()
    assert client.get("/").headers["location"] == "/sign-in"
    assert 'name="again"' in client.get(f"/setup?link={secret}").text
    form = {"link": secret, "name": "jane", "password": PASSWORD}
    unequal = client.post("/setup", data={**form, "again": "another password"})
    assert (unequal.status_code, "not the same" in unequal.text) == (400, True)
    done = client.post("/setup", data={**form, "again": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "no study here yet" in client.get("/").text
    assert client.get(f"/setup?link={secret}").status_code == 404


@pytest.fixture
def signed_in(client, context):
    Accounts(context).create("jane", Role.CLINICIAN, PASSWORD, by="test")
    client.post("/sign-in", data={"name": "jane", "password": PASSWORD})
    return client


def test_a_study_is_listed_and_shown(signed_in, upload, work, assessed):
    study = upload(odi="44").json()["id"]
    assert "<progress" in signed_in.get("/").text
    assert "Assess again" not in signed_in.get(f"/studies/{study}").text
    work()
    listed = signed_in.get("/").text
    assert IDENTITY.name in listed
    assert "<progress" not in listed
    shown = signed_in.get(f"/studies/{study}").text
    assert "/files/overlay.png?result=" in shown
    for disc in assessed.discs:
        assert f"<strong>{disc.label}</strong>" in shown
    assert str(assessed.recommendation.rationale[0]).replace("'", "&#39;") in shown


def test_markup_in_names_is_not_markup(signed_in, upload, work, assessor, monkeypatch):
    name = "<script>alert(1)</script>"
    monkeypatch.setattr(conftest, "IDENTITY", conftest.IDENTITY.model_copy(update={"name": name}))
    study = upload().json()["id"]
    work()
    for page in ("/", f"/studies/{study}"):
        text = signed_in.get(page).text
        assert name not in text
        assert "&lt;script&gt;" in text


def test_signing_out_ends_the_session(signed_in):
    csrf = re.search(r'name="csrf" content="([^"]+)"', signed_in.get("/").text)[1]
    assert signed_in.post("/sign-out", data={"csrf": "wrong"}).status_code == 403
    assert signed_in.post("/sign-out", data={"csrf": csrf}).headers["location"] == "/sign-in"
    assert signed_in.get("/").headers["location"] == "/sign-in"


def test_guessing_passwords_has_to_wait(client, context):
    Accounts(context).create("jane", Role.VIEWER, PASSWORD, by="test")
    for _ in range(10):
        assert client.post("/sign-in", data={"name": "jane", "password": "wrong"}).status_code == 401
    assert client.post("/sign-in", data={"name": "jane", "password": PASSWORD}).status_code == 429


def test_pages_forbid_foreign_scripts(client):
    headers = client.get("/sign-in").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?! src=\"/static/)|<style| on\w+=|style=", client.get("/sign-in").text)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de", "de"), ("fr, de;q=0.5, en;q=0.4", "de"), ("hi-IN,hi;q=0.9", "hi"), ("", "en"), ("xx;q=a,,;q=", "en")],
)
def test_the_browser_chooses_the_language(accepted, language, client):
    text = client.get("/sign-in", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{language}">' in text
    assert ("Sign in" in text) is (language == "en")


def test_the_research_notice_is_on_every_page(signed_in, upload):
    study = upload().json()["id"]
    for page in ("/", f"/studies/{study}", "/sign-in", "/studies/none"):
        assert "research" in signed_in.get(page).text.lower()


def test_a_failure_is_told_in_the_language_of_the_browser(signed_in, upload, work, assessor):
    study = upload().json()["id"]
    crash = Failure.of("error", message("assessment-crashed"))
    assessor.raises = [AssessorFailed(crash, may_retry=True)] * 2
    work()
    shown = signed_in.get(f"/studies/{study}", headers={"Accept-Language": "de"}).text
    assert "endete unerwartet" in shown
    assert "Noch einmal auswerten" in shown
    missing = signed_in.get("/api/v1/studies/none", headers={"Accept-Language": "de"}).json()
    assert missing["detail"] == "Hier ist nichts."
