"""Observations on the images: each disc with its class and measurements, each vertebral body, and the canal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spoils.anatomy import CANAL
from spoils.codes import (
    BODY_CODES,
    CANAL_CODES,
    CERTAINTY_OF_CONTOUR,
    CERTAINTY_OF_LEVEL,
    DISC_CLASS,
    DISC_CODES,
    LEVEL_ALIGNMENT_CODES,
    LUMBAR_SPINE,
    PERCENTILE,
    PFIRRMANN,
    PLAUSIBLE_CLASS,
    PROBABILITY,
    SEVERITY,
    SEVERITY_VALUES,
    SIGNS,
    SLIP_DIRECTIONS,
    SPINE_ALIGNMENT_CODES,
    VERTEBRAL_SHAPE_CODES,
    Z_SCORE,
    Code,
    MeasurementCode,
    disc_class,
    genant_grade,
    meyerding_grade,
    pfirrmann_grade,
)
from spoils.findings import (
    STENOSES,
    Alignment,
    CanalFinding,
    DiscFinding,
    LevelAlignment,
    Measured,
    Measurement,
    NormalValue,
    VertebraFinding,
    VertebralShape,
)
from spoils.report.fhir.parts import BundleContext, Json, concept, quantity, text_concept
from spoils.report.sites import level_of_disc, structure_code
from spoils.report.words import flag_words

__all__ = ["disc_observations", "observation", "other_observations"]

_CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
_INTERPRETATIONS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_PRIORITIES = {"high": ("LL", "Critical low"), "medium": ("L", "Low")}
"""Code and display of an alarm by its priority; those of the canal are about one that is too narrow."""

_DIAMETERS = ("ap_diameter_mm", "ap_diameter_min_mm")

_ALIGNMENT, _SHAPE, _SPINE = "alignment", "shape", "spine"
"""Paths of what is measured between bodies, of the shape of a body, and of the whole spine."""

_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def observation(context: BundleContext, category: str, code: Json, *path: str) -> Json:
    """Start a preliminary observation at ``path``; ``category`` is one of FHIR's list, such as ``imaging``."""
    return context.resource("Observation", *path) | {
        "status": "preliminary",
        "category": [{"coding": [{"system": _CATEGORIES, "code": category}]}],
        "code": code,
        **context.about,
        "issued": context.moment,
        "device": context.reference("device"),
    }


def disc_observations(context: BundleContext) -> dict[tuple[str, ...], Json]:
    """Return the observations on the discs by their paths: ``("disc", level)``, then ``(..., measurement)``."""
    made: dict[tuple[str, ...], Json] = {}
    for disc in context.assessment.discs:
        path = ("disc", disc.level)
        members = _measured(context, path, DISC_CODES, disc)
        made[path] = _graded(context, disc, path) | (
            {"hasMember": [context.reference(*member) for member in members]} if members else {}
        )
        made |= members
    return made


def other_observations(context: BundleContext) -> dict[tuple[str, ...], Json]:
    """Return the observations on bodies and canal by their paths, ``(kind, level, measurement)``."""
    made: dict[tuple[str, ...], Json] = {}
    for body in context.assessment.vertebrae:
        made |= _measured(context, ("body", body.level), BODY_CODES, body)
    for canal in context.assessment.canal:
        made |= {
            path: resource | (_interpretation(context, canal.level) if path[-1] in _DIAMETERS else {})
            for path, resource in _measured(context, (CANAL, canal.level), CANAL_CODES, canal).items()
        }
    return made | _alignment_observations(context)


def _alignment_observations(context: BundleContext) -> dict[tuple[str, ...], Json]:
    """Return the observations on the alignment: ``(kind, level, measurement)``; the spine has a level."""
    alignment = context.assessment.alignment
    if alignment is None:
        return {}
    made = _measured(context, (_ALIGNMENT, _SPINE), SPINE_ALIGNMENT_CODES, alignment)
    for level in alignment.levels:
        path = (_ALIGNMENT, level.level)
        found = _measured(context, path, LEVEL_ALIGNMENT_CODES, level)
        if level.listhesis is not None:
            slip = level.listhesis
            found[*path, "slip_percent"]["interpretation"] = [
                concept(meyerding_grade(slip.meyerding)),
                concept(SLIP_DIRECTIONS[slip.direction]),
            ]
        made |= found
    for body in alignment.vertebrae:
        path = (_SHAPE, body.level)
        found = _measured(context, path, VERTEBRAL_SHAPE_CODES, body)
        if body.genant is not None and body.shape is not None:
            found[*path, f"{body.shape}_loss_percent"]["interpretation"] = [
                concept(genant_grade(body.genant, body.shape))
            ]
        made |= found
    return made


