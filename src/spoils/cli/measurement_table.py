"""Measurements as a document, as CSV and as a table for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spoils.findings import Alignment, Measured

__all__ = ["CSV_COLUMNS", "Structures", "csv_text", "findings_document", "table_lines"]

CSV_COLUMNS = ("kind", "level", "measurement", "value", "unit", "method", "not_measured")

Structures = Mapping[str, Mapping[str, Mapping[str, "Measured"]]]
"""By kind (``discs``, ``vertebrae``, ``canal``, ``alignment``), level and name of the measurement.

The alignment has the level ``spine`` for the figures of the whole spine.
"""

_NAME_WIDTH = 22
_VALUE_WIDTH = 10


def findings_document(structures: Structures) -> dict[str, Any]:
    """Return the parts of ``assessment.json`` of these names; discs are not graded here."""
    from spoils.findings import DiscFinding, Flag, VertebraFinding, canal_finding

    ungraded = [Flag(code="not-graded", message="Measured only.")]
    discs = (
        DiscFinding(level=level, measurements=dict(values), flags=ungraded)
        for level, values in structures["discs"].items()
    )
    vertebrae = (
        VertebraFinding(level=level, measurements=dict(values)) for level, values in structures["vertebrae"].items()
    )
    canal = (canal_finding(level, values) for level, values in structures["canal"].items())
    return {
        "discs": [finding.model_dump(mode="json") for finding in discs],
        "vertebrae": [finding.model_dump(mode="json") for finding in vertebrae],
        "canal": [finding.model_dump(mode="json") for finding in canal],
        "alignment": _alignment(structures["alignment"]).model_dump(mode="json"),
    }


def _alignment(measured: Mapping[str, Mapping[str, Measured]]) -> Alignment:
    from spoils.anatomy import BODIES, DISCS
    from spoils.findings import Alignment, level_alignment, vertebral_shape

    return Alignment(
        measurements=dict(measured.get("spine", {})),
        levels=[level_alignment(level, measured[level]) for level in DISCS if level in measured],
        vertebrae=[vertebral_shape(body, measured[body]) for body in BODIES if body in measured],
    )


def csv_text(spines: Mapping[int | None, Structures]) -> str:
    """Return one line for each structure and measurement.

    ``spines`` is keyed by slice, None for the whole spine; with slices the first column names the slice.
    """
    with_slices = set(spines) != {None}
    columns = ("slice", *CSV_COLUMNS) if with_slices else CSV_COLUMNS
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for index, structures in spines.items():
        place = "" if index is None else index
        writer.writerows({"slice": place, **row} for row in _rows(structures))
    return text.getvalue()


def table_lines(structures: Structures) -> Iterator[str]:
    """Yield one table for each kind: a line for each measurement, a column for each level."""
    for kind, levels in structures.items():
        if not levels:
            continue
        yield f"{kind:{_NAME_WIDTH}}" + "".join(f"{level:>{_VALUE_WIDTH}}" for level in levels)
        for name in _measurement_names(levels):
            yield f"  {name:{_NAME_WIDTH - 2}}" + "".join(_cell(values.get(name)) for values in levels.values())
        yield ""


def _rows(structures: Structures) -> Iterator[dict[str, Any]]:
    for kind, levels in structures.items():
        for level, values in levels.items():
            for name, measured in values.items():
                yield {"kind": kind, "level": level, "measurement": name, **measured.model_dump(mode="json")}


def _measurement_names(levels: Mapping[str, Mapping[str, Measured]]) -> Sequence[str]:
    return tuple(dict.fromkeys(name for values in levels.values() for name in values))


def _cell(measured: Measured | None) -> str:
    """Show a value to four figures, and a dash for what could not be measured."""
    value = getattr(measured, "value", None)
    return f"{'-' if value is None else format(value, '.4g' if abs(value) < 1e4 else '.0f'):>{_VALUE_WIDTH}}"
