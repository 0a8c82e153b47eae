"""The parent's side: starts the child, gives it jobs, and ends it when it takes too long."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Queue
from time import monotonic
from typing import IO, Final

from pydantic import ValidationError

from spoils.errors import SpoilsError
from spoils.messages import message
from spoils.service.assessor.protocol import RESULT_NAME, AssessorJob, Failure, JobResult, Reply

__all__ = ["Assessor", "AssessorFailed", "Cancelled", "Stopping"]

_START_SECONDS: Final = 120.0
_TICK_SECONDS: Final = 0.5


class AssessorFailed(SpoilsError):
    """A job failed. ``failure`` says why; ``may_retry`` whether another attempt could end better."""

    def __init__(self, failure: Failure, *, may_retry: bool = False) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.may_retry = may_retry


class Cancelled(SpoilsError):
    """A job was cancelled."""


class Stopping(BaseException):
    """The process ends in the middle of a job. It is no ``Exception``: the job has not failed, it is resumed later."""


class Assessor:
    """A child process that assesses one study at a time; callers from several threads wait for each other."""

    def __init__(self, *, job_seconds: float, memory_bytes: int) -> None:
        self._job_seconds = job_seconds
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._is_closed = threading.Event()

    def run(
        self, job: AssessorJob, progress: Callable[[str, float], None], is_cancelled: Callable[[], bool]
    ) -> JobResult:
        """Do a job and return what the child found.

        Args:
            job: what to do.
            progress: called with the stage and the share of the work done.
            is_cancelled: asked now and then; the job ends when it says so.

        Raises:
            AssessorFailed: the job can't be done; the child crashed or took too long.
            Cancelled: ``is_cancelled`` said so.
            Stopping: ``close`` was called.
        """
        with self._lock:
            child = self._ready_child()
            try:
                child.give(job)
                self._wait(child, progress, is_cancelled)
            except AssessorFailed as error:
                if error.may_retry:
                    self._end_child()
                raise
            except BaseException:
                self._end_child()
                raise
        return JobResult.model_validate_json((job.folder / RESULT_NAME).read_bytes())

    def warm_up(self) -> None:
        """Start the child now, so that the first study does not wait for the models."""
        with self._lock:
            self._ready_child()

    def close(self) -> None:
        """End the child; a job that is running ends with ``Stopping``."""
        self._is_closed.set()
        child = self._child
        if child is not None:
            child.end()  # without the lock, which a running job holds

    def _ready_child(self) -> _Child:
        self._require_open()
        if self._child is None or not self._child.is_alive:
            self._child = _Child(self._memory_bytes)
            reply = self._child.reply(_START_SECONDS)
            if reply is None or not reply.ready:
                self._end_child()
                raise AssessorFailed(Failure.of("error", message("assessment-not-started")), may_retry=True)
        return self._child

    def _wait(self, child: _Child, progress: Callable[[str, float], None], is_cancelled: Callable[[], bool]) -> None:
        until = monotonic() + self._job_seconds
        while monotonic() < until:
            self._require_open()
            if is_cancelled():
                raise Cancelled(message("assessment-cancelled"))
            reply = child.reply(_TICK_SECONDS)
            if reply is None:
                if not child.is_alive:
                    self._require_open()
                    raise AssessorFailed(Failure.of("error", message("assessment-crashed")), may_retry=True)
            elif reply.failure is not None:
                raise AssessorFailed(reply.failure)
            elif reply.done:
                return
            elif reply.stage is not None:
                progress(reply.stage, reply.share or 0.0)
        self._end_child()
        raise AssessorFailed(Failure.of("error", message("assessment-slow", seconds=self._job_seconds)))

    def _require_open(self) -> None:
        if self._is_closed.is_set():
            raise Stopping

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Child:
    """A running child process. A thread reads its replies, so that waiting for one can time out."""

    def __init__(self, memory_bytes: int) -> None:
        command = [sys.executable, "-m", "spoils.service.assessor.child", str(memory_bytes)]
        # What libraries say quotes values of the files that they read, so it is not kept.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._replies: Queue[Reply] = Queue()
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def give(self, job: AssessorJob) -> None:
        """Send a job."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe, as asked for
        try:
            self._process.stdin.write(job.model_dump_json().encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            failure = Failure.of("error", message("assessment-not-started"))
            raise AssessorFailed(failure, may_retry=True) from error

    def reply(self, seconds: float) -> Reply | None:
        """Return the next reply; None if none comes in time or the process has ended."""
        try:
            return self._replies.get(timeout=seconds if self.is_alive else 0.01)
        except Empty:
            return None

    def end(self) -> None:
        """Kill the process and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was not read yet is lost with the process
                    stream.close()

    def _listen(self, stream: IO[bytes] | None) -> None:
        for line in stream or ():
            try:
                self._replies.put(Reply.model_validate_json(line))
            except ValidationError:
                continue
