"""Tables of measurements: text for every cell, and a footnote wherever something could not be measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spoils.findings import Measured, NotMeasured
from spoils.report.words import MEASUREMENT_HEADS, figure

__all__ = ["Cell", "Column", "MeasurementTable", "Row", "measurement_table"]

DASH = "\N{EN DASH}"
_ABSENT = NotMeasured(not_measured="Not part of this assessment.")


@dataclass(frozen=True)
class Column:
    """Head of a column and the unit below it, empty for a ratio."""

    head: str
    unit: str


@dataclass(frozen=True)
class Cell:
    """What one cell says: a figure and how it was measured, or a dash with the number of the footnote that says why."""

    text: str
    method: str = ""
    footnote: int | None = None


@dataclass(frozen=True)
class Row:
    """One level and its cells, in the order of the columns."""

    level: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class MeasurementTable:
    """A table; footnote n is ``footnotes[n - 1]``."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...]

    def row(self, level: str) -> Row:
        """Return the row of ``level``.

        Raises:
            KeyError: the table has no such row.
        """
        return {row.level: row for row in self.rows}[level]


def measurement_table(levels: Mapping[str, Mapping[str, Measured]], names: Sequence[str]) -> MeasurementTable:
    """Lay out the measurements called ``names`` of each level; equal reasons share a footnote.

    >>> table = measurement_table({"L5": {}}, ["height_central_mm"])
    >>> table.rows[0].cells[0].footnote, table.footnotes
    (1, ('Not part of this assessment.',))
    """
    measured = {level: [values.get(name, _ABSENT) for name in names] for level, values in levels.items()}
    reasons = [value.not_measured for row in measured.values() for value in row if isinstance(value, NotMeasured)]
    footnotes = tuple(dict.fromkeys(reasons))
    rows = tuple(Row(level, tuple(_cell(value, footnotes) for value in values)) for level, values in measured.items())
    return MeasurementTable(tuple(Column(*MEASUREMENT_HEADS[name]) for name in names), rows, footnotes)


def _cell(value: Measured, footnotes: Sequence[str]) -> Cell:
    if isinstance(value, NotMeasured):
        return Cell(DASH, footnote=footnotes.index(value.not_measured) + 1)
    return Cell(figure(value), method=value.method)
