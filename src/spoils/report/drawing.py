"""Small bar charts, as shapes that HTML and PDF draw in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spoils.report.palette import AGAINST, FOR, GRADE_COLOURS, INK, SEVERITY_FILL

__all__ = ["Box", "Drawing", "Line", "Text", "contribution_bars", "probability_bars"]

WIDTH = 78.0
"""Width of a drawing in points at its printed size."""

_FONT = 6.0
_THIN = 0.4

_BAR, _PITCH, _REACH = 6.5, 8.6, 24.0
"""Width of a vertical bar, distance of two bars, and height of a bar of probability one."""

_STRONGEST = 2.0
"""Log-odds, about 7 times the odds, at which horizontal bars are cut off, so that one does not shrink all others."""

_ROW, _ZERO = 7.0, 56.0
"""Height of a horizontal bar with its gap, and the x of the zero line."""


@dataclass(frozen=True)
class Box:
    """A filled rectangle with its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True)
class Line:
    """A straight line."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Text:
    """Text on a baseline, from ``x`` to the right or centred on it."""

    x: float
    y: float
    text: str
    is_centred: bool = False
    size: float = _FONT


@dataclass(frozen=True)
class Drawing:
    """Shapes in points, x to the right and y downward, with an alternative text."""

    width: float
    height: float
    shapes: tuple[Box | Line | Text, ...]
    description: str
    ink: str = INK
    line_width: float = _THIN


def probability_bars(grades: Mapping[str, float], severities: Mapping[str, float], description: str) -> Drawing:
    """Draw the probabilities of Pfirrmann grades, keyed ``"1"`` to ``"5"``, and of severities, by their letter."""
    left = WIDTH - len(severities) * _PITCH + (_PITCH - _BAR)
    shapes: list[Box | Line | Text] = [
        Line(0, _REACH, (len(grades) - 1) * _PITCH + _BAR, _REACH),
        Line(left, _REACH, WIDTH, _REACH),
    ]
    for place, (grade, probability) in enumerate(grades.items()):
        shapes += _upright(place * _PITCH, probability, grade, GRADE_COLOURS[int(grade)])
    for place, (severity, probability) in enumerate(severities.items()):
        shapes += _upright(left + place * _PITCH, probability, severity, SEVERITY_FILL)
    return Drawing(WIDTH, _REACH + _FONT + 1.5, tuple(shapes), description)


def _upright(x: float, probability: float, name: str, fill: str) -> tuple[Box, Text]:
    height = _REACH * probability
    return Box(x, _REACH - height, _BAR, height, fill), Text(x + _BAR / 2, _REACH + _FONT, name, is_centred=True)


def contribution_bars(contributions: Mapping[str, float], description: str) -> Drawing:
    """Draw log-odds by name as horizontal bars, to the right if positive."""
    shapes: list[Box | Line | Text] = []
    for place, (name, value) in enumerate(contributions.items()):
        top = place * _ROW
        length = min(abs(value), _STRONGEST) / _STRONGEST * (WIDTH - _ZERO)
        left = _ZERO if value > 0 else _ZERO - length
        shapes.append(Box(left, top + 0.7, length, _ROW - 1.4, FOR if value > 0 else AGAINST))
        shapes.append(Text(0, top + _ROW - 1.6, name))
    height = len(contributions) * _ROW
    return Drawing(WIDTH, height, (*shapes, Line(_ZERO, 0, _ZERO, height)), description)
