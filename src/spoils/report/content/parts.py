"""The elements of a report: texts, figures and images, independent of the format.

All texts are already in the language of the reader. A format adds position, size and colour, but no text.
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
    """A short text on a background colour; colours are ``#rrggbb``."""

    text: str
    fill: str
    ink: str


@dataclass(frozen=True)
class Fact:
    """A term and its description."""

    term: str
    text: str


@dataclass(frozen=True)
class Facts:
    """Facts with a heading."""

    heading: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Points:
    """Sentences with a heading, one list item each."""

    heading: str
    points: tuple[str, ...]


class Emphasis(StrEnum):
    """Emphasis of a text: an alarm of high or medium priority, normal, or less important."""

    ALARM = "alarm"
    WARNING = "warning"
    USUAL = "usual"
    PALE = "pale"


@dataclass(frozen=True)
class Remark:
    """A text with its emphasis."""

    text: str
    emphasis: Emphasis = Emphasis.USUAL


@dataclass(frozen=True)
class Alarms:
    """Alarms with a heading, the most severe first."""

    heading: str
    remarks: tuple[Remark, ...]


class Tone(StrEnum):
    """Style of a suggestion."""

    USUAL = "usual"
    URGENT = "urgent"
    NONE = "none"


@dataclass(frozen=True)
class Suggestion:
    """The suggestion, or the statement that there is none.

    ``lines`` follow the pathway and state what decided, or why there is no suggestion. ``reasons`` are the grounds and
    what would change the suggestion, each with a heading. ``basis`` names the rules.
    """

    heading: str
    tone: Tone
    pathway: str
    lines: tuple[str, ...]
    reasons: tuple[Points, ...]
    basis: str


@dataclass(frozen=True)
class Picture:
    """A PNG with its alternative text."""

    png: bytes
    description: str


@dataclass(frozen=True)
class Column:
    """Header of a column and its unit, empty for a ratio. ``is_text`` aligns the cells to the left."""

    head: str
    unit: str = ""
    is_text: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell: its text, a less important ``note``, and ``footnote``, the number of a footnote of the table."""

    text: str
    note: str = ""
    footnote: int | None = None
    chip: Chip | None = None
    emphasis: Emphasis = Emphasis.USUAL


@dataclass(frozen=True)
class Row:
    """A row with its header, and what is shown below it: findings in one line, and notes as sentences."""

    head: str
    cells: tuple[Cell, ...]
    findings: tuple[Remark, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table. Footnote n is ``footnotes[n - 1]``, and ``legend`` explains the cells."""

    heading: str
    head: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...] = ()
    legend: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """One disc: its images and drawings from top to bottom, and sentences about it."""

    head: str
    chip: Chip
    pictures: tuple[Picture, ...]
    drawings: tuple[Drawing, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Cards:
    """The cards of all discs with a heading, and sentences that explain them."""

    heading: str
    cards: tuple[Card, ...]
    legend: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """A complete report. ``subject`` names patient and study in one line; ``language`` is a BCP 47 tag.

    The first page has the results: alarms, ``facts``, images, the suggestion and ``discs``. The second page has the
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
