"""The bundle. Every resource has a condition that prevents a server from storing it twice."""

from __future__ import annotations

from pydantic import ValidationError

from spoils.errors import InputUnreadable
from spoils.findings import Assessment, place_of, quoted
from spoils.messages import message
from spoils.report.fhir.complaint import complaint_observations
from spoils.report.fhir.documents import device, diagnostic_report, imaging_study, risk_assessment
from spoils.report.fhir.observations import disc_observations, other_observations
from spoils.report.fhir.parts import BundleContext, Json

__all__ = ["fhir_bundle", "fhir_json"]


def fhir_json(assessment: Assessment, patient: str | None = None) -> str:
    """Return the bundle as indented JSON, validated against FHIR R4B.

    Raises:
        InputUnreadable: the assessment holds what FHIR does not take, such as a UID that is none.
        UsageError: ``patient`` is empty.
    """
    from fhir.resources.R4B.bundle import Bundle  # noqa: PLC0415 - takes 0.3 s, and few commands need it

    try:
        content = fhir_bundle(assessment, patient)
        return str(Bundle.model_validate(content).model_dump_json(indent=2))
    except ValidationError as error:
        raise InputUnreadable(message("assessment-beyond-fhir", place=place_of(error))) from error
    except KeyError as error:  # the result names a measurement, a finding or a class that has no code
        raise InputUnreadable(message("assessment-beyond-fhir", place=quoted(error.args[0]))) from error


def fhir_bundle(assessment: Assessment, patient: str | None = None) -> Json:
    """Return an assessment as a transaction bundle of FHIR R4B.

    ``patient`` is a FHIR search token, ``VALUE`` or ``SYSTEM|VALUE``; without it no resource names the patient.
    Identifiers are derived from the content, so the same assessment gives the same bundle.
    """
    context = BundleContext(assessment, patient)
    discs, others, complaint = disc_observations(context), other_observations(context), complaint_observations(context)
    graded: list[tuple[str, ...]] = [("disc", disc.level) for disc in assessment.discs]
    resources: dict[tuple[str, ...], Json | None] = {
        ("report",): diagnostic_report(context, [*complaint, *graded, *others]),
        ("suggestion",): risk_assessment(context, [*complaint, *_driving(assessment, graded)]),
        ("device",): device(context),
        ("imaging-study",): imaging_study(context),
        **complaint,
        **discs,
        **others,
    }
    entries = [_entry(context.urn(*path), resource) for path, resource in resources.items() if resource is not None]
    return {"resourceType": "Bundle", "type": "transaction", "timestamp": context.moment, "entry": entries}


def _driving(assessment: Assessment, graded: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the disc that drives the suggestion; all discs if there is none."""
    level = assessment.recommendation.driving_level if assessment.recommendation is not None else None
    return [path for path in graded if level is None or level in path]


def _entry(urn: str, resource: Json) -> Json:
    condition = f"identifier=urn:ietf:rfc:3986|{urn}"
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": condition}
    return {"fullUrl": urn, "resource": resource, "request": request}
