"""The study's charts as PNG: bars with intervals beside the paper's, confusion matrices, and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from spoils.report.palette import INK, PALE
from spoils.training.grading_scores import Figure

__all__ = ["Bars", "bar_chart", "confusion_chart", "count_chart"]

_DOTS_PER_INCH = 130
_COLOURS = ("#0072b2", "#e69f00", "#009e73")
"""Of series in order: from the palette of Okabe and Ito, told apart by every kind of colour vision."""
_PAPER = "#c9d1d6"
_LIGHT_FROM = 0.55
_HEADROOM = 1.22
_LONG_NAME = 3

Numbers = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Bars:
    """One figure of several models under several protocols.

    ``title`` and ``models`` as shown; ``ours`` gives a figure of each model by protocol; ``paper`` the paper's figure
    of each model, None where it is not known.
    """

    title: str
    models: Sequence[str]
    ours: Mapping[str, Sequence[Figure]]
    paper: Sequence[float | None]


def _png(canvas: Canvas) -> bytes:
    target = BytesIO()
    canvas.savefig(target, format="png", dpi=_DOTS_PER_INCH)
    return target.getvalue()


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, length=0)


def bar_chart(panels: Sequence[Bars]) -> bytes:
    """Draw panels side by side: for each model a bar for each protocol with its interval, and the paper's in grey."""
    canvas = Canvas(figsize=(5.2 * len(panels), 3.6), layout="constrained")
    for axes, bars in zip(np.atleast_1d(canvas.subplots(1, len(panels))), panels, strict=True):
        _draw_bars(axes, bars)
    return _png(canvas)


def _draw_bars(axes: Axes, bars: Bars) -> None:
    places, width = np.arange(len(bars.models)), 0.8 / (len(bars.ours) + 1)
    for number, (protocol, figures) in enumerate(bars.ours.items()):
        values, lows, highs = (np.array([figure[key] for figure in figures]) for key in ("value", "low", "high"))
        spread = np.abs([values - lows, highs - values])
        x = places + number * width
        axes.bar(x, values, width, color=_COLOURS[number % len(_COLOURS)], label=f"here, by {protocol}")
        axes.errorbar(x, values, spread, fmt="none", ecolor=INK, elinewidth=1, capsize=2)
        _write(axes, x, values, highs)
    known = [(place, value) for place, value in zip(places, bars.paper, strict=True) if value is not None]
    if known:
        x, values = (np.array(column) for column in zip(*known, strict=True))
        x = x + len(bars.ours) * width
        axes.bar(x, values, width, color=_PAPER, label="the paper")
        _write(axes, x, values, values)
    axes.set_xticks(places + width * len(bars.ours) / 2, bars.models)
    axes.set_ylim(0, _HEADROOM)
    axes.set_title(bars.title, loc="left", fontsize=11, color=INK)
    axes.legend(frameon=False, fontsize=8, ncols=3, loc="upper left")
    _plain(axes)


def _write(axes: Axes, places: Numbers, values: Numbers, tops: Numbers) -> None:
    for place, value, top in zip(places, values, tops, strict=True):
        axes.text(place, top + 0.01, f"{100 * value:.0f}", ha="center", va="bottom", fontsize=7, color=PALE)


def confusion_chart(confusion: npt.NDArray[np.intp], labels: Sequence[str], title: str) -> bytes:
    """Draw how often each class (row) was answered as each class (column): numbers, shaded by the share of the row."""
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
    axes.set(xlabel="answered", ylabel="recorded")
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.tick_params(length=0)
    return _png(canvas)


def count_chart(counts: Mapping[str, Mapping[str, int]]) -> bytes:
    """Draw one panel of bars for each group of counts."""
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
