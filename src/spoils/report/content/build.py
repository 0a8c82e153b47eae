"""From an assessment to the content of its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spoils.findings import BODY_MEASUREMENTS, DISC_MEASUREMENTS, RESEARCH_USE, Assessment, Person
from spoils.messages import Language, Translator, translator_for
from spoils.report.content.closing import limits, provenance, quality, software
from spoils.report.content.discs import disc_cards, disc_table
from spoils.report.content.facts import complaint, subject, what, who
from spoils.report.content.parts import Picture, Report, Table
from spoils.report.content.suggestion import suggestion
from spoils.report.content.tables import measurement_table
from spoils.report.disc_pictures import DiscPictures

__all__ = ["ReportPictures", "report_content"]


@dataclass(frozen=True)
class ReportPictures:
    """PNGs of a report: the overlay without captions, those of discs by level, and the patient on the cohort.

    ``shows_lengths`` says that measured lengths are drawn on the overlay, so that the report explains them.
    """

    overlay: bytes | None = None
    discs: Mapping[str, DiscPictures] = field(default_factory=dict)
    chart: bytes | None = None
    shows_lengths: bool = False


def report_content(
    assessment: Assessment, pictures: ReportPictures | None = None, person: Person | None = None
) -> Report:
    """Return what the report of ``assessment`` says, in the language of the assessment.

    ``person`` is named where given; without it the report can't be told from another patient's but by its study.
    """
    pictures, translator = pictures or ReportPictures(), translator_for(Language(assessment.language))
    return Report(
        language=assessment.language,
        title=translator.gettext("Lumbar spine assessment"),
        notice=translator.gettext(RESEARCH_USE),
        subject=subject(person, assessment.study, translator),
        facts=(
            who(person, assessment.study, translator),
            complaint(assessment.clinical, translator),
            what(assessment, translator),
        ),
        overlay=_overlay(assessment, pictures.overlay, translator),
        overlay_legend=_overlay_legend(pictures, translator),
        suggestion=suggestion(assessment, translator),
        discs=disc_table(assessment, translator) if assessment.discs else None,
        cards=disc_cards(assessment, pictures.discs, translator) if assessment.discs else None,
        chart=None
        if pictures.chart is None
        else Picture(pictures.chart, translator.gettext("This patient on the cohort")),
        tables=_tables(assessment, translator),
        closing=(limits(translator), quality(assessment, translator), provenance(assessment, translator)),
        software=software(assessment),
    )


def _overlay(assessment: Assessment, png: bytes | None, translator: Translator) -> Picture | None:
    if png is None:
        return None
    not_graded = translator.gettext("not graded")
    words = translator.gettext(
        "Sagittal slice: on the left as acquired, on the right with the contours of bodies, discs and canal. {classes}",
        classes=", ".join(f"{disc.level}: {disc.label or not_graded}" for disc in assessment.discs),
    )
    return Picture(png, words)


def _overlay_legend(pictures: ReportPictures, translator: Translator) -> tuple[str, ...]:
    fill = translator.gettext(
        "Disc fill: Pfirrmann grade, from 1 (pale yellow) to 5 (dark red), beside it class and probability."
    )
    if not pictures.shows_lengths:
        return (fill,)
    lines = translator.gettext(
        "White lines: disc heights at front, middle and back, disc width, and the canal's narrowest diameter."
    )
    return fill, lines


def _tables(assessment: Assessment, translator: Translator) -> tuple[Table, ...]:
    discs = {disc.level: disc.measurements for disc in assessment.discs}
    bodies = {vertebra.level: vertebra.measurements for vertebra in assessment.vertebrae}
    titled = (
        (translator.gettext("All measurements of the discs"), discs, DISC_MEASUREMENTS),
        (translator.gettext("Measurements of the vertebral bodies"), bodies, BODY_MEASUREMENTS),
    )
    return tuple(measurement_table(heading, levels, names, translator) for heading, levels, names in titled if levels)
