import io
import json

import pytest

from spoils.messages import message, verbatim
from spoils.service.assessor import AssessorFailed, Failure
from spoils.service.db.models import Run
from spoils.service.db.repositories import AuditLog, Runs
from spoils.service.viewer import Role

from .conftest import IDENTITY


def test_an_upload_becomes_a_result(client, clinician, upload, work, assessor, assessed):
    answer = upload(odi="44", nrs="7")
    assert answer.status_code == 202
    study = answer.json()
    assert (study["state"], study["clinical"], study["result"]) == ("queued", {"odi": 44.0, "nrs": 7.0}, None)
    assert client.get(f"/api/v1/studies/{study['id']}/assessment", headers=clinician).status_code == 404
    assert work() == 1
    assert assessor.jobs[0].options == {"odi": 44.0, "nrs": 7.0}
    ready = client.get(f"/api/v1/studies/{study['id']}", headers=clinician).json()
    assert (ready["state"], ready["progress"], ready["reason"]) == ("ready", 1.0, None)
    assert ready["patient"]["name"] == IDENTITY.name
    assert ready["result"]["pathway"] == assessed.recommendation.pathway.value
    document = client.get(f"/api/v1/studies/{study['id']}/assessment", headers=clinician)
    assert document.json() == json.loads(assessed.to_json())
    picture = client.get(f"/api/v1/studies/{study['id']}/files/overlay.png", headers=clinician)
    assert (picture.headers["content-type"], picture.content) == ("image/png", assessed.files["overlay.png"])


def test_the_same_key_makes_one_study(client, clinician, upload):
    first, again = upload(key="k1"), upload(key="k1")
    assert first.json()["id"] == again.json()["id"]
    assert len(client.get("/api/v1/studies", headers=clinician).json()["items"]) == 1
    other = upload(b"another study", key="k1")
    assert (other.status_code, other.json()["title"]) == (409, "Conflict")
    assert upload(key="k2").json()["id"] != first.json()["id"]


def test_keys_of_two_users_do_not_meet(upload, token_of):
    other = token_of(Role.CLINICIAN, "john")
    assert upload(key="k1").json()["id"] != upload(key="k1", headers=other).json()["id"]


def test_pages_show_each_study_once(client, clinician, upload):
    made = [upload(str(number).encode()).json()["id"] for number in range(7)]
    seen, cursor = [], None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/v1/studies", headers=clinician, params=query).json()
        seen += [study["id"] for study in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WyIyMDI2LTAzLTA0IiwgMV0", "é" * 9, "A" * 299])
def test_a_made_up_cursor_is_refused(cursor, client, clinician):
    answer = client.get("/api/v1/studies", headers=clinician, params={"cursor": cursor})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"odi": "101"}, 422),
        ({"odi": "many"}, 422),
        ({"nrs": "nan"}, 422),
        ({"clinical": "{"}, 400),
        ({"clinical": "[]"}, 400),
        ({"clinical": json.dumps({"name": "Erika"})}, 422),
        ({"options": json.dumps({"language": "fr"})}, 422),
    ],
)
def test_wrong_fields_are_refused(fields, status, client, clinician, upload):
    answer = upload(**fields)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "Erika" not in answer.text
    assert client.get("/api/v1/studies", headers=clinician).json()["items"] == []


def test_an_upload_without_files_is_refused(client, clinician):
    assert client.post("/api/v1/studies", headers=clinician, data={"odi": "4"}).status_code == 400
    wrong = client.post("/api/v1/studies", headers=clinician, files={"file": ("a", io.BytesIO(b"x"))})
    assert wrong.status_code == 400


def test_a_failed_assessment_says_why_and_can_be_repeated(client, clinician, upload, work, assessor):
    study = upload().json()
    assessor.raises = [AssessorFailed(Failure.of("unsuitable", verbatim("The image shows no lumbar spine.")))]
    work()
    failed = client.get(f"/api/v1/studies/{study['id']}", headers=clinician).json()
    assert (failed["state"], failed["reason"]) == ("failed", "The image shows no lumbar spine.")
    again = client.post(f"/api/v1/studies/{study['id']}/retry", headers=clinician)
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    work()
    assert client.get(f"/api/v1/studies/{study['id']}", headers=clinician).json()["state"] == "ready"


def test_a_crash_is_tried_twice(client, clinician, upload, work, assessor):
    study = upload().json()
    crash = Failure.of("error", message("assessment-crashed"))
    assessor.raises = [AssessorFailed(crash, may_retry=True)]
    work()
    assert client.get(f"/api/v1/studies/{study['id']}", headers=clinician).json()["state"] == "ready"
    other = upload(b"other").json()
    assessor.raises = [AssessorFailed(crash, may_retry=True)] * 2
    work()
    assert client.get(f"/api/v1/studies/{other['id']}", headers=clinician).json()["state"] == "failed"


def test_a_correction_makes_a_new_version(client, clinician, upload, work, assessor, context):
    study = upload().json()
    work()
    url = f"/api/v1/studies/{study['id']}"
    first = client.get(url, headers=clinician).json()
    wanted = {"corrections": [{"kind": "grade", "level": "L4-L5", "grade": 2, "reason": "seen"}]}
    answer = client.post(f"{url}/corrections", headers=clinician, json={**wanted, "version": first["version"]})
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert client.post(f"{url}/corrections", headers=clinician, json=wanted).status_code == 409
    work()
    job = assessor.jobs[-1]
    assert (job.parent, job.earlier) == (first["result"]["id"], [])
    assert (job.corrections[0]["by"], job.corrections[0]["grade"]) == ("clinician", 2)
    versions = client.get(f"{url}/versions", headers=clinician).json()
    assert [(one["number"], one["parent"]) for one in versions] == [(1, None), (2, first["result"]["id"])]
    old = client.get(f"{url}/files/report.txt", headers=clinician, params={"result": versions[0]["id"]})
    assert old.status_code == 200


