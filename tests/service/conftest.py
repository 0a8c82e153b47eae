import io
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

import spoils
from spoils.phantom import PhantomSpec, draw_phantom, write_study
from spoils.service.app import create_app
from spoils.service.assessor import JobResult, PatientIdentity
from spoils.service.assessor.protocol import OUTPUT
from spoils.service.auth import Accounts
from spoils.service.context import Context
from spoils.service.db.repositories import Runs
from spoils.service.jobs.steps import Steps
from spoils.service.settings import ServiceSettings
from spoils.service.viewer import ROLE_SCOPES, Role

PASSWORD = "correct horse battery"
IDENTITY = PatientIdentity(id="PID-4711", name="Muster^Erika", birth_date="1970-02-03")


class Clock:
    def __init__(self):
        self.time = datetime(2026, 3, 4, 12, tzinfo=UTC)

    def __call__(self):
        self.time += timedelta(milliseconds=1)
        return self.time

    def pass_(self, **time):
        self.time += timedelta(**time)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def context(tmp_path, clock):
    opened = Context.open(ServiceSettings(data=tmp_path / "data"), clock)
    yield opened
    opened.close()


@pytest.fixture
def client(context):
    with TestClient(create_app(context), follow_redirects=False) as client:
        yield client


@pytest.fixture
def token_of(context):
    """Return a function that creates a user of a role and returns the header of a token with all its scopes."""

    def _token_of(role, name=None):
        name = name or role.value
        Accounts(context).create(name, role, PASSWORD, by="test")
        token = Accounts(context).issue_token(name, ROLE_SCOPES[role], by="test")
        return {"Authorization": f"Bearer {token}"}

    return _token_of


@pytest.fixture
def clinician(token_of):
    return token_of(Role.CLINICIAN)


@pytest.fixture(scope="session")
def phantom_study(tmp_path_factory):
    return write_study(draw_phantom(PhantomSpec()), tmp_path_factory.mktemp("phantom") / "study")


@pytest.fixture(scope="session")
def assessed(phantom_study):
    return spoils.assess(phantom_study, odi=44, nrs=7)


class FakeAssessor:
    """Writes the documents of one assessment that was made before, whatever the study is."""

    def __init__(self, assessed):
        self.assessed = assessed
        self.jobs = []
        self.raises = []

    def run(self, job, progress, is_cancelled):
        self.jobs.append(job)
        if self.raises:
            raise self.raises.pop(0)
        progress("segment", 0.5)
        (job.folder / OUTPUT).mkdir()
        for name in ("assessment.json", "overlay.png", "report.txt"):
            (job.folder / OUTPUT / name).write_bytes(self.assessed.files[name])
        return JobResult(identity=IDENTITY, sex="F", acquired="2026-02-03")


@pytest.fixture
def assessor(assessed):
    return FakeAssessor(assessed)


@pytest.fixture
def work(context, assessor):
    """Return a function that does everything that waits, as a worker would."""

    def _work():
        steps = Steps(context, assessor, "test")
        with context.database.read() as session:
            waiting = [run.id for run in Runs(session).waiting()]
        for run_id in waiting:
            if steps.begin(run_id):
                outcome = steps.run(run_id)
                if isinstance(outcome, str):
                    steps.finish(run_id, outcome)
                elif outcome is not None:
                    steps.fail(run_id, outcome)
        return len(waiting)

    return _work


@pytest.fixture
def upload(client, clinician):
    def _upload(content=b"a study", *, key=None, headers=None, **fields):
        sent = {**(headers or clinician), **({"Idempotency-Key": key} if key else {})}
        return client.post(
            "/api/v1/studies", headers=sent, files={"files": ("study.zip", io.BytesIO(content))}, data=fields
        )

    return _upload
