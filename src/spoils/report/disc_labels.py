"""Grades written next to the image, each connected to its disc by a thin line that starts behind the canal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from spoils.anatomy import CANAL, DISCS
from spoils.canvas import Axes
from spoils.findings import Alarm, Assessment, DiscFinding, Measurement
from spoils.messages import Translator
from spoils.report.disc_findings import canal_diameter, stenosis_at
from spoils.report.palette import EMPHASIS_FILLS, EMPHASIS_INKS, GRADE_COLOURS, GRADE_INKS, INK, PALE, UNGRADED
from spoils.report.placement import spread
from spoils.report.slice_view import SliceView
from spoils.report.typeface import figure_font
from spoils.report.words import figure, percent

__all__ = ["draw_disc_labels"]

_LINE_SHARE: Final = 0.047
"""Height of a line of a label as a share of the image height."""

_GAP_SHARE: Final = 0.018
"""Smallest distance between two labels."""

_BELOW_SHARE: Final = 0.21
"""Share of the image height that stays free at the bottom of the column, unless the labels need it."""

_CLEARANCE_MM: Final = 2.5
_ELBOW_SHARE: Final = 0.035
_CHIP_SHARE: Final = 0.05
_TEXT_SHARE: Final = 0.14
"""Positions of line, chip and text to the right of the image, as shares of its height."""


@dataclass(frozen=True)
class _Label:
    """A label: its disc, its alarm, and the start of its line in millimetres."""

    disc: DiscFinding
    alarm: Alarm | None
    canal: Measurement | None
    x_mm: float
    y_mm: float

    @property
    def lines(self) -> int:
        """Number of lines of text, including one for an alarm."""
        return 3 if self.alarm else 2


def draw_disc_labels(axes: Axes, view: SliceView, assessment: Assessment, translator: Translator) -> bool:
    """Write level, class, probability and alarm of every disc in ``view`` to the right of ``axes``.

    Returns:
        Whether the space below the labels stays free.
    """
    discs = {disc.level: disc for disc in assessment.discs}
    labels = [
        _Label(discs[level], stenosis_at(assessment, level), canal_diameter(assessment, level), *_start(view, level))
        for level in DISCS
        if level in discs and view.mask(level).any()
    ]
    labels.sort(key=lambda label: label.y_mm)
    crop = view.spine
    heights = [(label.lines * _LINE_SHARE + _GAP_SHARE) * crop.height for label in labels]
    below = _BELOW_SHARE * crop.height
    is_free_below = sum(heights) + below <= crop.height
    high = crop.bottom - below if is_free_below else crop.bottom
    places = spread([label.y_mm for label in labels], heights, low=crop.top, high=high)
    for label, y_mm in zip(labels, places, strict=True):
        elbow = crop.right + _ELBOW_SHARE * crop.height
        axes.plot(
            (label.x_mm, crop.right, elbow),
            (label.y_mm, label.y_mm, y_mm),
            color="#9fb0ba",
            linewidth=0.7,
            clip_on=False,
        )
        _write(axes, label, y_mm, translator)
    return is_free_below


def _start(view: SliceView, level: str) -> tuple[float, float]:
    """Return x and y of a point behind the canal at the height of the disc's posterior end."""
    rows, columns = view.mask(level).nonzero()
    back = int(columns.max())
    row = round(float(rows[columns >= back - 1].mean()))
    canal = view.mask(CANAL)[row].nonzero()[0]
    behind = max(back, int(canal.max())) if canal.size else back
    return behind * view.column_mm + _CLEARANCE_MM, row * view.row_mm


def _write(axes: Axes, label: _Label, y_mm: float, translator: Translator) -> None:
    crop_height, right_mm = abs(axes.get_ylim()[0] - axes.get_ylim()[1]), axes.get_xlim()[1]
    chip, fill, ink, probability = " \N{EN DASH} ", UNGRADED, INK, ""
    disc = label.disc
    if disc.label is not None and disc.pfirrmann is not None:
        grade = disc.pfirrmann.grade
        chip, fill, ink = disc.label, GRADE_COLOURS[grade], GRADE_INKS[grade]
        probability = percent(disc.label_probabilities.get(disc.label, 0.0))
    axes.text(
        right_mm + _CHIP_SHARE * crop_height,
        y_mm,
        chip,
        color=ink,
        font=figure_font(10, bold=True),
        ha="left",
        va="center",
        bbox={"boxstyle": "round,pad=0.25", "facecolor": fill, "edgecolor": PALE, "linewidth": 0.6},
    )
    x_mm, step = right_mm + _TEXT_SHARE * crop_height, _LINE_SHARE * crop_height
    top = y_mm - (label.lines - 1) / 2 * step
    axes.text(x_mm, top, disc.level, color=INK, font=figure_font(9.5, bold=True), va="center")
    if probability:
        axes.text(x_mm, top + step, probability, color=PALE, font=figure_font(8.5), va="center")
    if label.alarm and label.canal:
        emphasis = "alarm" if label.alarm.priority == "high" else "warning"
        axes.text(
            x_mm,
            top + 2.15 * step,
            f"! {figure(label.canal, translator)} mm",
            color=EMPHASIS_INKS[emphasis],
            font=figure_font(8.5, bold=True),
            va="center",
            bbox={"boxstyle": "square,pad=0.12", "facecolor": EMPHASIS_FILLS[emphasis], "edgecolor": "none"},
        )
