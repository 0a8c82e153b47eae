"""Changes to a study: corrections, new scores, decisions, cancelling and trying again."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from spoils.errors import UsageError
from spoils.findings import AnyCorrection, CorrectScores, Pathway
from spoils.messages import message
from spoils.service.context import Context
from spoils.service.db.models import Decision, Run, Study
from spoils.service.db.repositories import Assessments, AuditLog, Runs, Studies
from spoils.service.db.repositories.runs import ACTIVE
from spoils.service.errors import Conflict, Forbidden, NotFound
from spoils.service.viewer import Scope, Viewer

__all__ = ["cancel", "correct", "decide", "rescore", "retry"]

_URGENT = 1
"""Priority of what a person waits for; lower numbers come first."""

_CORRECTION: TypeAdapter[AnyCorrection] = TypeAdapter(AnyCorrection)


def _require(viewer: Viewer) -> None:
    if not viewer.may(Scope.WRITE_STUDIES):
        raise Forbidden


def _to_change(studies: Studies, study_id: str, version: int | None) -> Study:
    try:
        study = studies.for_change(study_id, version)
    except UsageError as error:
        raise Conflict(error.message) from error
    if study is None:
        raise NotFound
    return study


def correct(
    context: Context, viewer: Viewer, study_id: str, corrections: list[dict[str, Any]], version: int | None = None
) -> Run:
    """Queue corrections of the current result. Who and when are filled in here.

    Args:
        context: the installation.
        viewer: who corrects.
        study_id: the study.
        corrections: as in the schema of corrections, without ``by`` and ``at``.
        version: the version of the study that the viewer saw; None does not ask.

    Raises:
        Forbidden: the viewer may not correct.
        NotFound: there is no such study.
        Conflict: the study has changed since, has no result yet, or is being assessed.
        UsageError: a correction is not one of the schema.
    """
    _require(viewer)
    if not corrections:
        raise UsageError(message("correction-none"))
    now = context.now()
    signed = [{**one, "by": viewer.name, "at": now.isoformat()} for one in corrections]
    for one in signed:
        _CORRECTION.validate_python(one)
    with context.database.write() as session:
        study = _to_change(Studies(session, viewer), study_id, version)
        current = Assessments(session, viewer).current(study)
        if current is None:
            raise Conflict(message("result-missing"))
        if study.state in ACTIVE:
            raise Conflict(message("assessment-running"))
        study.state = "queued"
        run = Runs(session).add(
            study, "correct", now, parent_id=current.id, details={"corrections": signed}, priority=_URGENT
        )
        kinds = [str(one["kind"]) for one in signed]
        AuditLog(session).append(now, viewer.name, "study.correct", study.id, kinds=kinds, result=current.id)
        return run


def rescore(
    context: Context, viewer: Viewer, study_id: str, clinical: dict[str, Any], version: int | None = None
) -> Run | None:
    """Take new scores and history in place of all that was given; the decision alone is made anew.

    Returns:
        The queued work; None where the study is still waiting for its first assessment, which will use them.

    Raises:
        Forbidden: the viewer may not change the study.
        NotFound: there is no such study.
        Conflict: the study has changed since.
    """
    _require(viewer)
    now = context.now()
    correction = CorrectScores(by=viewer.name, at=now, **clinical)
    with context.database.write() as session:
        study = _to_change(Studies(session, viewer), study_id, version)
        if study.state == "running":
            raise Conflict(message("assessment-running"))
        study.clinical = clinical
        AuditLog(session).append(now, viewer.name, "study.scores", study.id)
        if study.current_id is None or study.state == "queued":
            return None
        study.state = "queued"
        details = {"corrections": [correction.model_dump(mode="json")]}
        return Runs(session).add(study, "correct", now, parent_id=study.current_id, details=details, priority=_URGENT)


def decide(  # noqa: PLR0913 - each is named at every call
    context: Context,
    viewer: Viewer,
    study_id: str,
    *,
    pathway: str,
    reason: str,
    version: int | None = None,
) -> Decision:
    """Sign a decision on the current result: accept the suggested pathway, or another one with a reason.

    Raises:
        Forbidden: the viewer may not decide.
        NotFound: there is no such study.
        Conflict: the study has changed since, or has no result.
        UsageError: there is no such pathway, or an override has no reason.
    """
    _require(viewer)
    if pathway not in {one.value for one in Pathway}:
        raise UsageError(message("pathway-unknown", name=pathway))
    now = context.now()
    with context.database.write() as session:
        study = _to_change(Studies(session, viewer), study_id, version)
        results = Assessments(session, viewer)
        current = results.current(study)
        if current is None or study.state != "ready":
            raise Conflict(message("decision-no-result"))
        accepted = pathway == current.pathway
        if not accepted and not reason.strip():
            raise UsageError(message("decision-needs-reason"))
        decision = results.sign(current, viewer, now, pathway=pathway, accepted=accepted, reason=reason.strip())
        AuditLog(session).append(
            now, viewer.name, "study.decide", study.id, pathway=pathway, accepted=accepted, result=current.id
        )
        return decision


def cancel(context: Context, viewer: Viewer, study_id: str) -> None:
    """End the work on a study.

    Raises:
        Forbidden: the viewer may not change the study.
        NotFound: there is no such study.
        Conflict: nothing is being done.
    """
    _require(viewer)
    now = context.now()
    with context.database.write() as session:
        study = _to_change(Studies(session, viewer), study_id, None)
        run = Runs(session).latest(study.id)
        if run is None or run.state not in ACTIVE:
            raise Conflict(message("nothing-being-done"))
        run.state, run.finished = "cancelled", now
        study.state = "ready" if study.current_id is not None else "failed"
        AuditLog(session).append(now, viewer.name, "study.cancel", study.id)


def retry(context: Context, viewer: Viewer, study_id: str) -> Run:
    """Assess a study again whose assessment failed.

    Raises:
        Forbidden: the viewer may not change the study.
        NotFound: there is no such study.
        Conflict: its assessment did not fail.
    """
    _require(viewer)
    now = context.now()
    with context.database.write() as session:
        study = _to_change(Studies(session, viewer), study_id, None)
        if study.state != "failed":
            raise Conflict(message("assessment-not-failed"))
        study.state = "queued"
        AuditLog(session).append(now, viewer.name, "study.retry", study.id)
        return Runs(session).add(study, "assess", now)
