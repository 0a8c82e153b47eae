"""Chart of a patient's follow-up: scores, height index and signal over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from spoils.canvas import Axes, Figure, FontProperties
from spoils.followup import Change, FollowUp, item_name
from spoils.messages import Translator
from spoils.report.palette import INK, PALE
from spoils.report.png import drawn_pixels, encoded_png
from spoils.report.typeface import figure_font

__all__ = ["draw_followup_chart"]

_SIZE_MM = (180.0, 58.0)
_MM_PER_INCH = 25.4
_DOTS_PER_INCH = 200
_FONT = 7.0
_OF_DISCS: Final = ("height_index", "signal_csf_ratio")

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#000000")
"""Colours of Okabe and Ito. Every line also has its own marker and name."""

_MARKS = "osD^vX"
_DECIMALS = 2
_SCORES: Final = ("odi", "nrs")
"""Back and leg pain are separate in the table only, because more lines would be hard to distinguish."""
_NRS_SCALE = 10.0
"""Factor that brings pain to the scale of the ODI, 0 to 100."""


@dataclass(frozen=True)
class _Line:
    """One line of a panel: its name, its values over time, and half the smallest change that counts (0 for none)."""

    name: str
    values: Sequence[float | None]
    error: float = 0.0


def draw_followup_chart(follow_up: FollowUp, translator: Translator) -> bytes:
    """Draw the chart as PNG, 180 mm wide.

    Error bars are half the smallest change that counts: if those of two markers overlap, the change may be chance.
    Lines are interrupted at missing values.
    """
    figure = Figure(figsize=(_SIZE_MM[0] / _MM_PER_INCH, _SIZE_MM[1] / _MM_PER_INCH))
    panels = figure.subplots(1, 1 + len(_OF_DISCS))
    figure.subplots_adjust(left=0.045, right=0.94, top=0.89, bottom=0.12, wspace=0.5)
    days = [visit.day for visit in follow_up.visits]
    _draw(panels[0], translator.gettext("ODI, and pain times 10"), days, list(_score_lines(follow_up, translator)))
    for axes, name in zip(panels[1:], _OF_DISCS, strict=True):
        _draw(axes, translator.render(item_name(name)), days, list(_disc_lines(follow_up, name)))
        axes.yaxis.set_major_formatter(lambda value, _: translator.number(value, _DECIMALS))
    return encoded_png(drawn_pixels(figure, _DOTS_PER_INCH))


def _score_lines(follow_up: FollowUp, translator: Translator) -> Iterator[_Line]:
    for score in (score for score in follow_up.scores if score.name in _SCORES):
        scale = _NRS_SCALE if score.unit == "points" else 1.0
        values = [None if value is None else value * scale for value in score.values]
        yield _Line(translator.render(item_name(score.name)), values)


def _disc_lines(follow_up: FollowUp, name: str) -> Iterator[_Line]:
    for disc in follow_up.discs:
        change = next(change for change in disc.changes if change.name == name)
        yield _Line(disc.level, change.values, _half(change))


def _half(change: Change) -> float:
    return 0.0 if change.least is None else change.least / 2


def _draw(axes: Axes, title: str, days: Sequence[date], lines: Sequence[_Line]) -> None:
    """Draw one panel. Lines are labelled at their last values, with labels moved apart if these are close."""
    axes.set_title(title, font=_font(), color=INK, loc="left", pad=4)
    ends: list[tuple[float, _Line, str]] = []
    places = [day.toordinal() for day in days]
    for line, colour, mark in zip(lines, _COLOURS, _MARKS, strict=False):
        known = [(place, value) for place, value in zip(places, line.values, strict=True) if value is not None]
        heights = [float("nan") if value is None else value for value in line.values]
        axes.errorbar(
            places,
            heights,
            yerr=line.error or None,
            color=colour,
            marker=mark,
            markersize=3.5,
            linewidth=1,
            elinewidth=0.5,
        )
        if known:
            ends.append((known[-1][1], line, colour))
    _name_lines(axes, ends)
    span = places[-1] - places[0] or 1
    axes.set_xlim(places[0] - 0.06 * span, places[-1] + 0.06 * span)
    axes.set_xticks((places[0], places[-1]), (days[0].isoformat(), days[-1].isoformat()))
    axes.set_xticks(places[1:-1], minor=True)
    axes.tick_params(which="minor", colors=PALE, length=2)
    axes.tick_params(colors=PALE, length=2, pad=2)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(_font())
    first, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(PALE)


def _name_lines(axes: Axes, ends: Sequence[tuple[float, _Line, str]]) -> None:
    """Write the name of each line to the right of the panel without overlaps."""
    low, high = axes.get_ylim()
    gap, lowest = 0.085 * (high - low), float("-inf")
    for value, line, colour in sorted(ends, key=lambda end: end[0]):
        lowest = max(value, lowest + gap)
        axes.annotate(
            line.name.replace(" ", "\n", 1),
            (1.02, lowest),
            xycoords=("axes fraction", "data"),
            font=_font(),
            color=colour,
            va="center",
            annotation_clip=False,
        )


def _font() -> FontProperties:
    return figure_font(_FONT)
