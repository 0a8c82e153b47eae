"""Observations on what the patient and the examination tell: ODI, pain, red flags, deficit, duration, treatments."""

from __future__ import annotations

from spoils.codes import DURATION, FAILED_TREATMENT, NRS, NRS_BACK, NRS_LEG, ODI, RED_FLAG, Code
from spoils.findings import NrsScore
from spoils.report.fhir.observations import observation
from spoils.report.fhir.parts import Json, Makings, concept, quantity, spoken

__all__ = ["complaint_observations"]


def complaint_observations(makings: Makings) -> dict[tuple[str, ...], Json]:
    """Return the observations by their paths, e.g. ``("odi",)``; what was not given has none."""
    return _scores(makings) | _history(makings)


def _scores(makings: Makings) -> dict[tuple[str, ...], Json]:
    clinical = makings.assessment.clinical
    made: dict[tuple[str, ...], Json] = {}
    if clinical.odi is not None:
        made[("odi",)] = observation(makings, "survey", concept(ODI), "odi") | {
            "valueQuantity": quantity(clinical.odi.percent, "percent"),
            "interpretation": [spoken(clinical.odi.band)],
        }
        if clinical.odi.answered is not None:
            made[("odi",)]["note"] = [
                {"text": makings.phrases.say("{count} of 10 sections answered", count=clinical.odi.answered)}
            ]
    pains = {
        "nrs": (NRS, clinical.nrs),
        "nrs-back": (NRS_BACK, clinical.nrs_back),
        "nrs-leg": (NRS_LEG, clinical.nrs_leg),
    }
    return made | {(name,): _pain(makings, code, score, name) for name, (code, score) in pains.items() if score}


def _pain(makings: Makings, code: Code, pain: NrsScore, name: str) -> Json:
    return observation(makings, "survey", concept(code), name) | {
        "valueQuantity": quantity(pain.score, "score"),
        "interpretation": [spoken(pain.band)],
    }


def _history(makings: Makings) -> dict[tuple[str, ...], Json]:
    clinical = makings.assessment.clinical
    said: dict[tuple[str, ...], tuple[Json, Json]] = {
        ("red-flag", flag.value): (concept(RED_FLAG), {"valueCodeableConcept": spoken(flag.value)})
        for flag in clinical.red_flags
    }
    for treatment in clinical.failed:
        value = {"valueCodeableConcept": spoken(treatment.value)}
        said["failed-treatment", treatment.value] = (concept(FAILED_TREATMENT), value)
    if clinical.deficit is not None:
        value = {"valueCodeableConcept": spoken(clinical.deficit.value)}
        said[("deficit",)] = (spoken("Neurological deficit of the legs"), value)
    if clinical.duration_weeks is not None:
        said[("duration",)] = (concept(DURATION), {"valueQuantity": quantity(clinical.duration_weeks, "weeks")})
    if clinical.refractory:
        said[("refractory",)] = (spoken("The complaint persists after what is tried first"), {"valueBoolean": True})
    return {path: observation(makings, "exam", code, *path) | value for path, (code, value) in said.items()}
