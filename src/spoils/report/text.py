"""``report.txt``: a draft of the radiology report as plain text, to be checked and pasted into a reporting system.

Every sentence is a message of ``report.po``. Estimates of the models are worded as likely or suggestive, and nothing is
ruled out.
"""

from __future__ import annotations

from collections.abc import Iterator

from spoils.findings import (
    ABSOLUTE_STENOSIS,
    RELATIVE_STENOSIS,
    RESEARCH_USE,
    Assessment,
    DiscFinding,
    NotMeasured,
    Study,
    pathway_title,
)
from spoils.messages import Language, Message, Translator, message, translator_for
from spoils.report.disc_findings import LIKELY, canal_diameter, sign_names, stenosis_at
from spoils.report.words import severity_words, spine_words

__all__ = ["report_text", "report_txt"]

_DEGENERATED = 3
"""Pfirrmann grade from which the impression names a disc."""


def report_txt(assessment: Assessment) -> bytes:
    """Return the draft as a UTF-8 file."""
    return report_text(assessment).encode()


def report_text(assessment: Assessment) -> str:
    """Return the draft in the language of the assessment: technique, findings by level, and impression.

    It names no patient.
    """
    translator = translator_for(Language(assessment.language))
    render = translator.render
    software = message("text-draft", software=f"SPOILS {assessment.provenance.spoils}")
    sections = (
        (render(message("text-title")), [render(software)]),
        (render(message("text-technique")), [render(one) for one in _technique(assessment.study)]),
        (render(message("text-findings")), list(_findings(assessment, translator))),
        (render(message("text-impression")), list(_numbered(_impression(assessment, translator)))),
    )
    notice = translator.gettext(RESEARCH_USE)
    return "\n\n".join([notice, *("\n".join((heading.upper(), *lines)) for heading, lines in sections)]) + "\n"


def _technique(study: Study) -> Iterator[Message]:
    apart_mm, row_mm, column_mm = study.spacing_mm
    if study.slices == 1:
        yield message("text-one-slice", modality=study.modality, row=row_mm, column=column_mm)
    else:
        # Only a DICOM header states the weighting of an image.
        yield message(
            "text-slices" if study.series_uid is None else "text-slices-t2",
            modality=study.modality,
            slices=study.slices,
            row=row_mm,
            column=column_mm,
            apart=apart_mm,
        )
        yield message("text-graded-slice", slice=study.mid_slice + 1, slices=study.slices)
    if study.instance_number is not None:
        yield message("text-graded-image", instance=study.instance_number)
    yield message("text-levels")


def _findings(assessment: Assessment, translator: Translator) -> Iterator[str]:
    for disc in assessment.discs:
        sentences = [*_disc(disc, translator), *_canal(assessment, disc.level, translator)]
        yield f"{disc.level}: {' '.join(sentences)}"
    if not assessment.discs:
        yield translator.render(message("text-nothing-graded"))
    if assessment.alignment is not None and (words := spine_words(assessment.alignment)) is not None:
        yield translator.render(words)
    yield translator.render(message("text-not-assessed"))


def _disc(disc: DiscFinding, translator: Translator) -> Iterator[str]:
    if disc.pfirrmann is None or disc.severity is None:
        yield translator.render(message("text-not-graded"))
        yield from (translator.text(flag.message, flag.wording) for flag in disc.flags)
        return
    grade = disc.pfirrmann.grade
    yield translator.render(
        message(
            "text-grade",
            grade=grade,
            probability=next((share for key, share in disc.pfirrmann.probabilities.items() if key == str(grade)), 0.0),
            severity=severity_words(translator)[disc.severity.grade],
        )
    )
    likely = [translator.render(name) for sign, name in sign_names().items() if disc.findings.get(sign, 0.0) >= LIKELY]
    if likely:
        yield translator.render(message("text-likely", findings=list(likely)))
    elif disc.findings:
        yield translator.render(message("text-none-likely"))
    yield from (translator.text(flag.message, flag.wording) for flag in disc.flags)


def _canal(assessment: Assessment, level: str, translator: Translator) -> Iterator[str]:
    alarm, diameter = stenosis_at(assessment, level), canal_diameter(assessment, level)
    if diameter is not None:
        kind = "text-canal"
        if alarm is not None:
            kind = {ABSOLUTE_STENOSIS: "text-canal-absolute", RELATIVE_STENOSIS: "text-canal-relative"}[alarm.code]
        yield translator.render(message(kind, diameter=diameter.value))
        return
    for finding in assessment.canal:
        missing = finding.measurements.get("ap_diameter_mm")
        if finding.level == level and isinstance(missing, NotMeasured):
            reason = translator.text(missing.not_measured, missing.wording)
            yield translator.render(message("text-canal-not-measured", reason=reason))


def _impression(assessment: Assessment, translator: Translator) -> Iterator[str]:
    yield from (translator.text(alarm.message, alarm.wording) for alarm in assessment.alarms)
    yield from (translator.render(one) for one in _degeneration(assessment))
    signs = {
        "herniation": "text-herniation-at",
        "spondylolisthesis": "text-spondylolisthesis-at",
        "modic": "text-modic-at",
    }
    for sign, id_ in signs.items():
        levels = [disc.level for disc in assessment.discs if disc.findings.get(sign, 0.0) >= LIKELY]
        if levels:
            yield translator.render(message(id_, levels=list(levels)))
    alarming = {alarm.message for alarm in assessment.alarms}
    for flag in (flag for flag in assessment.quality.flags if flag.message not in alarming):
        yield translator.render(message("text-check", note=translator.text(flag.message, flag.wording)))
    if assessment.recommendation is None:
        yield translator.gettext("No pathway is suggested.")
    else:
        pathway = pathway_title(assessment.recommendation.pathway)
        yield translator.render(message("text-suggestion", pathway=pathway))


def _degeneration(assessment: Assessment) -> Iterator[Message]:
    grades = {disc.level: disc.pfirrmann.grade for disc in assessment.discs if disc.pfirrmann is not None}
    if not grades:
        yield message("text-nothing-graded")
        return
    worst = max(grades.values())
    if worst < _DEGENERATED:
        yield message("text-no-degeneration")
        return
    levels = [level for level, grade in grades.items() if grade == worst]
    yield message("text-most-degenerated", levels=list(levels), grade=worst)
    others = [level for level, grade in grades.items() if _DEGENERATED <= grade < worst]
    if others:
        yield message("text-also-degenerated", levels=list(others), lowest=_DEGENERATED)


def _numbered(lines: Iterator[str]) -> Iterator[str]:
    return (f"{number}. {line}" for number, line in enumerate(lines, start=1))
