"""Tables of measurements: text for every cell, and a footnote for every missing measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spoils.findings import Measured, NormalValue, NotMeasured
from spoils.messages import Translator, message
from spoils.report.content.parts import Cell, Column, Row, Table
from spoils.report.words import figure, measurement_head

__all__ = ["Footnotes", "measured_cell", "measurement_columns", "measurement_table"]

_DASH = "\N{EN DASH}"
_ABSENT = NotMeasured.because(message("not-in-assessment"))


class Footnotes:
    """Collects the footnotes of a table. Equal reasons share a number."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._numbers: dict[str, int] = {}

    def number(self, quantity: NotMeasured) -> int:
        """Return the number of the reason why a quantity was not measured, from 1."""
        words = self._translator.text(quantity.not_measured, quantity.wording)
        return self._numbers.setdefault(words, len(self._numbers) + 1)

    @property
    def texts(self) -> tuple[str, ...]:
        """The footnotes by their number."""
        return tuple(self._translator.gettext("Not measured: {reason}", reason=reason) for reason in self._numbers)


def measurement_table(
    heading: str, levels: Mapping[str, Mapping[str, Measured]], names: Sequence[str], translator: Translator
) -> Table:
    """Lay out the measurements ``names`` of each level."""
    footnotes = Footnotes(translator)
    rows = tuple(
        Row(level, tuple(measured_cell(measured.get(name, _ABSENT), footnotes, translator) for name in names))
        for level, measured in levels.items()
    )
    columns = measurement_columns(names, translator)
    return Table(heading, translator.gettext("Level"), columns, rows, footnotes.texts)


def measurement_columns(names: Sequence[str], translator: Translator) -> tuple[Column, ...]:
    """Return the columns of the measurements ``names``."""
    return tuple(Column(*measurement_head(name, translator)) for name in names)


def measured_cell(
    value: Measured | None, footnotes: Footnotes, translator: Translator, normal: NormalValue | None = None
) -> Cell:
    """Return a value with its percentile and z-score, or a dash with a footnote that gives the reason."""
    match value or _ABSENT:
        case NotMeasured() as quantity:
            return Cell(_DASH, footnote=footnotes.number(quantity))
        case measurement:
            return Cell(figure(measurement, translator), note=_place(normal, translator) if normal else "")


def _place(normal: NormalValue, translator: Translator) -> str:
    percentile = f"P{translator.number(normal.percentile)}"
    if normal.z is None:
        return percentile
    return f"{percentile}, z {translator.number(round(normal.z, 1) + 0.0, 1)}"  # no minus before zero
