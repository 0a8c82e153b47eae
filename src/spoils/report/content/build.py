"""From an assessment to the content of its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spoils.findings import BODY_MEASUREMENTS, DISC_MEASUREMENTS, RESEARCH_USE, Assessment, Person
from spoils.messages import Language, Phrases, phrases_in
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
    pictures, phrases = pictures or ReportPictures(), phrases_in(Language(assessment.language))
    return Report(
        language=assessment.language,
        title=phrases.say("Lumbar spine assessment"),
        notice=phrases.say(RESEARCH_USE),
        subject=subject(person, assessment.study, phrases),
        facts=(
            who(person, assessment.study, phrases),
            complaint(assessment.clinical, phrases),
            what(assessment, phrases),
        ),
        overlay=_overlay(assessment, pictures.overlay, phrases),
        overlay_legend=_overlay_legend(pictures, phrases),
        suggestion=suggestion(assessment, phrases),
        discs=disc_table(assessment, phrases) if assessment.discs else None,
        cards=disc_cards(assessment, pictures.discs, phrases) if assessment.discs else None,
        chart=None if pictures.chart is None else Picture(pictures.chart, phrases.say("This patient on the cohort")),
        tables=_tables(assessment, phrases),
        closing=(limits(phrases), quality(assessment, phrases), provenance(assessment, phrases)),
        software=software(assessment),
    )


def _overlay(assessment: Assessment, png: bytes | None, phrases: Phrases) -> Picture | None:
    if png is None:
        return None
    not_graded = phrases.say("not graded")
    words = phrases.say(
        "Sagittal slice: on the left as acquired, on the right with outlined bodies, discs and canal. {classes}",
        classes=", ".join(f"{disc.level}: {disc.label or not_graded}" for disc in assessment.discs),
    )
    return Picture(png, words)


def _overlay_legend(pictures: ReportPictures, phrases: Phrases) -> tuple[str, ...]:
    fill = phrases.say(
        "Disc fill: Pfirrmann grade, from 1 (pale yellow) to 5 (dark red), beside it class and probability."
    )
    if not pictures.shows_lengths:
        return (fill,)
    lines = phrases.say(
        "White lines: disc heights at front, middle and back, disc width, and the canal's narrowest diameter."
    )
    return fill, lines


def _tables(assessment: Assessment, phrases: Phrases) -> tuple[Table, ...]:
    discs = {disc.level: disc.measurements for disc in assessment.discs}
    bodies = {vertebra.level: vertebra.measurements for vertebra in assessment.vertebrae}
    titled = (
        (phrases.say("All measurements of the discs"), discs, DISC_MEASUREMENTS),
        (phrases.say("Measurements of the vertebral bodies"), bodies, BODY_MEASUREMENTS),
    )
    return tuple(measurement_table(heading, levels, names, phrases) for heading, levels, names in titled if levels)
