"""The resources besides the observations: the program as a device, the imaging study, the report and the suggestion."""

from __future__ import annotations

from collections.abc import Iterable

from spoils.codes import LUMBAR_MR, LUMBAR_SPINE, PATHWAY, PATHWAY_VALUES
from spoils.findings import RESEARCH_USE, Recommendation, pathway_title
from spoils.report.fhir.parts import BundleContext, Json, concept, narrative, text_concept
from spoils.report.text import report_text
from spoils.report.words import flag_words

__all__ = ["device", "diagnostic_report", "imaging_study", "risk_assessment"]

_SECTIONS = "http://terminology.hl7.org/CodeSystem/v2-0074"
_MODALITIES = "http://dicom.nema.org/resources/ontology/DCM"


def device(context: BundleContext) -> Json:
    """Describe SPOILS: its version, and each model with the SHA-256 of its weights."""
    made_by = context.assessment.provenance
    versions = [{"type": text_concept("SPOILS"), "value": made_by.spoils}]
    versions += [
        {"type": text_concept(f"SHA-256 of model {model.name}"), "value": model.sha256} for model in made_by.models
    ]
    if made_by.policy_sha256 is not None:
        versions.append({"type": text_concept("SHA-256 of the policy"), "value": made_by.policy_sha256})
    return context.resource("Device", "device") | {
        "deviceName": [{"name": "SPOILS", "type": "model-name"}],
        "type": text_concept("Software for research"),
        "version": versions,
        "note": [{"text": RESEARCH_USE}],
    }


def imaging_study(context: BundleContext) -> Json | None:
    """Describe the assessed series; None if the input has no DICOM UID."""
    study = context.assessment.study
    if study.series_uid is None:
        return None
    series = {
        "uid": study.series_uid,
        "modality": {"system": _MODALITIES, "code": study.modality},
        "bodySite": concept(LUMBAR_SPINE)["coding"][0],
    }
    started = {"started": study.acquired.isoformat()} if study.acquired is not None else {}
    resource = context.resource("ImagingStudy", "imaging-study")
    if study.study_uid is not None:
        resource["identifier"].append({"system": "urn:dicom:uid", "value": f"urn:oid:{study.study_uid}"})
    return resource | {
        "status": "available",
        "subject": context.subject,
        **started,
        "series": [series],
        "note": [{"text": context.translator.text(study.source, study.source_wording)}],
    }


def diagnostic_report(context: BundleContext, results: Iterable[tuple[str, ...]]) -> Json:
    """Return a preliminary report of the observations at the paths ``results``."""
    assessment = context.assessment
    summary = [
        *(context.translator.text(alarm.message, alarm.wording) for alarm in assessment.alarms),
        *_outcome(context),
        *(flag_words(flag, context.translator) for flag in assessment.quality.flags),
    ]
    report = context.resource("DiagnosticReport", "report") | {
        "text": narrative(*summary),
        "status": "preliminary",
        "category": [{"coding": [{"system": _SECTIONS, "code": "RAD", "display": "Radiology"}]}],
        "code": concept(LUMBAR_MR),
        **context.about,
        "issued": context.moment,
        "result": [context.reference(*path) for path in results],
        "conclusion": report_text(assessment),
    }
    if assessment.study.acquired is not None:
        report["effectiveDateTime"] = assessment.study.acquired.isoformat()
    if assessment.study.series_uid is not None:
        report["imagingStudy"] = [context.reference("imaging-study")]
    return report


def _outcome(context: BundleContext) -> list[str]:
    advice, say = context.assessment.recommendation, context.translator.gettext
    if advice is None:
        return [say("No pathway is suggested.")]
    pathway = context.translator.render(pathway_title(advice.pathway))
    suggestion = say("Suggestion for a clinician to accept or override: {pathway}.", pathway=pathway)
    return [*_urgent(context), suggestion, *_reasons(advice, context)]


def _reasons(advice: Recommendation, context: BundleContext) -> list[str]:
    return context.translator.texts(advice.rationale, advice.rationale_wording)


def _urgent(context: BundleContext) -> list[str]:
    advice = context.assessment.recommendation
    return (
        [context.translator.gettext("Urgent: a red flag was reported.")] if advice is not None and advice.urgent else []
    )


def risk_assessment(context: BundleContext, basis: Iterable[tuple[str, ...]]) -> Json | None:
    """Return the suggestion, based on the observations at the paths ``basis``; None if there is none."""
    advice, policy_name = context.assessment.recommendation, context.assessment.provenance.policy_name
    if advice is None:
        return None
    render = context.translator.render
    would_change = [
        f"{context.translator.text(other.change, other.wording)}: {render(pathway_title(other.pathway))}"
        for other in advice.counterfactuals
    ]
    alternatives = context.translator.texts(advice.alternatives, advice.alternatives_wording)
    driving = [f"{advice.driving_level}: {advice.driving_class}"] if advice.driving_level else []
    outcome = concept(PATHWAY_VALUES[advice.pathway]) | text_concept(render(pathway_title(advice.pathway)))
    notes = [RESEARCH_USE, *_urgent(context), *driving, *alternatives, *would_change]
    policy = f"{policy_name or 'Policy'} {advice.policy_version}{f', rule {advice.rule}' if advice.rule else ''}"
    return context.resource("RiskAssessment", "suggestion") | {
        "text": narrative(*_outcome(context)),
        "status": "preliminary",
        "method": text_concept(policy),
        "code": concept(PATHWAY),
        "subject": context.subject,
        "occurrenceDateTime": context.moment,
        "performer": context.reference("device"),
        "basis": [context.reference(*path) for path in basis],
        "prediction": [{"outcome": outcome, "rationale": " ".join(_reasons(advice, context))}],
        "note": [{"text": note} for note in notes],
    }
