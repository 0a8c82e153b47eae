"""Connections to SQLite or PostgreSQL, and sessions that commit by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from spoils.errors import UsageError
from spoils.messages import message

__all__ = ["Database", "driver_url"]

_BUSY_SECONDS = 30
_SCHEMES = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def driver_url(url: str) -> URL:
    """Return an SQLAlchemy URL with the driver that is used here.

    Raises:
        UsageError: it is no URL of SQLite or PostgreSQL.

    >>> driver_url("postgresql://clinic@db/spoils").drivername
    'postgresql+psycopg'
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(message("database-url")) from error
    parsed = parsed.set(drivername=_SCHEMES.get(parsed.drivername, parsed.drivername))
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise UsageError(message("database-kind"))
    return parsed


class Database:
    """The application's tables. ``read`` and ``write`` give a session; nobody else calls ``commit``."""

    def __init__(self, url: str) -> None:
        self.url = driver_url(url)
        self.engine = _engine(self.url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session for statements that change nothing."""
        with self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose changes are kept if the block ends without an error, and dropped otherwise."""
        with self._sessions.begin() as session:
            if self.url.get_backend_name() == "sqlite":
                # The lock is taken now: a statement that read first could find its snapshot outdated when it writes.
                session.execute(text("BEGIN IMMEDIATE"))
            yield session

    def answers(self) -> bool:
        """Say whether the database can be reached."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, record: Any) -> None:  # noqa: ANN401 - of the driver and the pool
    del record
    connection.isolation_level = None  # transactions begin where ``write`` says so
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
