"""The discs: a table of the main results, and a card for each with the certainty of its grade and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from spoils.findings import Assessment, DiscFinding, Measured, NormalValue
from spoils.messages import Translator
from spoils.report.content.findings import alarm_emphasis, disc_remarks
from spoils.report.content.parts import Card, Cards, Cell, Chip, Column, Picture, Row, Table
from spoils.report.content.tables import Footnotes, measured_cell, measurement_columns
from spoils.report.disc_findings import stenosis_at
from spoils.report.disc_pictures import DiscPictures
from spoils.report.drawing import Drawing, contribution_bars, probability_bars
from spoils.report.palette import GRADE_COLOURS, GRADE_INKS, INK, UNGRADED
from spoils.report.words import cohort_words, contribution_words, flag_words, percent, severity_words

__all__ = ["disc_cards", "disc_table"]

_SHOWN = ("height_index", "signal_csf_ratio", "ap_diameter_mm")
_DASH = "\N{EN DASH}"
_GRADES = "12345"
_SEVERITIES = "LMH"


def disc_table(assessment: Assessment, translator: Translator) -> Table:
    """Return a table of grades with their certainty and the main measurements, and below each disc its findings."""
    footnotes = Footnotes(translator)
    canal = {finding.level: finding for finding in assessment.canal}
    rows = []
    for disc in assessment.discs:
        behind = canal.get(disc.level)
        measured = {**disc.measurements, **(behind.measurements if behind else {})}
        normal = {**disc.normal, **(behind.normal if behind else {})}
        *cells, diameter = _measured_cells(measured, normal, footnotes, translator)
        diameter = replace(diameter, emphasis=alarm_emphasis(stenosis_at(assessment, disc.level)))
        rows.append(
            Row(
                disc.level,
                (*_grade_cells(disc, translator), *cells, diameter),
                findings=disc_remarks(assessment, disc, translator),
                notes=tuple(flag_words(flag, translator) for flag in disc.flags),
            )
        )
    columns = (
        Column(translator.gettext("Class"), is_text=True),
        Column(translator.gettext("Probability"), is_text=True),
        Column(translator.gettext("Pfirrmann"), is_text=True),
        Column(translator.gettext("Severity"), is_text=True),
        Column(translator.gettext("Also possible"), is_text=True),
        *measurement_columns(_SHOWN, translator),
    )
    heading, head = translator.gettext("Discs"), translator.gettext("Level")
    return Table(heading, head, columns, tuple(rows), footnotes.texts, _legend(assessment, translator))


def _grade_cells(disc: DiscFinding, translator: Translator) -> tuple[Cell, ...]:
    if disc.label is None or disc.pfirrmann is None or disc.severity is None:
        not_graded = Cell(translator.gettext("not graded"))
        return (Cell("", chip=_chip(disc)), Cell(_DASH), not_graded, Cell(_DASH), Cell(_DASH))
    grade, severity = disc.pfirrmann.grade, disc.severity.grade
    grades = _ordered(_GRADES, disc.pfirrmann.probabilities.items())
    severities = _ordered(_SEVERITIES, disc.severity.probabilities.items())
    others = [label for label in disc.prediction_set if label != disc.label]
    return (
        Cell("", chip=_chip(disc)),
        Cell(percent(disc.label_probabilities.get(disc.label, 0.0))),
        Cell(str(grade), note=percent(grades[str(grade)])),
        Cell(severity_words(translator)[severity], note=percent(severities[severity])),
        Cell(", ".join(others) or translator.gettext("none")),
    )


def _measured_cells(
    measured: Mapping[str, Measured], normal: Mapping[str, NormalValue], footnotes: Footnotes, translator: Translator
) -> list[Cell]:
    return [measured_cell(measured.get(name), footnotes, translator, normal.get(name)) for name in _SHOWN]


def _legend(assessment: Assessment, translator: Translator) -> tuple[str, ...]:
    legend = []
    if any(disc.findings for disc in assessment.discs):
        legend.append(translator.gettext("Below each disc: how likely the findings are; bold from 50 %."))
    if any(disc.label is not None for disc in assessment.discs):
        legend.append(
            translator.gettext("Also possible: the other classes of a set that holds the true one for 9 discs in 10.")
        )
    places = [finding.normal for finding in assessment.discs] + [finding.normal for finding in assessment.canal]
    groups = [place[name] for place in places for name in _SHOWN if name in place]
    if groups:
        words = translator.gettext(
            "P: percentile of {groups}. z: standard deviations from the mean of discs of Pfirrmann grade 1 or 2.",
            groups=cohort_words(groups, translator),
        )
        legend.append(words)
    return tuple(legend)


def disc_cards(assessment: Assessment, pictures: Mapping[str, DiscPictures], translator: Translator) -> Cards:
    """Return a card for every disc. ``pictures`` are the images of discs by level, as far as there are any."""
    cards = tuple(_card(disc, pictures.get(disc.level), translator) for disc in assessment.discs)
    legend = [
        translator.gettext(
            "Upright bars: probability of Pfirrmann grade 1 to 5 and of low, moderate and high severity (L, M, H)."
        )
    ]
    if any(disc.contributions for disc in assessment.discs):
        words = translator.gettext(
            "Bars across: what measurements add to the odds of the grade (orange) or take from them (blue), beside a"
            " usual disc; a full bar is 7 times."
        )
        legend.append(words)
    if any(drawn.activation for drawn in pictures.values()):
        legend.append(
            translator.gettext("Colours: where the picture speaks for the grade (orange) or against it (blue).")
        )
    return Cards(translator.gettext("How sure the grades are, and why"), cards, tuple(legend))


def _card(disc: DiscFinding, drawn: DiscPictures | None, translator: Translator) -> Card:
    return Card(
        head=disc.level,
        chip=_chip(disc),
        pictures=_pictures(disc, drawn, translator),
        drawings=_drawings(disc, translator),
        sentences=_sentences(disc, translator),
    )


def _pictures(disc: DiscFinding, drawn: DiscPictures | None, translator: Translator) -> tuple[Picture, ...]:
    if drawn is None:
        return ()
    words = translator.gettext("The disc {level} straightened, anterior on the left", level=disc.level)
    pictures = [Picture(drawn.strip, words)]
    if drawn.activation is not None:
        words = translator.gettext(
            "The same disc: orange where its picture speaks for the grade, blue where it speaks against"
        )
        pictures.append(Picture(drawn.activation, words))
    return tuple(pictures)


def _drawings(disc: DiscFinding, translator: Translator) -> tuple[Drawing, ...]:
    if disc.pfirrmann is None or disc.severity is None:
        return ()
    grades, severities = (
        _ordered(_GRADES, disc.pfirrmann.probabilities.items()),
        _ordered(_SEVERITIES, disc.severity.probabilities.items()),
    )
    words = translator.gettext(
        "Probabilities of Pfirrmann grades: {grades}, and of severity: {severities}",
        grades=", ".join(f"{grade} {percent(value)}" for grade, value in grades.items()),
        severities=", ".join(f"{letter} {percent(value)}" for letter, value in severities.items()),
    )
    drawings = [probability_bars(grades, severities, words)]
    if disc.contributions:
        named = {word: disc.contributions.get(kind, 0.0) for kind, word in contribution_words(translator).items()}
        words = translator.gettext(
            "What speaks for grade {grade}, in log-odds: {contributions}",
            grade=disc.pfirrmann.grade,
            contributions=", ".join(f"{name} {_signed(value, translator)}" for name, value in named.items()),
        )
        drawings.append(contribution_bars(named, words))
    return tuple(drawings)


def _sentences(disc: DiscFinding, translator: Translator) -> tuple[str, ...]:
    if disc.severity is None:
        return tuple(flag_words(flag, translator) for flag in disc.flags)
    explanation = translator.text(disc.explanation or "", disc.explanation_wording)
    sentences = [_sentence(explanation, translator)] if explanation else []
    if reasons := translator.texts(disc.severity.reasons, disc.severity.reasons_wording):
        sentences.append(translator.gettext("Severity: {reasons}.", reasons="; ".join(reasons)))
    return tuple(sentences)


def _sentence(words: str, translator: Translator) -> str:
    """Begin with a capital letter and end with a full stop.

    >>> from spoils.messages import translator_for
    >>> _sentence("signal 0.21 of CSF: typical of grade 4", translator_for())
    'Signal 0.21 of CSF: typical of grade 4.'
    """
    return translator.gettext("{sentence}.", sentence=f"{words[0].upper()}{words[1:].rstrip('.')}")


def _chip(disc: DiscFinding) -> Chip:
    if disc.label is None or disc.pfirrmann is None:
        return Chip(_DASH, UNGRADED, INK)
    return Chip(disc.label, GRADE_COLOURS[disc.pfirrmann.grade], GRADE_INKS[disc.pfirrmann.grade])


def _ordered(keys: str, probabilities: Iterable[tuple[str, float]]) -> dict[str, float]:
    known = dict(probabilities)
    return {key: known.get(key, 0.0) for key in keys}


def _signed(value: float, translator: Translator) -> str:
    return ("+" if value >= 0 else "") + translator.number(value, 1)
