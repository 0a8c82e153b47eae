"""The child's side: reads jobs from standard input, one a line, and replies on standard output."""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import IO, Any, Final

from pydantic import TypeAdapter

from spoils.api import Assessed, Engine
from spoils.errors import InputUnreadable, SpoilsError, UnsuitableInput, UsageError
from spoils.findings import AnyCorrection, ChooseSeries
from spoils.messages import message
from spoils.service.assessor.protocol import (
    INPUT,
    OUTPUT,
    RESULT_NAME,
    AssessorJob,
    Failure,
    FailureKind,
    JobResult,
    PatientIdentity,
    Reply,
)

__all__ = ["main"]

_KEPT: Final = 4
"""Results that are held in memory, so that they can be corrected at once."""

_CORRECTIONS: TypeAdapter[list[AnyCorrection]] = TypeAdapter(list[AnyCorrection])


class _Assessments:
    """Does jobs with one engine, and holds the last results."""

    def __init__(self) -> None:
        self._engine = Engine()
        self._kept: OrderedDict[str, Assessed] = OrderedDict()

    def do(self, job: AssessorJob, reply: _Replies) -> None:
        """Do a job and write its result into its folder."""
        assessed = self._result_of(job, reply)
        self._kept[job.key] = assessed
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        output = job.folder / OUTPUT
        output.mkdir()
        for number, (name, content) in enumerate(assessed.files.items()):
            reply.progress("report", 0.8 + 0.2 * number / len(assessed.files))
            (output / name).write_bytes(content)
        subject = assessed.study.source.subject
        person = subject.person
        identity = PatientIdentity(id=person.patient_id, name=person.name, birth_date=str(person.born or ""))
        seconds = dict(assessed.study.seconds)
        result = JobResult(identity=identity, sex=subject.sex, acquired=subject.acquired, seconds=seconds)
        (job.folder / RESULT_NAME).write_text(result.model_dump_json())

    def _result_of(self, job: AssessorJob, reply: _Replies) -> Assessed:
        if job.parent is None:
            return self._assess(job, reply)
        parent = self._kept.get(job.parent)
        if parent is None:
            parent = self._assess(job, reply)
            parent = self._correct(parent, job, job.earlier)
        return self._correct(parent, job, job.corrections)

    def _assess(self, job: AssessorJob, reply: _Replies) -> Assessed:
        return self._engine.assess(
            _input(job.folder), **job.options, progress=lambda stage, share: reply.progress(stage, 0.8 * share)
        )

    def _correct(self, assessed: Assessed, job: AssessorJob, corrections: list[dict[str, Any]]) -> Assessed:
        wanted = _CORRECTIONS.validate_python(corrections)
        chosen = [one.series_uid for one in wanted if isinstance(one, ChooseSeries)]
        source = self._engine.read(_input(job.folder), series_uid=chosen[-1]) if chosen else None
        return self._engine.reassess(assessed, wanted, source=source)


def _input(folder: Path) -> Path:
    """Return the one file of the study, or the folder of its files."""
    files = list((folder / INPUT).iterdir())
    return files[0] if len(files) == 1 and files[0].is_file() else folder / INPUT


class _Replies:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def send(self, reply: Reply) -> None:
        self._stream.write(reply.model_dump_json().encode() + b"\n")
        self._stream.flush()

    def progress(self, stage: str, share: float) -> None:
        self.send(Reply(stage=stage, share=min(max(share, 0.0), 1.0)))


def _jobs(stream: IO[bytes]) -> Iterator[AssessorJob]:
    """Yield jobs. The process ends at once when its parent does, also in the middle of one."""
    lines: Queue[bytes] = Queue()

    def listen() -> None:
        for line in stream:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield AssessorJob.model_validate_json(lines.get())


_KINDS: Final[dict[type[SpoilsError], FailureKind]] = {
    UnsuitableInput: "unsuitable",
    InputUnreadable: "unreadable",
    UsageError: "usage",
}


def _failure(error: SpoilsError) -> Failure:
    kinds = [kind for cls, kind in _KINDS.items() if isinstance(error, cls)]
    return Failure.of(kinds[0] if kinds else "error", error.message)


def main() -> None:
    """Serve jobs until standard input ends."""
    memory_bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Libraries may print: only replies go to the parent.
    replies = _Replies(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    assessments = _Assessments()
    replies.send(Reply(ready=True))
    for job in _jobs(sys.stdin.buffer):
        try:
            assessments.do(job, replies)
            reply = Reply(done=True)
        except SpoilsError as error:
            reply = Reply(failure=_failure(error))
        except MemoryError:
            reply = Reply(failure=Failure.of("error", message("assessment-memory")))
        except Exception as error:  # noqa: BLE001 - the next study must not suffer; its class holds no identity
            reply = Reply(failure=Failure.of("error", message("assessment-fault", kind=type(error).__name__)))
        replies.send(reply)


if __name__ == "__main__":
    main()
