"""The steps of a run. Each may be repeated: after a crash the step that was cut off begins again."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

from spoils.findings import read_assessment
from spoils.messages import message
from spoils.service.assessor import Assessor, AssessorFailed, AssessorJob, Cancelled, JobResult
from spoils.service.assessor.protocol import INPUT, OUTPUT, Failure
from spoils.service.context import Context
from spoils.service.db.models import Assessment, Run, Study
from spoils.service.db.repositories import Assessments, AuditLog, Patients, Runs, Studies
from spoils.service.files import DamagedFile, MissingFile
from spoils.service.viewer import ROLE_SCOPES, Role, Viewer

__all__ = ["Steps"]

_PROGRESS_SECONDS: Final = 0.3
_MOST_ATTEMPTS: Final = 2
_SYSTEM: Final = Viewer("", "system", Role.ADMIN, ROLE_SCOPES[Role.ADMIN])


class Steps:
    """What a worker does with a run: begin, assess, finish or fail."""

    def __init__(self, context: Context, assessor: Assessor, worker_id: str) -> None:
        self._context = context
        self._assessor = assessor
        self._worker_id = worker_id

    def begin(self, run_id: str) -> bool:
        """Note that a run begins; false where there is nothing to do any more."""
        with self._context.database.write() as session:
            run = Runs(session).lock(run_id)
            if run is None or run.state not in {"queued", "running"}:
                return False
            run.state, run.started, run.worker_id = "running", run.started or self._context.now(), self._worker_id
            run.attempts += 1
            _study(session, run).state = "running"
        return True

    def work(self, run_id: str) -> str:
        """Assess the study or correct its result, and store the documents.

        Returns:
            Encrypted JSON of what ``finish`` keeps: it holds the patient's identity.

        Raises:
            AssessorFailed: the study can't be assessed.
            Cancelled: someone cancelled the run.
        """
        folder = self._context.settings.work_folder / run_id
        shutil.rmtree(folder, ignore_errors=True)
        (folder / INPUT).mkdir(parents=True, mode=0o700)
        try:
            job = self._job(run_id, folder)
            result = self._assessor.run(job, _Progress(self._context, run_id), lambda: self._is_cancelled(run_id))
            files = {path.name: self._store(path) for path in sorted((folder / OUTPUT).iterdir())}
            document = (folder / OUTPUT / "assessment.json").read_text()
        except (MissingFile, DamagedFile) as error:
            raise AssessorFailed(Failure.of("error", error.message)) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        kept = {"files": files, "result": result.model_dump(mode="json"), "document": document}
        return self._context.keys.encrypt(json.dumps(kept).encode()).decode()

    def finish(self, run_id: str, kept: str) -> None:
        """Make the result the current one of its study. A run that finished before stays as it is."""
        found = json.loads(self._context.keys.decrypt(kept.encode()))
        now = self._context.now()
        with self._context.database.write() as session:
            run = Runs(session).lock(run_id)
            if run is None or run.state != "running":
                return
            study = _study(session, run)
            result = JobResult.model_validate(found["result"])
            identity = result.identity.model_dump()
            patient = Patients(session, _SYSTEM, self._context.keys).find_or_add(identity, result.sex, study.id, now)
            study.patient_id, study.acquired, study.state = patient.id, result.acquired, "ready"
            by = None if run.kind == "assess" else _corrected_by(run)
            assessment = _assessment(run, found["document"], now)
            files = {name: (content, size) for name, (content, size) in found["files"].items()}
            Assessments(session, _SYSTEM).add(study, assessment, files)
            run.state, run.finished, run.progress, run.stage = "ready", now, 1.0, ""
            AuditLog(session).append(now, by or "system", "study.result", study.id, result=assessment.id)

    def fail(self, run_id: str, failure: dict[str, Any]) -> None:
        """Note why a run failed. The result that a study had before stays."""
        now = self._context.now()
        with self._context.database.write() as session:
            run = Runs(session).lock(run_id)
            if run is None or run.state != "running":
                return
            study = _study(session, run)
            run.state, run.finished, run.reason = "failed", now, failure
            study.state = "ready" if study.current_id is not None else "failed"
            AuditLog(session).append(now, "system", "study.failed", study.id, kind=failure["kind"])

    def run(self, run_id: str) -> str | dict[str, Any] | None:
        """Work with a second attempt where that may help.

        Returns:
            What ``work`` returns, a failure for ``fail``, or None if the run was cancelled.
        """
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            try:
                return self.work(run_id)
            except Cancelled:
                return None
            except AssessorFailed as error:
                if not error.may_retry or attempt == _MOST_ATTEMPTS:
                    return error.failure.model_dump(mode="json")
        return None

    def _job(self, run_id: str, folder: Path) -> AssessorJob:
        with self._context.database.read() as session:
            run = Runs(session).get(run_id)
            if run is None:
                raise Cancelled(message("run-gone"))
            study = _study(session, run)
            files = Studies(session, _SYSTEM).files(study)
            parent = None if run.parent_id is None else Assessments(session, _SYSTEM).get(run.parent_id)
        for file in files:
            self._context.files.copy_to(
                file.content, folder / INPUT / _safe_name(file.number, len(files), self._name(file.name))
            )
        earlier = [] if parent is None else json.loads(parent.document)["corrections"]
        return AssessorJob(
            folder=folder,
            key=run.id,
            options={**study.options, **study.clinical} if run.kind == "assess" or parent is None else study.options,
            parent=None if parent is None else parent.id,
            earlier=[one["correction"] for one in earlier],
            corrections=run.details.get("corrections", []),
        )

    def _name(self, sealed: bytes) -> str:
        return self._context.keys.decrypt(sealed).decode()

    def _store(self, path: Path) -> tuple[str, int]:
        with path.open("rb") as stream:
            return self._context.files.put(stream)

    def _is_cancelled(self, run_id: str) -> bool:
        with self._context.database.read() as session:
            run = Runs(session).get(run_id)
            return run is None or run.state == "cancelled"


class _Progress:
    """Writes progress to the database, not more often than anyone can see."""

    def __init__(self, context: Context, run_id: str) -> None:
        self._context = context
        self._run_id = run_id
        self._written = 0.0

    def __call__(self, stage: str, share: float) -> None:
        if monotonic() - self._written < _PROGRESS_SECONDS:
            return
        self._written = monotonic()
        with self._context.database.write() as session:
            run = Runs(session).lock(self._run_id)
            if run is not None and run.state == "running":
                run.stage, run.progress = stage, share


def _safe_name(number: int, of: int, name: str) -> str:
    """Return a name for a file of a job: its number, and only the ending of the uploaded name.

    Readers go by endings such as ``.nii.gz``; a whole name could be a path, or too long.
    """
    endings = [
        part for part in Path(name.replace("\\", "/")).name.split(".")[1:][-2:] if part.isalnum() and len(part) <= 6
    ]
    return ".".join([str(number).zfill(len(str(of))), *endings])


def _study(session: Any, run: Run) -> Study:  # noqa: ANN401 - a session
    study: Study = session.get_one(Study, run.study_id)
    return study


def _corrected_by(run: Run) -> str | None:
    corrections = run.details.get("corrections", [])
    return corrections[-1]["by"] if corrections else None


def _assessment(run: Run, document: str, now: datetime) -> Assessment:
    found = read_assessment(json.loads(document))
    advice = found.recommendation
    worst = f"{advice.driving_level} {advice.driving_class}" if advice is not None and advice.driving_level else None
    return Assessment(
        id=run.id,
        parent_id=run.parent_id,
        created=now.astimezone(UTC),
        document=document,
        pathway=None if advice is None else advice.pathway.value,
        worst_disc=worst,
    )
