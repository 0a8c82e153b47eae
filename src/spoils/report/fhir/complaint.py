"""Observations on complaint and examination: ODI, pain, red flags, deficit, duration, treatments."""

from __future__ import annotations

from enum import StrEnum

from spoils.codes import DEFICIT, DURATION, FAILED_TREATMENT, NRS, NRS_BACK, NRS_LEG, ODI, RED_FLAG, REFRACTORY, Code
from spoils.findings import NrsScore
from spoils.report.fhir.observations import observation
from spoils.report.fhir.parts import BundleContext, Json, concept, quantity, text_concept
from spoils.report.words import deficit_words, red_flag_words, treatment_words

__all__ = ["complaint_observations"]

_VALUES = "urn:spoils:assessment"
"""System of the values that ``assessment.json`` has, such as ``cauda-equina``."""


def complaint_observations(context: BundleContext) -> dict[tuple[str, ...], Json]:
    """Return the observations by their paths, such as ``("odi",)``. Items that were not given have none."""
    return _scores(context) | _history(context)


def _scores(context: BundleContext) -> dict[tuple[str, ...], Json]:
    clinical = context.assessment.clinical
    made: dict[tuple[str, ...], Json] = {}
    if clinical.odi is not None:
        made[("odi",)] = observation(context, "survey", concept(ODI), "odi") | {
            "valueQuantity": quantity(clinical.odi.percent, "percent"),
            "interpretation": [text_concept(context.translator.gettext(clinical.odi.band))],
        }
        if clinical.odi.answered is not None:
            made[("odi",)]["note"] = [
                {"text": context.translator.gettext("{count} of 10 sections answered", count=clinical.odi.answered)}
            ]
    pains = {
        "nrs": (NRS, clinical.nrs),
        "nrs-back": (NRS_BACK, clinical.nrs_back),
        "nrs-leg": (NRS_LEG, clinical.nrs_leg),
    }
    return made | {(name,): _pain(context, code, score, name) for name, (code, score) in pains.items() if score}


def _pain(context: BundleContext, code: Code, pain: NrsScore, name: str) -> Json:
    return observation(context, "survey", concept(code), name) | {
        "valueQuantity": quantity(pain.score, "score"),
        "interpretation": [text_concept(context.translator.gettext(pain.band))],
    }


def _history(context: BundleContext) -> dict[tuple[str, ...], Json]:
    clinical, translator = context.assessment.clinical, context.translator
    said: dict[tuple[str, ...], tuple[Code, Json]] = {
        ("red-flag", flag.value): (RED_FLAG, _coded_value(flag, red_flag_words(flag, translator)))
        for flag in clinical.red_flags
    }
    for treatment in clinical.failed:
        told = _coded_value(treatment, treatment_words(treatment, translator))
        said["failed-treatment", treatment.value] = (FAILED_TREATMENT, told)
    if clinical.deficit is not None:
        said[("deficit",)] = (DEFICIT, _coded_value(clinical.deficit, deficit_words(clinical.deficit, translator)))
    if clinical.duration_weeks is not None:
        said[("duration",)] = (DURATION, {"valueQuantity": quantity(clinical.duration_weeks, "weeks")})
    if clinical.refractory:
        said[("refractory",)] = (REFRACTORY, {"valueBoolean": True})
    return {path: observation(context, "exam", concept(code), *path) | told for path, (code, told) in said.items()}


def _coded_value(value: StrEnum, words: str) -> Json:
    """Return a coded value with its name."""
    return {"valueCodeableConcept": {"coding": [{"system": _VALUES, "code": value.value}], "text": words}}
