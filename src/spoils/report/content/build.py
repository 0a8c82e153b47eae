"""Conversion of an assessment to the content of its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from spoils.findings import (
    BODY_MEASUREMENTS,
    CANAL_MEASUREMENTS,
    DISC_MEASUREMENTS,
    LEVEL_ALIGNMENT_MEASUREMENTS,
    RESEARCH_USE,
    STENOSIS_MEASUREMENTS,
    VERTEBRAL_SHAPE_MEASUREMENTS,
    Alignment,
    Assessment,
    Person,
)
from spoils.messages import Language, Translator, translator_for
from spoils.report.content.closing import limits, provenance, quality, software
from spoils.report.content.discs import disc_cards, disc_table
from spoils.report.content.facts import complaint, subject, what, who
from spoils.report.content.findings import alarms
from spoils.report.content.parts import Picture, Report, Table
from spoils.report.content.suggestion import suggestion
from spoils.report.content.tables import measurement_table
from spoils.report.disc_pictures import DiscPictures
from spoils.report.words import spine_words

__all__ = ["ReportPictures", "report_content"]

_SHAPES: Final = VERTEBRAL_SHAPE_MEASUREMENTS[:4]
"""Wedge and ratios of heights; what they mean is said by the grade of a body, where it has one."""


@dataclass(frozen=True)
class ReportPictures:
    """PNGs of a report: the slice, the slice with contours, the discs by level, and the patient in the cohort.

    ``shows_lengths`` is true if measured lengths are drawn on the contours, and ``shows_alignment`` if endplates and
    slips are, so that the report explains them.
    """

    image: bytes | None = None
    marked: bytes | None = None
    discs: Mapping[str, DiscPictures] = field(default_factory=dict)
    chart: bytes | None = None
    shows_lengths: bool = False
    shows_alignment: bool = False


def report_content(
    assessment: Assessment, pictures: ReportPictures | None = None, person: Person | None = None
) -> Report:
    """Return the content of the report of ``assessment``, in its language.

    The report names ``person`` if given. Otherwise only the study identifies the patient.
    """
    pictures, translator = pictures or ReportPictures(), translator_for(Language(assessment.language))
    return Report(
        language=assessment.language,
        created=assessment.created,
        title=translator.gettext("Lumbar spine assessment"),
        notice=translator.gettext(RESEARCH_USE),
        subject=subject(person, assessment.study, translator),
        alarms=alarms(assessment, translator),
        facts=(
            who(person, assessment.study, translator),
            complaint(assessment.clinical, translator),
            what(assessment, translator),
        ),
        pictures=_slice_pictures(assessment, pictures, translator),
        pictures_legend=_pictures_legend(pictures, translator),
        suggestion=suggestion(assessment, translator),
        discs=disc_table(assessment, translator) if assessment.discs else None,
        cards=disc_cards(assessment, pictures.discs, translator) if assessment.discs else None,
        chart=None
        if pictures.chart is None
        else Picture(pictures.chart, translator.gettext("This patient in the cohort")),
        tables=_tables(assessment, translator),
        closing=(limits(translator), quality(assessment, translator), provenance(assessment, translator)),
        software=software(assessment),
    )


def _slice_pictures(assessment: Assessment, pictures: ReportPictures, translator: Translator) -> tuple[Picture, ...]:
    shown = []
    if pictures.image is not None:
        shown.append(Picture(pictures.image, translator.gettext("The graded sagittal slice as it was acquired.")))
    if pictures.marked is not None:
        not_graded = translator.gettext("not graded")
        words = translator.gettext(
            "The same slice with the contours of bodies, discs and canal. {classes}",
            classes=", ".join(f"{disc.level}: {disc.label or not_graded}" for disc in assessment.discs),
        )
        shown.append(Picture(pictures.marked, words))
    return tuple(shown)


def _pictures_legend(pictures: ReportPictures, translator: Translator) -> tuple[str, ...]:
    fill = translator.gettext(
        "Disc fill: Pfirrmann grade, from 1 (pale yellow) to 5 (dark red), beside it class and probability."
    )
    if not pictures.shows_lengths:
        return (fill,)
    lines = translator.gettext(
        "White lines: disc heights at front, middle and back, disc width, and the canal's narrowest diameter."
    )
    if not pictures.shows_alignment:
        return fill, lines
    alignment = translator.gettext(
        "Yellow lines: the endplates between which lordosis is measured, and where a body has slipped."
    )
    return fill, lines, alignment


def _tables(assessment: Assessment, translator: Translator) -> tuple[Table, ...]:
    discs = {disc.level: disc.measurements for disc in assessment.discs}
    bodies = {vertebra.level: vertebra.measurements for vertebra in assessment.vertebrae}
    canal = {one.level: one.measurements for one in assessment.canal if "area_mm2" in one.measurements}
    titled = (
        (translator.gettext("All measurements of the discs"), discs, DISC_MEASUREMENTS),
        (translator.gettext("Measurements of the vertebral bodies"), bodies, BODY_MEASUREMENTS),
        (translator.gettext("Measurements of the canal"), canal, (*CANAL_MEASUREMENTS, *STENOSIS_MEASUREMENTS)),
    )
    measured = (measurement_table(heading, levels, names, translator) for heading, levels, names in titled if levels)
    return (*measured, *_alignment_tables(assessment.alignment, translator))


def _alignment_tables(alignment: Alignment | None, translator: Translator) -> Iterator[Table]:
    if alignment is None:
        return
    levels = {found.level: found.measurements for found in alignment.levels}
    bodies = {found.level: found.measurements for found in alignment.vertebrae}
    heading = translator.gettext("Angles and slips of the levels")
    table = measurement_table(heading, levels, LEVEL_ALIGNMENT_MEASUREMENTS, translator)
    spine = spine_words(alignment)
    signs = translator.gettext(
        "Angles are above zero where they open to the front, slips where the upper body lies in front."
    )
    yield replace(table, legend=(*([translator.render(spine)] if spine else []), signs))
    yield measurement_table(translator.gettext("Shape of the vertebral bodies"), bodies, _SHAPES, translator)
