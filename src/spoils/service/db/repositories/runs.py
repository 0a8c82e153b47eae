"""Pieces of work for the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from spoils.service.db.models import Run, Study, Worker

__all__ = ["ACTIVE", "Runs"]

ACTIVE: Final = ("queued", "running")
"""States of a run that has not ended."""


class Runs:
    """The runs of studies. Only the application itself uses it: a viewer sees runs by their study."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(  # noqa: PLR0913 - each is named at every call
        self,
        study: Study,
        kind: str,
        now: datetime,
        *,
        parent_id: str | None = None,
        details: dict[str, Any] | None = None,
        priority: int = 10,
    ) -> Run:
        """Add a run that is to be queued."""
        run = Run(
            study_id=study.id,
            kind=kind,
            parent_id=parent_id,
            details=details or {},
            state="queued",
            priority=priority,
            created=now,
        )
        self._session.add(run)
        self._session.flush()
        return run

    def get(self, run_id: str) -> Run | None:
        """Return a run; None if there is none."""
        return self._session.get(Run, run_id)

    def lock(self, run_id: str) -> Run | None:
        """Return a run to change; None if there is none."""
        return self._session.scalar(select(Run).where(Run.id == run_id).with_for_update())

    def latest(self, study_id: str) -> Run | None:
        """Return the newest run of a study."""
        return self._session.scalar(
            select(Run).where(Run.study_id == study_id).order_by(Run.created.desc(), Run.id.desc()).limit(1)
        )

    def waiting(self) -> list[Run]:
        """Return all runs that have not ended, oldest first."""
        return list(self._session.scalars(select(Run).where(Run.state.in_(ACTIVE)).order_by(Run.created)))

    def beat(self, worker_id: str, now: datetime) -> None:
        """Note that a worker is alive."""
        worker = self._session.get(Worker, worker_id)
        if worker is None:
            self._session.add(Worker(id=worker_id, started=now, beat=now))
        else:
            worker.beat = now

    def last_beat(self) -> datetime | None:
        """Return when any worker was last alive."""
        return self._session.scalar(select(func.max(Worker.beat)))

    def stalled(self, before: datetime) -> list[Run]:
        """Return the running runs whose worker has not been alive since a time."""
        alive = select(Worker.id).where(Worker.beat >= before)
        return list(self._session.scalars(select(Run).where(Run.state == "running", Run.worker_id.not_in(alive))))

    def forget_worker(self, worker_id: str) -> None:
        """Note that a worker has ended."""
        self._session.execute(delete(Worker).where(Worker.id == worker_id))

    def counts(self) -> dict[str, int]:
        """Return how many runs are in each state."""
        rows = self._session.execute(select(Run.state, func.count()).group_by(Run.state))
        return dict(rows.all())
