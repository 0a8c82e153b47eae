import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text, update

from spoils.errors import UsageError
from spoils.service.db import Base, Database, migrate
from spoils.service.db.engine import driver_url
from spoils.service.db.models import AuditEntry
from spoils.service.db.repositories import AuditLog
from spoils.service.db.repositories.audit import _hash


@pytest.fixture
def database(tmp_path):
    opened = Database(f"sqlite:///{tmp_path / 'db.sqlite'}")
    migrate(opened)
    yield opened
    opened.close()


def test_migrations_make_the_tables_of_the_models(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_and_up_again(database):
    migrate(database, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    migrate(database)
    migrate(database)
    assert set(Base.metadata.tables) < set(inspect(database.engine).get_table_names())


@pytest.mark.parametrize("url", ["mysql://db/spoils", "nothing", ""])
def test_other_databases_are_refused(url):
    with pytest.raises(UsageError):
        driver_url(url)


def test_a_failed_block_changes_nothing(database, clock):
    def fail():
        with database.write() as session:
            AuditLog(session).append(clock(), "jane", "study.upload")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as session:
        assert AuditLog(session).count() == 0


@pytest.fixture
def log(database, clock):
    for number in range(5):
        with database.write() as session:
            AuditLog(session).append(clock(), "jane", "study.upload", f"{number}", files=number)
    return database


def broken(database):
    with database.read() as session:
        return AuditLog(session).verify()


def test_an_untouched_log_is_whole(log):
    assert broken(log) is None
    with log.read() as session:
        assert [entry.number for entry in AuditLog(session).newest(2)] == [5, 4]
        assert [entry.number for entry in AuditLog(session).newest(9, before=3)] == [2, 1]


@pytest.mark.parametrize("change", [{"actor": "john"}, {"action": "x"}, {"details": {"files": 9}}, {"subject": "9"}])
def test_a_changed_entry_breaks_the_chain(change, log):
    with log.write() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == 3).values(**change))
    found = broken(log)
    assert (found.number, found.why) == (3, "it was changed")


def test_a_removed_entry_breaks_the_chain(log):
    with log.write() as session:
        session.execute(text("DELETE FROM audit WHERE number = 2"))
    assert broken(log).number == 2


def test_a_changed_entry_with_a_new_hash_breaks_the_chain(log):
    with log.write() as session:
        entry = session.get(AuditEntry, 2)
        entry.actor = "john"
        entry.hash = _hash(entry)
    assert (broken(log).number, broken(log).why) == (3, "it does not follow the entry before")
