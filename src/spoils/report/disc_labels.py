"""Grades written beside the picture, each joined to its disc by a hairline that starts behind the canal."""

from __future__ import annotations

from dataclasses import dataclass

from spoils.anatomy import CANAL, DISCS
from spoils.canvas import Axes
from spoils.findings import Assessment, DiscFinding
from spoils.report.palette import GRADE_COLOURS, GRADE_INKS, INK, PALE, UNGRADED
from spoils.report.placement import spread
from spoils.report.slice_view import SliceView
from spoils.report.words import percent

__all__ = ["draw_disc_labels"]

_ROW_SHARE = 0.075
"""Height of one label as a share of the picture's height."""

_BELOW_SHARE = 0.25
"""Share of the picture's height that stays free at the bottom of the column."""

_CLEARANCE_MM = 2.5
_ELBOW_SHARE = 0.035
_CHIP_SHARE = 0.05
_TEXT_SHARE = 0.14
"""Where hairline, chip and text stand right of the picture, as shares of its height."""


@dataclass(frozen=True)
class _Anchor:
    """Where a hairline starts, in millimetres: behind the disc and whatever canal lies behind it."""

    level: str
    x_mm: float
    y_mm: float


def draw_disc_labels(axes: Axes, view: SliceView, assessment: Assessment) -> None:
    """Write class, level and probability of every disc that ``view`` shows, right of ``axes``, in no language."""
    findings = {disc.level: disc for disc in assessment.discs}
    anchors = sorted(
        (_anchor(view, level) for level in DISCS if level in findings and view.mask(level).any()),
        key=lambda anchor: anchor.y_mm,
    )
    crop = view.spine
    places = spread(
        [anchor.y_mm for anchor in anchors],
        gap=_ROW_SHARE * crop.height,
        low=crop.top + _ROW_SHARE * crop.height / 2,
        high=crop.bottom - _BELOW_SHARE * crop.height,
    )
    for anchor, y_mm in zip(anchors, places, strict=True):
        elbow = crop.right + _ELBOW_SHARE * crop.height
        axes.plot(
            (anchor.x_mm, crop.right, elbow),
            (anchor.y_mm, anchor.y_mm, y_mm),
            color="#9fb0ba",
            linewidth=0.7,
            clip_on=False,
        )
        _write(axes, findings[anchor.level], crop.right, y_mm, crop.height)


def _anchor(view: SliceView, level: str) -> _Anchor:
    """Start at the disc's posterior end, moved behind the canal at that height."""
    rows, columns = view.mask(level).nonzero()
    back = int(columns.max())
    row = round(float(rows[columns >= back - 1].mean()))
    canal = view.mask(CANAL)[row].nonzero()[0]
    behind = max(back, int(canal.max())) if canal.size else back
    return _Anchor(level, behind * view.column_mm + _CLEARANCE_MM, row * view.row_mm)


def _write(axes: Axes, finding: DiscFinding, right_mm: float, y_mm: float, height_mm: float) -> None:
    chip, fill, ink, meaning = " \N{EN DASH} ", UNGRADED, INK, ""
    if finding.label is not None and finding.pfirrmann is not None:
        grade = finding.pfirrmann.grade
        chip, fill, ink = finding.label, GRADE_COLOURS[grade], GRADE_INKS[grade]
        meaning = percent(finding.label_probabilities.get(finding.label, 0.0))
    axes.text(
        right_mm + _CHIP_SHARE * height_mm,
        y_mm,
        chip,
        color=ink,
        fontsize=10,
        fontweight="bold",
        ha="left",
        va="center",
        bbox={"boxstyle": "round,pad=0.3", "facecolor": fill, "edgecolor": PALE, "linewidth": 0.6},
    )
    text_x = right_mm + _TEXT_SHARE * height_mm
    step = 0.021 * height_mm
    axes.text(text_x, y_mm - step, finding.level, color=INK, fontsize=9.5, fontweight="bold", va="center")
    axes.text(text_x, y_mm + step, meaning, color=PALE, fontsize=8.5, va="center")
