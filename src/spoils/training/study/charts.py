"""Charts of the study as PNG: bars with intervals beside the published ones, confusion matrices, and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt

from spoils.canvas import Axes
from spoils.canvas import Figure as Canvas
from spoils.report import INK, PALE
from spoils.training.grading.evaluation import ValueInterval
from spoils.training.study.published import DRAWN_ONLY

__all__ = ["Bars", "bar_chart", "confusion_chart", "count_chart"]

_DOTS_PER_INCH = 130
_COLOURS = ("#0072b2", "#e69f00", "#009e73")
"""Colours of series in order, from the colour-blind safe palette of Okabe and Ito."""
_PAPER = ("#dde3e6", "#a9b4bb")
"""Colours of the published series in order."""
_LIGHT_FROM = 0.55
_HEADROOM = 1.3
_LONG_NAME = 3

Numbers = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Bars:
    """One figure of several models under several protocols.

    Attributes:
        title: title of the panel.
        models: names of the models as shown.
        ours: the figure of each model, by protocol.
        paper: the published figure of each model, by protocol; None if its number is not available.
    """

    title: str
    models: Sequence[str]
    ours: Mapping[str, Sequence[ValueInterval]]
    paper: Mapping[str, Sequence[float | None]]


def _png(canvas: Canvas) -> bytes:
    target = BytesIO()
    canvas.savefig(target, format="png", dpi=_DOTS_PER_INCH)
    return target.getvalue()


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, length=0)


def bar_chart(panels: Sequence[Bars]) -> bytes:
    """Draw panels side by side: for each model a bar per protocol with its interval, published figures in grey."""
    canvas = Canvas(figsize=(5.2 * len(panels), 3.6), layout="constrained")
    for axes, bars in zip(np.atleast_1d(canvas.subplots(1, len(panels))), panels, strict=True):
        _draw_bars(axes, bars)
    return _png(canvas)


def _draw_bars(axes: Axes, bars: Bars) -> None:
    series = len(bars.ours) + len(bars.paper)
    places, width = np.arange(len(bars.models)), 0.84 / series
    for number, (protocol, figures) in enumerate(bars.ours.items()):
        values, lows, highs = (np.array([figure[key] for figure in figures]) for key in ("value", "low", "high"))
        spread = np.abs([values - lows, highs - values])
        x = places + number * width
        axes.bar(x, values, width, color=_COLOURS[number % len(_COLOURS)], label=f"here, {protocol}")
        axes.errorbar(x, values, spread, fmt="none", ecolor=INK, elinewidth=1, capsize=2)
        _write(axes, x, values, highs)
    _draw_paper(axes, bars, places, width)
    axes.set_xticks(places + width * (series - 1) / 2, bars.models)
    axes.set_xlim(-width, len(bars.models) - 1 + series * width)
    axes.set_ylim(0, _HEADROOM)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.set_title(bars.title, loc="left", fontsize=11, color=INK)
    axes.legend(frameon=False, fontsize=8, ncols=2, loc="upper left")
    _plain(axes)


def _draw_paper(axes: Axes, bars: Bars, places: npt.NDArray[np.integer], width: float) -> None:
    for number, (protocol, values) in enumerate(bars.paper.items(), start=len(bars.ours)):
        known = [(place, value) for place, value in zip(places, values, strict=True) if value is not None]
        if known:
            x, heights = (np.array(column) for column in zip(*known, strict=True))
            x, colour = x + number * width, _PAPER[(number - len(bars.ours)) % len(_PAPER)]
            axes.bar(x, heights, width, color=colour, label=f"the paper, {protocol}")
            _write(axes, x, heights, heights)
    middle = (len(bars.ours) + (len(bars.paper) - 1) / 2) * width
    for place, *of_model in zip(places, *bars.paper.values(), strict=True):
        if of_model and all(value is None for value in of_model):
            axes.text(place + middle, 0.02, DRAWN_ONLY, rotation=90, ha="center", fontsize=7, color=PALE)


def _write(axes: Axes, places: Numbers, values: Numbers, tops: Numbers) -> None:
    for place, value, top in zip(places, values, tops, strict=True):
        axes.text(place, top + 0.01, f"{100 * value:.0f}", ha="center", va="bottom", fontsize=7, color=PALE)


def confusion_chart(confusion: npt.NDArray[np.intp], labels: Sequence[str], title: str) -> bytes:
    """Draw how often each recorded class (row) was predicted as each class (column), shaded by the share of the row."""
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    canvas = Canvas(figsize=(5.4, 5.0), layout="constrained")
    axes = canvas.subplots()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(confusion.shape):
        if confusion[row, column]:
            colour = "white" if share[row, column] > _LIGHT_FROM else INK
            axes.text(column, row, str(confusion[row, column]), ha="center", va="center", fontsize=8, color=colour)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(range(len(labels)), labels)
    axes.set(xlabel="predicted", ylabel="recorded")
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.tick_params(length=0)
    return _png(canvas)


def count_chart(counts: Mapping[str, Mapping[str, int]]) -> bytes:
    """Draw one bar chart for each group of counts."""
    canvas = Canvas(figsize=(3.4 * len(counts), 2.8), layout="constrained")
    for axes, (title, of) in zip(np.atleast_1d(canvas.subplots(1, len(counts))), counts.items(), strict=True):
        bars = axes.bar(list(of), list(of.values()), color=_COLOURS[0])
        axes.bar_label(bars, fontsize=8, color=INK)
        axes.set_title(title, loc="left", fontsize=11, color=INK)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="x", labelsize=7, labelrotation=30 if max(map(len, of), default=0) > _LONG_NAME else 0)
        _plain(axes)
    return _png(canvas)
