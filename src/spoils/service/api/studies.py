"""``/api/v1/studies``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from spoils.errors import UsageError
from spoils.findings import Assessment as AssessmentDocument
from spoils.messages import message
from spoils.service.api.access import ContextOf, ViewerOf
from spoils.service.api.problems import PROBLEMS
from spoils.service.api.schemas import (
    ClinicalChange,
    ClinicalIn,
    CorrectionsIn,
    DecisionIn,
    DecisionOut,
    FileOut,
    OptionsIn,
    PatientOut,
    ResultOut,
    State,
    StudyOut,
    StudyPage,
    VersionOut,
)
from spoils.service.api.uploads import Form, read_form
from spoils.service.assessor import Failure
from spoils.service.context import Context
from spoils.service.db.models import Assessment, Decision, Patient, Study
from spoils.service.db.repositories import Assessments, Patients, Runs, Studies, StudyFilter
from spoils.service.errors import Forbidden, NotFound
from spoils.service.studies import cancel, correct, decide, receive, rescore, retry
from spoils.service.viewer import Scope, Viewer

__all__ = ["router", "study_out"]

router = APIRouter(prefix="/studies", tags=["studies"], responses=PROBLEMS)

_MEDIA_TYPES: Final = {
    ".json": "application/json",
    ".png": "image/png",
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".txt": "text/plain; charset=utf-8",
    ".gz": "application/gzip",
    ".dcm": "application/dicom",
}
_EVENT_SECONDS: Final = 0.5
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "odi": {"type": "number", "minimum": 0, "maximum": 100},
                        "nrs": {"type": "number", "minimum": 0, "maximum": 10},
                        "clinical": {"type": "string", "description": "JSON of all scores and history (ClinicalIn)."},
                        "options": {"type": "string", "description": "JSON of how to assess (OptionsIn)."},
                    },
                }
            }
        },
    }
}


@router.post("", status_code=202, openapi_extra=_FORM)
async def upload_study(
    request: Request,
    context: ContextOf,
    viewer: ViewerOf,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> StudyOut:
    """Receive the files of a study, or one ZIP archive, and queue its assessment."""
    if not viewer.may(Scope.WRITE_STUDIES):
        raise Forbidden
    async with read_form(request, context.settings) as form:
        clinical, options = _clinical(form), _options(form)
        return await run_in_threadpool(_receive, context, viewer, form, clinical, options, idempotency_key)


def _receive(  # noqa: PLR0913, PLR0917 - run in a thread
    context: Context,
    viewer: Viewer,
    form: Form,
    clinical: dict[str, Any],
    options: dict[str, Any],
    key: str | None,
) -> StudyOut:
    study = receive(context, viewer, form.uploads, clinical=clinical, options=options, key=key)
    with context.database.read() as session:
        return study_out(session, context, viewer, study)


def _clinical(form: Form) -> dict[str, Any]:
    fields: dict[str, Any] = {name: form.fields[name] for name in ("odi", "nrs") if form.fields.get(name)}
    return ClinicalIn.model_validate({**_json_field(form, "clinical"), **fields}).given()


def _options(form: Form) -> dict[str, Any]:
    return OptionsIn.model_validate(_json_field(form, "options")).given()


def _json_field(form: Form, name: str) -> dict[str, Any]:
    try:
        found = json.loads(form.fields.get(name) or "{}")
    except (ValueError, RecursionError) as error:
        raise UsageError(message("form-field-no-json", name=name)) from error
    if not isinstance(found, dict):
        raise UsageError(message("form-field-no-json", name=name))
    return found


@router.get("")
def list_studies(
    context: ContextOf,
    viewer: ViewerOf,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    state: State | None = None,
) -> StudyPage:
    """List studies, newest first."""
    _require_reader(viewer)
    with context.database.read() as session:
        page = Studies(session, viewer).page(limit, cursor, StudyFilter(state))
        return StudyPage(items=[study_out(session, context, viewer, one) for one in page.items], next=page.next)


@router.get("/{study_id}")
def get_study(study_id: str, context: ContextOf, viewer: ViewerOf) -> StudyOut:
    """Return a study with the state of its newest work."""
    with context.database.read() as session:
        return study_out(session, context, viewer, _study(session, viewer, study_id))


@router.get("/{study_id}/events", response_class=StreamingResponse)
def study_events(study_id: str, context: ContextOf, viewer: ViewerOf) -> StreamingResponse:
    """Send the state of a study as server-sent events whenever it changes, until its work has ended."""
    with context.database.read() as session:
        _study(session, viewer, study_id)

    def now() -> StudyOut:
        with context.database.read() as session:
            return study_out(session, context, viewer, _study(session, viewer, study_id))

    async def events() -> AsyncIterator[str]:
        last = ""
        while True:
            study = await run_in_threadpool(now)
            text = study.model_dump_json(include={"id", "state", "stage", "progress", "reason", "version"})
            if text != last:
                last = text
                yield f"event: state\ndata: {text}\n\n"
            if study.state in {"ready", "failed"}:
                return
            await asyncio.sleep(_EVENT_SECONDS)

    return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.get("/{study_id}/assessment")
def get_assessment(study_id: str, context: ContextOf, viewer: ViewerOf) -> AssessmentDocument:
    """Return the current result: the content of ``assessment.json``."""
    with context.database.read() as session:
        current = Assessments(session, viewer).current(_study(session, viewer, study_id))
        if current is None:
            raise NotFound
        return AssessmentDocument.model_validate_json(current.document)


@router.get("/{study_id}/versions")
def list_versions(study_id: str, context: ContextOf, viewer: ViewerOf) -> list[VersionOut]:
    """Return all versions of the result, first to last, with their documents."""
    with context.database.read() as session:
        results = Assessments(session, viewer)
        return [
            VersionOut(
                **_result_out(one).model_dump(),
                parent=one.parent_id,
                files=[FileOut(name=file.name, size=file.size) for file in results.files(one)],
            )
            for one in results.all(_study(session, viewer, study_id))
        ]


@router.get("/{study_id}/files/{name}", response_class=Response)
def get_file(
    study_id: str,
    name: str,
    context: ContextOf,
    viewer: ViewerOf,
    result: Annotated[str | None, Query(max_length=32, description="A version; the current one by default.")] = None,
) -> Response:
    """Return a document of a result."""
    with context.database.read() as session:
        results, study = Assessments(session, viewer), _study(session, viewer, study_id)
        found = results.current(study) if result is None else results.get(result)
        file = results.file(found, name) if found is not None and found.study_id == study.id else None
    if file is None:
        raise NotFound
    media_type = next((kind for end, kind in _MEDIA_TYPES.items() if name.endswith(end)), "application/octet-stream")
    headers = {"Content-Disposition": f'inline; filename="{file.name}"', "Cache-Control": "private, no-cache"}
    return Response(context.files.content(file.content), media_type=media_type, headers=headers)


@router.patch("/{study_id}/clinical")
def change_clinical(study_id: str, change: ClinicalChange, context: ContextOf, viewer: ViewerOf) -> StudyOut:
    """Take new scores and history in place of all that was given; the suggestion is made anew."""
    rescore(context, viewer, study_id, change.given(), change.version)
    return get_study(study_id, context, viewer)


@router.post("/{study_id}/corrections", status_code=202)
def correct_study(study_id: str, wanted: CorrectionsIn, context: ContextOf, viewer: ViewerOf) -> StudyOut:
    """Correct the current result; a new version follows."""
    correct(context, viewer, study_id, wanted.corrections, wanted.version)
    return get_study(study_id, context, viewer)


@router.post("/{study_id}/decision")
def decide_study(study_id: str, wanted: DecisionIn, context: ContextOf, viewer: ViewerOf) -> DecisionOut:
    """Sign a decision on the current result."""
    decision = decide(
        context, viewer, study_id, pathway=wanted.pathway.value, reason=wanted.reason, version=wanted.version
    )
    return _decision_out(decision)


@router.post("/{study_id}/cancel")
def cancel_study(study_id: str, context: ContextOf, viewer: ViewerOf) -> StudyOut:
    """End the work on a study."""
    cancel(context, viewer, study_id)
    return get_study(study_id, context, viewer)


@router.post("/{study_id}/retry", status_code=202)
def retry_study(study_id: str, context: ContextOf, viewer: ViewerOf) -> StudyOut:
    """Assess a study again whose assessment failed."""
    retry(context, viewer, study_id)
    return get_study(study_id, context, viewer)


def _require_reader(viewer: Viewer) -> None:
    if not viewer.may(Scope.READ_STUDIES):
        raise Forbidden


def _study(session: Session, viewer: Viewer, study_id: str) -> Study:
    _require_reader(viewer)
    study = Studies(session, viewer).get(study_id)
    if study is None:
        raise NotFound
    return study


def study_out(session: Session, context: Context, viewer: Viewer, study: Study) -> StudyOut:
    """Return a study as the interface gives it."""
    run, results = Runs(session).latest(study.id), Assessments(session, viewer)
    current, decision = results.current(study), results.decision(study)
    failure = None if run is None or run.state != "failed" else Failure.model_validate(run.reason)
    return StudyOut(
        id=study.id,
        state=study.state,
        stage="" if run is None else run.stage,
        progress=0.0 if run is None else run.progress,
        reason=None if failure is None else str(failure.message),
        reason_wording=None if failure is None else failure.message,
        version=study.version,
        created=study.created,
        acquired=study.acquired,
        patient=_patient_out(session, context, viewer, study),
        clinical=study.clinical,
        result=None if current is None else _result_out(current),
        decision=None if decision is None else _decision_out(decision),
    )


def _patient_out(session: Session, context: Context, viewer: Viewer, study: Study) -> PatientOut | None:
    patient = None if study.patient_id is None else session.get(Patient, study.patient_id)
    identity = None if patient is None else Patients(session, viewer, context.keys).identity(patient)
    if patient is None or identity is None:
        return None
    return PatientOut(
        id=patient.id,
        patient_id=identity["id"],
        name=identity["name"],
        birth_date=identity["birth_date"],
        sex=patient.sex,
    )


def _result_out(result: Assessment) -> ResultOut:
    return ResultOut(
        id=result.id,
        number=result.number,
        created=result.created,
        pathway=result.pathway,
        worst_disc=result.worst_disc,
    )


def _decision_out(decision: Decision) -> DecisionOut:
    return DecisionOut(
        signed_by=decision.user_name,
        signed=decision.signed,
        accepted=decision.accepted,
        pathway=decision.pathway,
        reason=decision.reason,
        result=decision.assessment_id,
    )
