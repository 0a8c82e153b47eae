"""Corrections of what is said of discs and patients: they need no image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import JsonValue

from spoils.decision import Answers, Policy, clinical_of, triage
from spoils.errors import UsageError
from spoils.findings import (
    AnyCorrection,
    AppliedCorrection,
    Assessment,
    ChooseSeries,
    ChooseSlice,
    Clinical,
    CorrectFinding,
    CorrectGrade,
    CorrectScores,
    CorrectSeverity,
    DiscFinding,
    Flag,
    MoveCorner,
    Recommendation,
    RenameLevel,
    ReplaceLabelMap,
    ReplaceStructure,
    alarms_of,
)
from spoils.messages import Message, message
from spoils.pipeline.corrected_class import DiscClass, OfDisc

__all__ = [
    "CORRECTED",
    "clinical_after",
    "corrected_findings",
    "correction_flags",
    "disc_correction_flags",
    "recommendation",
]

CORRECTED = "corrected-by-person"
"""Code of the flags that say so."""


def clinical_after(correction: CorrectScores, policy: Policy) -> Clinical:
    """Return the scored answers of a correction.

    Raises:
        UsageError: an answer can't be used.
    """
    given = correction.model_dump(exclude={"kind", "by", "at", "reason", "odi"})
    return clinical_of(Answers(odi_percent=correction.odi, **given), policy)


def recommendation(discs: Sequence[DiscFinding], clinical: Clinical, policy: Policy) -> Recommendation | None:
    """Suggest a pathway from graded discs; None where there are none and no red flag."""
    classes = {disc.level: disc.label for disc in discs if disc.label is not None}
    sets = {disc.level: disc.prediction_set for disc in discs if disc.label is not None}
    if not classes and not clinical.red_flags:
        return None
    return triage(classes, clinical, policy=policy, prediction_sets=sets)


def corrected_findings(
    assessment: Assessment, corrections: Sequence[AnyCorrection], policy: Policy, created: datetime
) -> Assessment:
    """Apply corrections of grades, severities, findings and scores to a result alone.

    Raises:
        UsageError: a correction needs the images, or can't be applied.
    """
    discs, clinical = {disc.level: disc for disc in assessment.discs}, assessment.clinical
    applied = list(assessment.corrections)
    for correction in corrections:
        before: JsonValue
        after: JsonValue
        match correction:
            case CorrectScores():
                before = clinical.model_dump(mode="json")
                clinical = clinical_after(correction, policy)
                after = clinical.model_dump(mode="json")
            case CorrectGrade() | CorrectSeverity() | CorrectFinding():
                was = _class_of(discs.get(correction.level), correction.level)
                now = was.after(correction)
                changes = {**vars(now), "prediction_set": [now.label]}
                discs[correction.level] = discs[correction.level].model_copy(update=changes)
                before, after = was.recorded(), now.recorded()
            case _:
                raise UsageError(message("correction-needs-images", kind=correction.kind))
        applied.append(AppliedCorrection(correction=correction, applied=created, before=before, after=after))
    found = [_with_flags(disc, applied) for disc in discs.values()]
    quality = assessment.quality
    flags = [flag for flag in quality.flags if flag.code != CORRECTED]
    return assessment.model_copy(
        update={
            "created": created,
            "discs": found,
            "clinical": clinical,
            "alarms": alarms_of(assessment.canal, clinical, quality.flags, assessment.alignment),
            "report_text": None,
            "corrections": applied,
            "quality": quality.model_copy(update={"flags": [*flags, *correction_flags(applied)]}),
            "recommendation": recommendation(found, clinical, policy),
        }
    )


def _class_of(disc: DiscFinding | None, level: str) -> DiscClass:
    """Return the class of the disc at ``level``.

    Raises:
        UsageError: it has none, or the result does not hold the disc.
    """
    if disc is None or disc.label is None or disc.pfirrmann is None or disc.severity is None:
        raise UsageError(message("correction-disc-not-graded", level=level))
    return DiscClass(disc.label, disc.pfirrmann, disc.severity, disc.findings)


def _with_flags(disc: DiscFinding, applied: Iterable[AppliedCorrection]) -> DiscFinding:
    kept = [flag for flag in disc.flags if flag.code != CORRECTED]
    return disc.model_copy(update={"flags": [*kept, *disc_correction_flags(disc.level, applied)]})


def disc_correction_flags(level: str, applied: Iterable[AppliedCorrection]) -> list[Flag]:
    """Return flags that say who corrected the class of a disc, from what to what."""
    flags = []
    for one in applied:
        correction, before, after = one.correction, one.before, one.after
        if isinstance(correction, OfDisc) and correction.level == level:
            labels = [str(value["label"]) if isinstance(value, dict) else "" for value in (before, after)]
            said = message("disc-corrected", before=labels[0], after=labels[1], by=correction.by)
            flags.append(Flag.of(CORRECTED, _with_reason(said, correction.reason)))
    return flags


def correction_flags(applied: Iterable[AppliedCorrection]) -> list[Flag]:
    """Return flags that say what else a person corrected."""
    return [
        Flag.of(CORRECTED, _with_reason(said, one.correction.reason))
        for one in applied
        if (said := _said(one.correction)) is not None
    ]


def _said(correction: AnyCorrection) -> Message | None:
    """Return what was corrected; None where the disc says it."""
    by, said = correction.by, None
    match correction:
        case ReplaceStructure():
            said = message("structure-corrected", structure=correction.structure, slice=correction.slice, by=by)
        case MoveCorner():
            said = message("corner-corrected", structure=correction.structure, by=by)
        case ReplaceLabelMap():
            said = message("label-map-corrected", by=by)
        case RenameLevel():
            said = message("levels-corrected", structure=correction.structure, level=correction.level, by=by)
        case ChooseSlice():
            said = message("slice-chosen", slice=correction.mid_slice, by=by)
        case ChooseSeries():
            said = message("series-chosen", by=by)
        case CorrectScores():
            said = message("scores-corrected", by=by)
    return said


def _with_reason(said: Message, reason: str) -> Message:
    return message("correction-with-reason", correction=said, reason=reason) if reason else said
