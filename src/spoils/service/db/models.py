"""The tables."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "Assessment",
    "AssessmentFile",
    "AuditEntry",
    "Base",
    "Decision",
    "IdempotencyKey",
    "OneTimeLink",
    "Patient",
    "Run",
    "Session",
    "Study",
    "StudyFile",
    "Token",
    "User",
    "Utc",
    "Worker",
    "new_id",
]


def new_id() -> str:
    """Return a new identifier: 32 hexadecimal digits, at random."""
    return uuid4().hex


class Utc(TypeDecorator[datetime]):
    """A time with its zone. SQLite keeps none, so every time is kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time with its zone."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables. Keys have names, so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy when the class is made
        datetime: Utc,
        date: Date,
        dict[str, Any]: JSON,
        list[str]: JSON,
        bytes: LargeBinary,
        bool: Boolean,
        int: Integer,
        float: Float,
    }


class User(Base):
    """A person who may sign in."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created: Mapped[datetime]
    disabled: Mapped[datetime | None]


class Session(Base):
    """A sign-in of a browser, by the hash of its cookie."""

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]
    expires: Mapped[datetime]


class Token(Base):
    """An access token of a program, by its hash."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    created: Mapped[datetime]
    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that works once, by the hash of its secret: the set-up of the first user."""

    __tablename__ = "one_time_links"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    created: Mapped[datetime]
    expires: Mapped[datetime]


class Patient(Base):
    """A patient by pseudonym; ``identity`` is encrypted JSON of name, ID and birth date."""

    __tablename__ = "patients"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    pseudonym: Mapped[str] = mapped_column(String(32), unique=True)
    identity: Mapped[bytes]
    sex: Mapped[str | None] = mapped_column(String(1))
    created: Mapped[datetime]


class Study(Base):
    """An imaging study as it was received.

    ``version`` counts changes, so that a change to an outdated state is noticed. ``clinical`` holds what was given of
    ODI, NRS and history. ``removed`` is set when its patient was deleted.
    """

    __tablename__ = "studies"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id"), index=True)
    uploaded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created: Mapped[datetime]
    acquired: Mapped[date | None]
    clinical: Mapped[dict[str, Any]]
    options: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20), index=True)
    current_id: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (Index("ix_studies_created_id", "created", "id"),)


class StudyFile(Base):
    """A file of a study: its encrypted name, and the name of its content in the store."""

    __tablename__ = "study_files"

    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[bytes]
    content: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)


class Run(Base):
    """One piece of work for the queue: the assessment of a study, or its correction.

    ``id`` is also the identifier of the job, so that it is queued once.
    """

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[str | None] = mapped_column(String(32))
    details: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20), index=True)
    stage: Mapped[str] = mapped_column(String(60), default="")
    progress: Mapped[float] = mapped_column(default=0.0)
    reason: Mapped[dict[str, Any] | None]
    priority: Mapped[int] = mapped_column(default=10)
    attempts: Mapped[int] = mapped_column(default=0)
    created: Mapped[datetime]
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]
    worker_id: Mapped[str | None] = mapped_column(String(32))


class Worker(Base):
    """A worker process and when it was last alive."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    started: Mapped[datetime]
    beat: Mapped[datetime]


class Assessment(Base):
    """One version of the result of a study; it is never changed."""

    __tablename__ = "assessments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    parent_id: Mapped[str | None] = mapped_column(String(32))
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created: Mapped[datetime]
    document: Mapped[str] = mapped_column(Text)
    pathway: Mapped[str | None] = mapped_column(String(40))
    worst_disc: Mapped[str | None] = mapped_column(String(20))

    __table_args__ = (UniqueConstraint("study_id", "number"),)


class AssessmentFile(Base):
    """A document of an assessment."""

    __tablename__ = "assessment_files"

    assessment_id: Mapped[str] = mapped_column(ForeignKey("assessments.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    content: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)


class Decision(Base):
    """What a clinician decided on a version of the result, signed."""

    __tablename__ = "decisions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id", ondelete="CASCADE"), index=True)
    assessment_id: Mapped[str] = mapped_column(ForeignKey("assessments.id", ondelete="CASCADE"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    user_name: Mapped[str] = mapped_column(String(100))
    signed: Mapped[datetime]
    accepted: Mapped[bool]
    pathway: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)


class IdempotencyKey(Base):
    """A request that was answered: the same request with the same key gets the same answer."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id", ondelete="CASCADE"))
    created: Mapped[datetime]


class AuditEntry(Base):
    """An entry of the audit log. ``hash`` covers the entry and the hash of the one before."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
