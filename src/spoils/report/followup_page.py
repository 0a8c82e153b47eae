"""``follow-up.html`` and ``follow-up.json``: a comparison as a self-contained page and as JSON."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from spoils.followup import (
    Change,
    ChangeVerdict,
    FollowUp,
    item_words,
    pathway_words,
    signed,
    value_figure,
    verdict_words,
)
from spoils.messages import Language, Translator, translator_for
from spoils.report.followup_chart import draw_followup_chart
from spoils.report.palette import AGAINST, FOR, GRADE_COLOURS, GRADE_INKS, INK, PALE

__all__ = ["follow_up_html", "follow_up_json"]

_DASH = "\N{EN DASH}"
_ARROW = " \N{RIGHTWARDS ARROW} "


@dataclass(frozen=True)
class _Item:
    """One item in words: what it is called, its values, its change, the least that counts, the verdict and why."""

    words: str
    values: str
    change: str
    least: str
    verdict: str
    verdict_words: str
    reason: str


@dataclass(frozen=True)
class _Disc:
    """One disc: its level, its class at each time as (label, fill, ink), and its items."""

    level: str
    classes: tuple[tuple[str, str, str], ...]
    items: tuple[_Item, ...]


def follow_up_json(course: FollowUp) -> bytes:
    """Return ``course`` as indented UTF-8 JSON."""
    return (course.model_dump_json(indent=2) + "\n").encode()


def follow_up_html(course: FollowUp) -> bytes:
    """Return the page of ``course`` in its language; it takes two pages of A4 when printed."""
    translator = translator_for(Language(course.language))
    environment = Environment(
        loader=PackageLoader("spoils.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("followup.html.j2").render(
        course=course,
        gettext=translator.gettext,
        days=[translator.day(visit.day) for visit in course.visits],
        suggestions=[pathway_words(v.pathway, translator) if v.pathway else _DASH for v in course.visits],
        notice=translator.gettext(course.notice),
        chart=f"data:image/png;base64,{b64encode(draw_followup_chart(course, translator)).decode()}",
        scores=[_item(change, translator) for change in course.scores],
        discs=[_disc(disc.level, disc.labels, disc.changes, translator) for disc in course.discs],
        colours={"ink": INK, "pale": PALE, ChangeVerdict.WORSE.value: FOR, ChangeVerdict.BETTER.value: AGAINST},
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
    words = item_words(change.name, translator)
    return _Item(
        words=f"{words} ({unit})" if unit else words,
        values=_ARROW.join(values),
        change=signed(change, translator),
        least="" if change.least is None else value_figure(change.least, change.unit, translator),
        verdict=change.verdict.value,
        verdict_words=verdict_words(change.verdict, translator),
        reason=change.reason if _needs_reason(change) else "",
    )


def _needs_reason(change: Change) -> bool:
    """Say whether the figures alone don't tell why: they do, where a change is smaller than what counts."""
    smaller = change.change is not None and change.least is not None and abs(change.change) < change.least
    return not (change.verdict is ChangeVerdict.NO_DETECTABLE_CHANGE and (smaller or change.change == 0))


def _value(change: Change, value: float, translator: Translator) -> str:
    if change.name == "severity":
        return (translator.gettext("low"), translator.gettext("moderate"), translator.gettext("high"))[round(value) - 1]
    return value_figure(value, change.unit, translator)
