"""Migrations of the tables, run at every start."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from spoils.service.db.engine import Database

__all__ = ["migrate"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_205_113  # any number that no other program on the database uses


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the tables to a revision: the newest by default, ``base`` removes them.

    Of several processes that start at once, one migrates and the others wait.
    """
    with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            connection.commit()
        try:
            _run(connection, revision)
        finally:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
                connection.commit()


def _run(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