@pytest.mark.parametrize(
    "correction", [{}, {"kind": "grade", "level": "L9", "grade": 2}, {"kind": "grade", "level": "L4-L5", "grade": 7}]
)
def test_a_wrong_correction_is_refused(correction, client, clinician, upload, work):
    study = upload().json()
    work()
    answer = client.post(
        f"/api/v1/studies/{study['id']}/corrections", headers=clinician, json={"corrections": [correction]}
    )
    assert answer.status_code == 422


def test_the_second_of_two_people_is_told(client, clinician, upload, work, token_of):
    study = upload().json()
    work()
    url = f"/api/v1/studies/{study['id']}"
    seen = client.get(url, headers=clinician).json()["version"]
    decision = {"pathway": "conservative", "reason": "patient's wish", "version": seen}
    other = token_of(Role.CLINICIAN, "john")
    assert client.post(f"{url}/decision", headers=clinician, json=decision).status_code == 200
    late = client.post(f"{url}/decision", headers=other, json=decision)
    assert (late.status_code, "someone else" in late.json()["detail"]) == (409, True)
    assert client.get(url, headers=clinician).json()["decision"]["signed_by"] == "clinician"


def test_a_decision_accepts_or_has_a_reason(client, clinician, upload, work, assessed):
    study = upload().json()
    url = f"/api/v1/studies/{study['id']}/decision"
    suggested = assessed.recommendation.pathway.value
    other = next(one for one in ("conservative", "surgical-consultation") if one != suggested)
    assert client.post(url, headers=clinician, json={"pathway": suggested}).status_code == 409
    work()
    assert client.post(url, headers=clinician, json={"pathway": other}).status_code == 400
    assert client.post(url, headers=clinician, json={"pathway": "pray"}).status_code == 422
    accepted = client.post(url, headers=clinician, json={"pathway": suggested}).json()
    assert (accepted["accepted"], accepted["reason"]) == (True, "")
    overridden = client.post(url, headers=clinician, json={"pathway": other, "reason": "wish"}).json()
    assert (overridden["accepted"], overridden["reason"]) == (False, "wish")


def test_new_scores_decide_anew(client, clinician, upload, work, assessor):
    study = upload(odi="10").json()
    url = f"/api/v1/studies/{study['id']}"
    changed = client.patch(f"{url}/clinical", headers=clinician, json={"odi": 60, "nrs": 8})
    assert (changed.json()["clinical"], changed.json()["state"]) == ({"odi": 60.0, "nrs": 8.0}, "queued")
    assert work() == 1
    assert assessor.jobs[-1].options == {"odi": 60.0, "nrs": 8.0}
    client.patch(f"{url}/clinical", headers=clinician, json={"odi": 20})
    work()
    assert (assessor.jobs[-1].corrections[0]["kind"], assessor.jobs[-1].corrections[0]["odi"]) == ("scores", 20.0)


def test_waiting_work_can_be_cancelled(client, clinician, upload, work, context):
    study = upload().json()
    cancelled = client.post(f"/api/v1/studies/{study['id']}/cancel", headers=clinician)
    assert cancelled.json()["state"] == "failed"
    assert work() == 0
    assert client.post(f"/api/v1/studies/{study['id']}/cancel", headers=clinician).status_code == 409
    with context.database.read() as session:
        assert [run.state for run in session.query(Run)] == ["cancelled"]


def test_events_end_with_the_work(client, clinician, upload, work):
    study = upload().json()
    work()
    answer = client.get(f"/api/v1/studies/{study['id']}/events", headers=clinician)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert json.loads(answer.text.split("data: ")[1])["state"] == "ready"


def test_a_large_body_is_refused(client, clinician):
    assert client.patch("/api/v1/studies/x/clinical", headers=clinician, content=b"x" * 5_000_000).status_code == 413


def test_identity_is_encrypted_and_in_no_log_of_the_audit(context, client, upload, work, tmp_path, clinician):
    upload(b"Muster^Erika PID-4711")
    work()
    with context.database.read() as session:
        entries = [(one.actor, one.action, one.subject, str(one.details)) for one in AuditLog(session).newest(100)]
    context.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert b"Erika" not in kept
    assert b"4711" not in kept
    assert "Erika" not in str(entries)
    assert {action for _, action, _, _ in entries} >= {"user.create", "token.create", "study.upload", "study.result"}


def test_the_schema_is_openapi_3_1(client):
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert "Assessment" in schema["components"]["schemas"]
    for path, methods in schema["paths"].items():
        for method in methods.values():
            assert path.startswith("/api/v1") is ("Problem" in str(method["responses"])), path


def test_alive_and_ready(client, context, clock):
    assert client.get("/healthz").json()["status"] == "alive"
    assert client.get("/readyz").status_code == 503
    with context.database.write() as session:
        Runs(session).beat("w", clock())
    assert client.get("/readyz").json() == {"database": True, "worker": True}
    clock.pass_(minutes=1)
    assert client.get("/readyz").status_code == 503


def test_metrics_count_work(client, upload, work):
    upload()
    work()
    upload()
    text = client.get("/metrics").text
    assert 'spoils_runs{state="queued"} 1' in text
    assert 'spoils_runs{state="ready"} 1' in text