def _interpretation(context: BundleContext, level: str) -> Json:
    """Return the interpretation of an alarm of the canal at a level (low or critically low), and its sentence."""
    alarms = [alarm for alarm in context.assessment.alarms if alarm.level == level and alarm.code in STENOSES]
    coded = [
        {
            "coding": [{"system": _INTERPRETATIONS, "code": code, "display": display}],
            "text": context.translator.text(alarm.message, alarm.wording),
        }
        for alarm in alarms
        for code, display in [_PRIORITIES[alarm.priority]]
    ]
    return {"interpretation": coded} if coded else {}


def _graded(context: BundleContext, disc: DiscFinding, path: tuple[str, ...]) -> Json:
    made = _imaged(context, concept(DISC_CLASS), path)
    explanation = context.translator.text(disc.explanation or "", disc.explanation_wording)
    notes = [*([explanation] if explanation else []), *_flags(context, disc)]
    if notes:
        made["note"] = [{"text": note} for note in notes]
    components = [*_grades(disc), *_likelihoods(disc)]
    if components:
        made["component"] = components
    if disc.label is None:
        return made | {"dataAbsentReason": _absent(_flags(context, disc)[0])}
    return made | {"valueCodeableConcept": concept(disc_class(disc.label))}


def _flags(context: BundleContext, disc: DiscFinding) -> list[str]:
    return [flag_words(flag, context.translator) for flag in disc.flags]


def _grades(disc: DiscFinding) -> Iterable[Json]:
    if disc.label is None or disc.pfirrmann is None or disc.severity is None:
        return
    yield _component(PFIRRMANN, valueCodeableConcept=concept(pfirrmann_grade(disc.pfirrmann.grade)))
    yield _component(SEVERITY, valueCodeableConcept=concept(SEVERITY_VALUES[disc.severity.grade]))
    yield _component(PROBABILITY, valueQuantity=quantity(disc.label_probabilities[disc.label], "1"))
    for label in disc.prediction_set:
        yield _component(PLAUSIBLE_CLASS, valueCodeableConcept=concept(disc_class(label)))


def _likelihoods(disc: DiscFinding) -> Iterable[Json]:
    for sign, probability in disc.findings.items():
        yield _component(SIGNS[sign], valueQuantity=quantity(probability, "1"))
    if disc.confidence is not None:
        yield _component(CERTAINTY_OF_CONTOUR, valueQuantity=quantity(disc.confidence.outline, "1"))
        yield _component(CERTAINTY_OF_LEVEL, valueQuantity=quantity(disc.confidence.level, "1"))


def _measured(
    context: BundleContext,
    path: tuple[str, ...],
    codes: Mapping[str, MeasurementCode],
    finding: DiscFinding | VertebraFinding | CanalFinding | Alignment | LevelAlignment | VertebralShape,
) -> dict[tuple[str, ...], Json]:
    return {
        (*path, name): _imaged(context, concept(codes[name].definition, codes[name].name), (*path, name))
        | _value(measured, context)
        | _placed_among_others(context, finding.normal.get(name))
        for name, measured in finding.measurements.items()
    }


def _value(measured: Measured, context: BundleContext) -> Json:
    if isinstance(measured, Measurement):
        return {
            "valueQuantity": quantity(measured.value, measured.unit),
            "method": text_concept(context.translator.text(measured.method, measured.wording)),
        }
    return {"dataAbsentReason": _absent(context.translator.text(measured.not_measured, measured.wording))}


def _placed_among_others(context: BundleContext, normal: NormalValue | None) -> Json:
    if normal is None:
        return {}
    components = [_component(PERCENTILE, valueQuantity=quantity(normal.percentile, "percent"))]
    if normal.z is not None:
        components.append(_component(Z_SCORE, valueQuantity=quantity(normal.z, "1")))
    compared = context.translator.gettext(
        "Compared with: {group}", group=context.translator.text(normal.group, normal.group_wording)
    )
    return {"component": components, "note": [{"text": compared}]}


def _imaged(context: BundleContext, code: Json, path: tuple[str, ...]) -> Json:
    kind, level = path[0], path[1]
    made = observation(context, "imaging", code, *path) | {"bodySite": _site(kind, level)}
    acquired = context.assessment.study.acquired
    if acquired is not None:
        made["effectiveDateTime"] = acquired.isoformat()
    if context.assessment.study.series_uid is not None:
        made["derivedFrom"] = [context.reference("imaging-study")]
    return made


def _site(kind: str, level: str) -> Json:
    """Return the body site: the disc or body itself; for the canal, the level of a disc."""
    if kind == CANAL:
        return concept(level_of_disc(level)) | {"text": f"{CANAL}, {level}"}
    if kind == _ALIGNMENT:
        return concept(LUMBAR_SPINE if level == _SPINE else level_of_disc(level)) | {"text": f"{_ALIGNMENT}, {level}"}
    if kind == _SHAPE:
        return concept(structure_code(level)) | {"text": f"{_SHAPE}, {level}"}
    return concept(structure_code(level)) | {"text": level}


def _component(code: Code, **value: Json) -> Json:
    return {"code": concept(code), **value}


def _absent(reason: str) -> Json:
    return {"coding": [{"system": _ABSENT, "code": "not-performed"}], "text": reason}
