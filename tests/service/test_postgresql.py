"""The application on PostgreSQL: the same tables, the same answers, and changes one after the other."""

import os
import pwd
import shutil
import subprocess
import threading
from pathlib import Path
from tempfile import mkdtemp

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.testclient import TestClient
from sqlalchemy import inspect

from spoils.service.app import create_app
from spoils.service.auth import Accounts
from spoils.service.context import Context
from spoils.service.db import Base, migrate
from spoils.service.db.repositories import AuditLog, Runs
from spoils.service.jobs.steps import Steps
from spoils.service.settings import ServiceSettings
from spoils.service.viewer import ROLE_SCOPES, Role

from ..programs import program
from .conftest import PASSWORD

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def server():
    """Start a database server of our own, which listens on a socket in its folder only."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        program("initdb")
    folder = mkdtemp(prefix="pg")
    options = {"capture_output": True, "cwd": folder}
    if os.geteuid() == 0:  # the server refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    control = [f"{programs[-1]}/pg_ctl", "--pgdata", f"{folder}/db", "--wait"]
    subprocess.run(
        [f"{programs[-1]}/initdb", "--pgdata", f"{folder}/db", "--username", "spoils", "--auth", "trust"],
        check=True,
        **options,
    )
    subprocess.run(
        [*control, "--log", f"{folder}/log", "--options", f"-k {folder} -c listen_addresses=''", "start"],
        check=True,
        **options,
    )
    yield f"postgresql://spoils@/postgres?host={folder}"
    subprocess.run([*control, "--mode", "immediate", "stop"], check=True, **options)
    shutil.rmtree(folder)


@pytest.fixture
def context(server, tmp_path, clock):
    opened = Context.open(ServiceSettings(data=tmp_path / "data", database=server), clock)
    yield opened
    migrate(opened.database, "base")
    opened.close()


def test_migrations_make_the_tables_of_the_models(context):
    with context.database.engine.connect() as connection:
        migration = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(migration, Base.metadata) == []
    migrate(context.database, "base")
    assert inspect(context.database.engine).get_table_names() == ["alembic_version"]
    migrate(context.database)


def test_a_study_goes_its_way(context, assessor):
    Accounts(context).create("jane", Role.CLINICIAN, PASSWORD, by="test")
    token = Accounts(context).issue_token("jane", ROLE_SCOPES[Role.CLINICIAN], by="test")
    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(create_app(context)) as client:
        study = client.post("/api/v1/studies", headers=headers, files={"files": ("a.zip", b"x")}).json()["id"]
        assert client.get("/api/v1/studies", headers=headers).json()["items"][0]["state"] == "queued"
        with context.database.read() as session:
            (run,) = Runs(session).waiting()
        steps = Steps(context, assessor, "test")
        assert steps.begin(run.id)
        steps.finish(run.id, steps.run(run.id))
        steps.finish(run.id, steps.run(run.id))  # repeated, as after a crash
        assert [one["number"] for one in client.get(f"/api/v1/studies/{study}/versions", headers=headers).json()] == [1]


def test_entries_of_the_audit_log_do_not_collide(context, clock):
    def append():
        for _ in range(5):
            with context.database.write() as session:
                AuditLog(session).append(clock(), "jane", "test")

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with context.database.read() as session:
        assert (AuditLog(session).verify(), AuditLog(session).count()) == (None, 20)
