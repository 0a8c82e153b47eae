"""``follow-up.html`` and ``follow-up.json``: a comparison as a self-contained page and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spoils.findings import pathway_title
from spoils.followup import Change, ChangeVerdict, FollowUp, item_name, verdict_name
from spoils.messages import Language, Translator, translator_for
from spoils.report.followup_chart import draw_followup_chart
from spoils.report.page import page_templates, png_url
from spoils.report.palette import AGAINST, ALARM, FOR, GRADE_COLOURS, GRADE_INKS, INK, PALE

__all__ = ["follow_up_html", "follow_up_json"]

_DASH = "\N{EN DASH}"
_ARROW = " \N{RIGHTWARDS ARROW} "
_MINUS = "\N{MINUS SIGN}"
_DECIMALS = {"mm": 1, "mm3": 1, "1": 3, "percent": 0, "points": 1, "grade": 0}
_MM3_PER_CM3 = 1000.0


@dataclass(frozen=True)
class _Item:
    """One item as text: name, values, change, smallest change that counts, verdict and reason."""

    words: str
    values: str
    change: str
    least: str
    verdict: str
    verdict_words: str
    reason: str


@dataclass(frozen=True)
class _Disc:
    """One disc: its level, its class at each time as (label, fill colour, text colour), and its items."""

    level: str
    classes: tuple[tuple[str, str, str], ...]
    items: tuple[_Item, ...]


def follow_up_json(follow_up: FollowUp) -> bytes:
    """Return a comparison as indented UTF-8 JSON."""
    return (follow_up.model_dump_json(indent=2) + "\n").encode()


def follow_up_html(follow_up: FollowUp, language: Language = Language.ENGLISH) -> bytes:
    """Return the page of a comparison in a language. It prints on two pages of A4."""
    translator = translator_for(language)
    page = (
        page_templates()
        .get_template("followup.html.j2")
        .render(
            follow_up=follow_up,
            language=language.value,
            gettext=translator.gettext,
            summary=translator.texts(follow_up.summary, follow_up.summary_wording),
            warnings=[translator.text(note.message, note.wording) for note in follow_up.warnings],
            notes=[
                translator.text(note.message, note.wording)
                for note in follow_up.notes
                if note not in follow_up.warnings
            ],
            days=[translator.day(visit.day) for visit in follow_up.visits],
            suggestions=[
                translator.render(pathway_title(visit.pathway)) if visit.pathway else _DASH
                for visit in follow_up.visits
            ],
            notice=translator.gettext(follow_up.notice),
            chart=png_url(draw_followup_chart(follow_up, translator)),
            scores=[_item(change, translator) for change in follow_up.scores],
            discs=[_disc(disc.level, disc.labels, disc.changes, translator) for disc in follow_up.discs],
            colours={
                "ink": INK,
                "pale": PALE,
                "alarm": ALARM,
                ChangeVerdict.WORSE.value: FOR,
                ChangeVerdict.BETTER.value: AGAINST,
            },
        )
    )
    return page.encode()


def _disc(level: str, labels: Sequence[str | None], changes: Sequence[Change], translator: Translator) -> _Disc:
    classes = tuple(
        (label, GRADE_COLOURS[int(label[0])], GRADE_INKS[int(label[0])]) if label else (_DASH, "#ffffff", INK)
        for label in labels
    )
    return _Disc(level, classes, tuple(_item(change, translator) for change in changes))


def _item(change: Change, translator: Translator) -> _Item:
    values = (_DASH if value is None else _value(change, value, translator) for value in change.values)
    unit = {"mm": "mm", "mm3": "cm\N{SUPERSCRIPT THREE}"}.get(change.unit, "")
    words = translator.render(item_name(change.name))
    return _Item(
        words=f"{words} ({unit})" if unit else words,
        values=_ARROW.join(values),
        change=_signed(change, translator),
        least="" if change.least is None else _figure(change.least, change.unit, translator),
        verdict=change.verdict.value,
        verdict_words=translator.render(verdict_name(change.verdict)),
        reason=translator.text(change.reason, change.reason_wording) if _needs_reason(change) else "",
    )


def _needs_reason(change: Change) -> bool:
    """Return whether the verdict needs a reason besides the figures. A change that is too small does not."""
    smaller = change.change is not None and change.least is not None and abs(change.change) < change.least
    return not (change.verdict is ChangeVerdict.NO_DETECTABLE_CHANGE and (smaller or change.change == 0))


def _value(change: Change, value: float, translator: Translator) -> str:
    if change.name == "severity":
        return (translator.gettext("low"), translator.gettext("moderate"), translator.gettext("high"))[round(value) - 1]
    return _figure(value, change.unit, translator)


def _figure(value: float, unit: str, translator: Translator) -> str:
    """Format a value of an item without its unit; volumes are in cm3.

    >>> _figure(11374.2, "mm3", translator_for())
    '11.4'
    """
    shown = value / _MM3_PER_CM3 if unit == "mm3" else value
    whole = unit == "points" and float(value).is_integer()
    return translator.number(shown, 0 if whole else _DECIMALS[unit]).replace("-", _MINUS)


def _signed(change: Change, translator: Translator) -> str:
    """Format the change of an item with its sign; empty if there is none.

    A change that rounds to zero has no sign.
    """
    if change.change is None:
        return ""
    figure = _figure(change.change, change.unit, translator)
    zero = _figure(0.0, change.unit, translator)
    if figure.removeprefix(_MINUS) == zero:
        return zero
    return figure if change.change < 0 else f"+{figure}"
