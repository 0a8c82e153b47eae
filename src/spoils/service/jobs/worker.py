"""A worker process: takes runs from the database and does them as durable workflows."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from dbos import DBOS, DBOSConfig, DBOSConfiguredInstance, Queue, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.exc import SQLAlchemyError

from spoils.service.assessor import Assessor, AssessorFailed, Stopping
from spoils.service.context import Context
from spoils.service.db.engine import driver_url
from spoils.service.db.repositories import Runs
from spoils.service.jobs.steps import Steps

__all__ = ["Worker"]

_log = logging.getLogger(__name__)

_QUEUE: Final = "studies"
_TICK_SECONDS: Final = 0.5
_BEAT_SECONDS: Final = 5.0
_END_SECONDS: Final = 2
_STALLED: Final = timedelta(seconds=30)


@DBOS.dbos_class()
class _StudyWork(DBOSConfiguredInstance):
    """The durable workflow of a run. A finished step does not run again when the workflow is resumed."""

    def __init__(self, steps: Steps) -> None:
        super().__init__("studies")
        self._steps = steps

    @DBOS.workflow(max_recovery_attempts=5)
    def assess_study(self, run_id: str) -> None:
        if not self.begin(run_id):
            return
        outcome = self.work(run_id)
        if isinstance(outcome, str):
            self.finish(run_id, outcome)
        elif outcome is not None:
            self.fail(run_id, outcome)

    @DBOS.step()
    def begin(self, run_id: str) -> bool:
        return self._steps.begin(run_id)

    @DBOS.step()
    def work(self, run_id: str) -> str | dict[str, Any] | None:
        return self._steps.run(run_id)

    @DBOS.step()
    def finish(self, run_id: str, kept: str) -> None:
        self._steps.finish(run_id, kept)

    @DBOS.step()
    def fail(self, run_id: str, failure: dict[str, Any]) -> None:
        self._steps.fail(run_id, failure)


class Worker:
    """Does the work of an installation in this process until it is closed.

    The application only writes runs to the database; a worker finds them there and queues them under their own
    identifier, so that a run is queued once however often it is found.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        # On SQLite there is one worker, which resumes what it did before it was killed. On PostgreSQL every process has
        # a name of its own, and what a dead one did is resumed by another.
        is_alone = driver_url(context.settings.jobs_url).get_backend_name() == "sqlite"
        self._id = "local" if is_alone else uuid4().hex
        self._assessor = Assessor(
            job_seconds=context.settings.job_seconds, memory_bytes=context.settings.job_memory_bytes
        )
        self._work = _StudyWork(Steps(context, self._assessor, self._id))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="spoils-worker", daemon=True)
        self._queue: Queue | None = None

    def start(self) -> None:
        """Begin to work."""
        config: DBOSConfig = {
            "name": "spoils",
            "system_database_url": driver_url(self._context.settings.jobs_url).render_as_string(hide_password=False),
            "executor_id": self._id,
            "application_version": "spoils",
            "enable_otlp": False,
            "log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.launch()
        self._queue = DBOS.register_queue(
            _QUEUE, worker_concurrency=1, polling_interval_sec=_TICK_SECONDS, on_conflict="always_update"
        )
        self._thread.start()
        threading.Thread(target=self._warm_up, name="spoils-warm-up", daemon=True).start()

    def close(self) -> None:
        """End the work. A run that is cut off is resumed at the next start."""
        self._stopping.set()
        self._thread.join(timeout=10)
        self._assessor.close()
        DBOS.destroy(workflow_completion_timeout_sec=_END_SECONDS)
        with self._context.database.write() as session:
            Runs(session).forget_worker(self._id)

    def _warm_up(self) -> None:
        with suppress(AssessorFailed, Stopping):  # the first job says so, too
            self._assessor.warm_up()

    def _serve(self) -> None:
        until_beat = 0.0
        while not self._stopping.wait(_TICK_SECONDS):
            try:
                until_beat -= _TICK_SECONDS
                if until_beat <= 0:
                    until_beat = _BEAT_SECONDS
                    self._beat()
                self._enqueue()
            except SQLAlchemyError as error:
                # The database may come back; until then nothing is taken.
                _log.error("The database does not answer (%s).", type(error).__name__)

    def _beat(self) -> None:
        now = self._context.now()
        with self._context.database.write() as session:
            runs = Runs(session)
            runs.beat(self._id, now)
            stalled = [run.id for run in runs.stalled(now - _STALLED)]
        for run_id in stalled:
            DBOS.resume_workflow(run_id)

    def _enqueue(self) -> None:
        with self._context.database.read() as session:
            waiting = [(run.id, run.priority) for run in Runs(session).waiting() if run.state == "queued"]
        for run_id, priority in waiting:
            if self._queue is not None:
                with SetWorkflowID(run_id), SetEnqueueOptions(priority=priority):
                    self._queue.enqueue(self._work.assess_study, run_id)
