"""``course.html`` and ``course.json``: a comparison as a page that needs nothing but itself, and as a document."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from spoils.course import Change, Course, Verdict, item_words, pathway_words, signed, value_figure, verdict_words
from spoils.messages import Language, Phrases, phrases_in
from spoils.report.course_chart import draw_course_chart
from spoils.report.files import write_file
from spoils.report.palette import AGAINST, FOR, GRADE_COLOURS, GRADE_INKS, INK, PALE

__all__ = ["write_course_html", "write_course_json"]

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


def write_course_json(course: Course, path: Path) -> None:
    """Write ``course`` as indented UTF-8 JSON, in one step.

    Raises:
        UsageError: the file can't be written.
    """
    write_file(path, (course.model_dump_json(indent=2) + "\n").encode())


def write_course_html(course: Course, path: Path) -> None:
    """Write the page of ``course`` in its language, in one step; two pages of A4 when printed.

    Raises:
        UsageError: the file can't be written.
    """
    phrases = phrases_in(Language(course.language))
    environment = Environment(
        loader=PackageLoader("spoils.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("course.html.j2").render(
        course=course,
        say=phrases.say,
        days=[phrases.day(visit.day) for visit in course.visits],
        suggestions=[pathway_words(v.pathway, phrases) if v.pathway else _DASH for v in course.visits],
        notice=phrases.say(course.notice),
        chart=f"data:image/png;base64,{b64encode(draw_course_chart(course, phrases)).decode()}",
        scores=[_item(change, phrases) for change in course.scores],
        discs=[_disc(disc.level, disc.labels, disc.changes, phrases) for disc in course.discs],
        colours={"ink": INK, "pale": PALE, Verdict.WORSE.value: FOR, Verdict.BETTER.value: AGAINST},
    )
    write_file(path, page.encode())


def _disc(level: str, labels: Sequence[str | None], changes: Sequence[Change], phrases: Phrases) -> _Disc:
    classes = tuple(
        (label, GRADE_COLOURS[int(label[0])], GRADE_INKS[int(label[0])]) if label else (_DASH, "#ffffff", INK)
        for label in labels
    )
    return _Disc(level, classes, tuple(_item(change, phrases) for change in changes))


def _item(change: Change, phrases: Phrases) -> _Item:
    values = (_DASH if value is None else _value(change, value, phrases) for value in change.values)
    unit = {"mm": "mm", "mm3": "cm\N{SUPERSCRIPT THREE}"}.get(change.unit, "")
    words = item_words(change.name, phrases)
    return _Item(
        words=f"{words} ({unit})" if unit else words,
        values=_ARROW.join(values),
        change=signed(change, phrases),
        least="" if change.least is None else value_figure(change.least, change.unit, phrases),
        verdict=change.verdict.value,
        verdict_words=verdict_words(change.verdict, phrases),
        reason=change.reason if _needs_reason(change) else "",
    )


def _needs_reason(change: Change) -> bool:
    """Say whether the figures alone don't tell why: they do, where a change is smaller than what counts."""
    smaller = change.change is not None and change.least is not None and abs(change.change) < change.least
    return not (change.verdict is Verdict.NO_DETECTABLE_CHANGE and (smaller or change.change == 0))


def _value(change: Change, value: float, phrases: Phrases) -> str:
    if change.name == "severity":
        return (phrases.say("low"), phrases.say("moderate"), phrases.say("high"))[round(value) - 1]
    return value_figure(value, change.unit, phrases)
