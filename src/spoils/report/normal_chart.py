"""Chart of the patient in the cohort: the main measurements of each disc among those of other people."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

from spoils.anatomy import DISCS
from spoils.canvas import Axes, Figure, FontProperties, PolyCollection
from spoils.findings import Assessment, NormalValue
from spoils.messages import Translator
from spoils.report.palette import INK, PALE
from spoils.report.png import drawn_pixels, encoded_png
from spoils.report.typeface import figure_font
from spoils.report.words import measurement_head

__all__ = ["DRAWN", "draw_normal_chart", "normal_figure"]

DRAWN: Final = ("height_index", "signal_csf_ratio", "height_mean_mm", "ap_diameter_mm")
"""The measurements of the panels, from left to right."""

_SIZE_MM = (85.0, 52.0)
_MM_PER_INCH = 25.4
_DOTS_PER_INCH = 300
_FONT = 6.0

_BANDS = ((5, 95, "#dfe5e9"), (25, 75, "#b4c3cd"))
"""Percentiles of both ends, and fill. Bands are grey, so that only the marker has a colour."""

_MARK = "#0072b2"
"""Blue of Okabe and Ito, which has enough contrast on the bands for every kind of colour vision."""

_LOWEST, _HIGHEST = 1.0, 99.0
"""Ends of the table of percentiles. Beyond them only the side is known."""

_HALF_HEIGHT = 0.32
_TICKS = (5, 50, 95)
_EDGE = 2.6
"""Limits of a panel, in standard deviations of a normal distribution."""


def draw_normal_chart(assessment: Assessment, translator: Translator) -> bytes | None:
    """Draw the chart as PNG, 85 mm wide at 300 dots per inch; None if no measurement has a reference value.

    Each panel shows a measurement, each row a disc. The dark band is the middle half of the cohort, the light one its
    middle 90 %. Percentiles are spaced as in a normal distribution. A triangle is a value beyond the table.
    """
    figure = normal_figure(assessment, translator)
    if figure is None:
        return None
    return encoded_png(drawn_pixels(figure, _DOTS_PER_INCH))


def normal_figure(assessment: Assessment, translator: Translator) -> Figure | None:
    """Return the chart as a figure, which can be saved as vector graphics; None if nothing has a reference value."""
    found = [[_placed(assessment, level, name) for level in DISCS] for name in DRAWN]
    if not any(value for column in found for value in column):
        return None
    figure = Figure(figsize=(_SIZE_MM[0] / _MM_PER_INCH, _SIZE_MM[1] / _MM_PER_INCH))
    panels = figure.subplots(1, len(DRAWN), sharey=True)
    figure.subplots_adjust(left=0.105, right=0.99, top=0.9, bottom=0.22, wspace=0.06)
    for axes, name, column in zip(panels, DRAWN, found, strict=True):
        _draw_panel(axes, column)
        axes.set_title(measurement_head(name, translator)[0], font=_font(), color=INK, pad=3)
    panels[0].set_yticks(range(len(DISCS)), DISCS, font=_font(), color=INK)
    people = translator.gettext("Percentiles among patients with back pain.")
    bands = translator.gettext("The bands hold the middle 50 % and 90 %.")
    figure.text(0.5, 0.02, f"{people}\n{bands}", font=_font(), color=PALE, ha="center", va="bottom")
    return figure


def _placed(assessment: Assessment, level: str, name: str) -> NormalValue | None:
    of_disc = {name: value for disc in assessment.discs if disc.level == level for name, value in disc.normal.items()}
    of_canal = {name: value for one in assessment.canal if one.level == level for name, value in one.normal.items()}
    return (of_disc | of_canal).get(name)


def _draw_panel(axes: Axes, column: Sequence[NormalValue | None]) -> None:
    """Draw bands and markers of one measurement, with the highest disc at the top."""
    for low, high, fill in _BANDS:
        bars = [_bar(_z(low), _z(high), row) for row in range(len(column))]
        axes.add_collection(PolyCollection(bars, color=fill, linewidth=0), autolim=False)
    for row, value in enumerate(column):
        if value is None:
            axes.text(0, row, "\N{EN DASH}", font=_font(), color=PALE, ha="center", va="center")
            continue
        marker = "<" if value.percentile <= _LOWEST else ">" if value.percentile >= _HIGHEST else "o"
        axes.plot(_z(value.percentile), row, marker, color=_MARK, markersize=4.5, markeredgecolor="white", mew=0.5)
    axes.axvline(0, color=PALE, linewidth=0.5, zorder=1.5)
    axes.set_xlim(-_EDGE, _EDGE)
    axes.set_ylim(len(column) - 0.5, -0.5)
    axes.set_xticks([_z(tick) for tick in _TICKS], [str(tick) for tick in _TICKS], font=_font(), color=INK)
    axes.tick_params(length=0, pad=1.5)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _bar(left: float, right: float, row: int) -> list[tuple[float, float]]:
    """Return the corners of a horizontal bar in a row."""
    top, bottom = row - _HALF_HEIGHT, row + _HALF_HEIGHT
    return [(left, top), (left, bottom), (right, bottom), (right, top)]


def _z(percentile: float) -> float:
    return NormalDist().inv_cdf(percentile / 100)


def _font() -> FontProperties:
    return figure_font(_FONT)
