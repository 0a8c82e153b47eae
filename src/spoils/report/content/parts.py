"""What a report is made of: words, figures and pictures, ready to be set by any kind of page.

Everything is already in the language of the reader; a page adds place, size and colour, never a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from spoils.report.drawing import Drawing

__all__ = [
    "Alarms",
    "Card",
    "Cards",
    "Cell",
    "Chip",
    "Column",
    "Emphasis",
    "Fact",
    "Facts",
    "Picture",
    "Points",
    "Remark",
    "Report",
    "Row",
    "Suggestion",
    "Table",
    "Tone",
]


@dataclass(frozen=True)
class Chip:
    """A short word on a colour, as ``#rrggbb``."""

    text: str
    fill: str
    ink: str


@dataclass(frozen=True)
class Fact:
    """A term and what is to be said of it."""

    term: str
    text: str


@dataclass(frozen=True)
class Facts:
    """Facts under a heading."""

    heading: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Points:
    """Sentences under a heading, each a point of its own."""

    heading: str
    points: tuple[str, ...]


class Emphasis(StrEnum):
    """How words are to be shown: as an alarm of high or of medium priority, as usual, or as less important."""

    ALARM = "alarm"
    WARNING = "warning"
    USUAL = "usual"
    PALE = "pale"


@dataclass(frozen=True)
class Remark:
    """Words with their emphasis."""

    text: str
    emphasis: Emphasis = Emphasis.USUAL


@dataclass(frozen=True)
class Alarms:
    """What must not be overlooked, the gravest first, under a heading."""

    heading: str
    remarks: tuple[Remark, ...]


class Tone(StrEnum):
    """How a suggestion is to be shown."""

    USUAL = "usual"
    URGENT = "urgent"
    NONE = "none"


@dataclass(frozen=True)
class Suggestion:
    """The suggestion, or that there is none; ``lines`` stand below the pathway and say what decided, or why not.

    ``reasons`` are the grounds, and what would change the suggestion, each under a heading. ``basis`` names the rules.
    """

    heading: str
    tone: Tone
    pathway: str
    lines: tuple[str, ...]
    reasons: tuple[Points, ...]
    basis: str


@dataclass(frozen=True)
class Picture:
    """A PNG, and what it shows for those who can't see it."""

    png: bytes
    description: str


@dataclass(frozen=True)
class Column:
    """Head of a column and the unit below it; empty for a ratio. ``is_text`` sets its cells to the left."""

    head: str
    unit: str = ""
    is_text: bool = False


@dataclass(frozen=True)
class Cell:
    """What one cell says; ``note`` is less important and ``footnote`` the number of a footnote of the table."""

    text: str
    note: str = ""
    footnote: int | None = None
    chip: Chip | None = None
    emphasis: Emphasis = Emphasis.USUAL


@dataclass(frozen=True)
class Row:
    """A row by its head, with what stands below it: findings side by side, and notes as sentences."""

    head: str
    cells: tuple[Cell, ...]
    findings: tuple[Remark, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table; footnote n is ``footnotes[n - 1]``, and ``legend`` explains what its cells are."""

    heading: str
    head: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...] = ()
    legend: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """One disc: its pictures and drawings from above to below, and sentences on it."""

    head: str
    chip: Chip
    pictures: tuple[Picture, ...]
    drawings: tuple[Drawing, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Cards:
    """The cards of all discs under a heading, and sentences that explain them."""

    heading: str
    cards: tuple[Card, ...]
    legend: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """A whole report. ``subject`` names patient and study in one line; ``language`` is a BCP 47 tag.

    The first page is the answer: alarms, ``facts``, pictures, the suggestion and ``discs``. The second holds the
    reasons of the suggestion and of the grades, the third the measurements, limits and versions.
    """

    language: str
    created: datetime
    title: str
    notice: str
    subject: str
    alarms: Alarms | None
    facts: tuple[Facts, ...]
    pictures: tuple[Picture, ...]
    pictures_legend: tuple[str, ...]
    suggestion: Suggestion
    discs: Table | None
    cards: Cards | None
    chart: Picture | None
    tables: tuple[Table, ...]
    closing: tuple[Points | Facts, ...]
    software: str
