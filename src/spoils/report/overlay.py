"""The picture for a surgeon: the slice as it is, and beside it the slice with contours, names and grades."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from spoils import __version__
from spoils.anatomy import STRUCTURES, Kind
from spoils.canvas import Axes, Figure, LineCollection, PathPatch, Rectangle, withStroke
from spoils.findings import RESEARCH_USE, Assessment
from spoils.images import LabelMap, SagittalSeries
from spoils.report.contours import smooth_contours, vector_path
from spoils.report.disc_labels import draw_disc_labels
from spoils.report.palette import GRADE_COLOURS, GRADE_INKS, INK, PALE, UNGRADED
from spoils.report.slice_view import Box, SliceView

__all__ = ["Layout", "draw_overlay", "without_captions"]

DOTS_PER_INCH = 240
_FILL_ALPHA = 0.26
_LINE_POINTS = 0.75
_INSET = 0.75
"""Side of the small picture of the whole slice, inches."""

_CAPTION: dict[str, Any] = {"fontsize": 8.0, "va": "center"}
_SCALE_BAR_MM = 50.0
_NAME_GAP_MM = 2.5
_FAST = {"compress_level": 3}
"""Takes half the time of the usual compression, for a file larger by a tenth."""

_HALO = [withStroke(linewidth=1.8, foreground="black", alpha=0.75)]


@dataclass(frozen=True)
class Layout:
    """Sizes in inches: two panels of the crop's aspect, a column for grades, and margins.

    Small enough that words can still be read where a report prints the picture at two thirds of its size.
    """

    crop: Box
    panel_height: float = 4.1
    edge: float = 0.08
    gap: float = 0.08
    head: float = 0.3
    foot: float = 0.5
    column: float = 1.35

    @property
    def panel_width(self) -> float:
        """Width of one panel."""
        return self.panel_height * self.crop.width / self.crop.height

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole picture."""
        width = 2 * self.edge + 2 * self.panel_width + self.gap + self.column
        return width, self.head + self.panel_height + self.foot

    def add_axes(self, figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add axes at a place given in inches."""
        total_width, total_height = self.size
        return figure.add_axes((left / total_width, bottom / total_height, width / total_width, height / total_height))

    def place(self, left: float, bottom: float) -> tuple[float, float]:
        """Return a place given in inches as shares of the figure."""
        width, height = self.size
        return left / width, bottom / height


def draw_overlay(
    series: SagittalSeries,
    labels: LabelMap,
    assessment: Assessment,
    *,
    slice_index: int,
    lines_mm: npt.NDArray[np.float64] | None = None,
) -> bytes:
    """Draw slice ``slice_index`` of ``series`` with its findings, as PNG bytes.

    Both panels show the same crop around the spine at its true aspect. Body and canal have contours, discs are also
    filled by Pfirrmann grade; the small inset shows where the crop lies in the whole image. ``lines_mm`` (lines, 2, 2)
    are the ends of measured lengths, each (posterior, inferior) from the centre of the slice's first pixel. Nothing
    that names the patient or the study is written.

    Raises:
        InputUnreadable: the label map lies on another grid, or there is no such slice.
    """
    view = SliceView.of(series, labels, slice_index)
    layout = Layout(view.spine)
    figure = Figure(figsize=layout.size, dpi=DOTS_PER_INCH, facecolor="white")
    second_left = layout.edge + layout.panel_width + layout.gap
    plain = layout.add_axes(figure, layout.edge, layout.foot, layout.panel_width, layout.panel_height)
    marked = layout.add_axes(figure, second_left, layout.foot, layout.panel_width, layout.panel_height)
    for panel in (plain, marked):
        _draw_slice(panel, view, layout.crop)
        _draw_directions(panel, layout.crop)
    _draw_scale_bar(plain, layout.crop)
    _draw_structures(marked, view, assessment)
    if lines_mm is not None:
        marked.add_collection(LineCollection(list(lines_mm), colors="white", linewidths=0.8, path_effects=_HALO))
    draw_disc_labels(marked, view, assessment)
    _draw_inset(layout.add_axes(figure, layout.size[0] - layout.edge - _INSET, layout.foot, _INSET, _INSET), view)
    _draw_captions(figure, layout, second_left, f"slice {slice_index + 1} of {series.pixels.shape[0]}")
    target = BytesIO()
    figure.savefig(target, format="png", metadata={"Software": f"SPOILS {__version__}"}, pil_kwargs=_FAST)
    return target.getvalue()


def without_captions(overlay_png: bytes) -> bytes:
    """Cut head and foot off an overlay, which leaves only what readers of any language understand."""
    with Image.open(BytesIO(overlay_png)) as picture:
        top, bottom = round(Layout.head * DOTS_PER_INCH), round(Layout.foot * DOTS_PER_INCH)
        panels = picture.convert("RGB").crop((0, top, picture.width, picture.height - bottom))
    target = BytesIO()
    panels.save(target, "PNG", **_FAST)
    return target.getvalue()


def _draw_slice(axes: Axes, view: SliceView, crop: Box) -> None:
    black, white = view.grey_window(crop)
    axes.imshow(
        view.pixels,
        cmap="gray",
        vmin=black,
        vmax=white,
        extent=view.field.image_extent,
        interpolation="bicubic",
        aspect="equal",
    )
    axes.set(xlim=(crop.left, crop.right), ylim=(crop.bottom, crop.top), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _draw_structures(axes: Axes, view: SliceView, assessment: Assessment) -> None:
    grades = {disc.level: disc.pfirrmann.grade for disc in assessment.discs if disc.pfirrmann is not None}
    for item in STRUCTURES:
        contours = smooth_contours(view.mask(item.name))
        if not contours:
            continue
        is_disc = item.kind is Kind.DISC
        colour = item.colour
        if is_disc:
            colour = GRADE_COLOURS[grades[item.name]] if item.name in grades else UNGRADED
        path = vector_path(contours, view.row_mm, view.column_mm)
        if item.name in grades:
            axes.add_artist(PathPatch(path, facecolor=colour, edgecolor="none", alpha=_FILL_ALPHA))
        style = "--" if is_disc and item.name not in grades else "-"
        axes.add_artist(PathPatch(path, fill=False, edgecolor=colour, linewidth=_LINE_POINTS, linestyle=style))
        if item.kind is Kind.BODY:
            _write_body_name(axes, view, item.name)


def _write_body_name(axes: Axes, view: SliceView, name: str) -> None:
    """Write the name in front of the body."""
    x_mm, y_mm = view.front_of_body(name)
    axes.text(
        x_mm - _NAME_GAP_MM,
        y_mm,
        name,
        color="white",
        fontsize=9,
        fontweight="bold",
        ha="right",
        va="center",
        path_effects=_HALO,
        clip_on=True,
    )


def _draw_directions(axes: Axes, crop: Box) -> None:
    middle_x, middle_y, inset = (crop.left + crop.right) / 2, (crop.top + crop.bottom) / 2, crop.height * 0.012
    for letter, x, y, ha, va in (
        ("A", crop.left + inset, middle_y, "left", "center"),
        ("P", crop.right - inset, middle_y, "right", "center"),
        ("S", middle_x, crop.top + inset, "center", "top"),
        ("I", middle_x, crop.bottom - inset, "center", "bottom"),
    ):
        axes.text(x, y, letter, color="#ffe680", fontsize=9, ha=ha, va=va, path_effects=_HALO)


def _draw_scale_bar(axes: Axes, crop: Box) -> None:
    left, bottom = crop.left + 0.03 * crop.height, crop.bottom - 0.05 * crop.height
    axes.plot((left, left + _SCALE_BAR_MM), (bottom, bottom), color="white", linewidth=1.8, path_effects=_HALO)
    axes.text(
        left + _SCALE_BAR_MM / 2,
        bottom - 0.008 * crop.height,
        f"{_SCALE_BAR_MM:.0f} mm",
        color="white",
        fontsize=8.5,
        ha="center",
        va="bottom",
        path_effects=_HALO,
    )


def _draw_inset(axes: Axes, view: SliceView) -> None:
    """Show the whole slice small and faint, with the crop's frame."""
    field, crop = view.field, view.spine
    _draw_slice(axes, view, field)
    axes.images[0].set_alpha(0.8)
    axes.set_anchor("SE")
    axes.add_artist(Rectangle((crop.left, crop.top), crop.width, crop.height, fill=False, edgecolor="#ffe680"))


def _draw_captions(figure: Figure, layout: Layout, second_left: float, slice_words: str) -> None:
    width, height = layout.size
    above, middle, low = height - 0.6 * layout.head, 0.66 * layout.foot, 0.25 * layout.foot
    figure.text(*layout.place(layout.edge, above), f"Image, {slice_words}", color=INK, **_CAPTION)
    figure.text(*layout.place(second_left, above), "Contours, grades and measured lengths", color=INK, **_CAPTION)
    figure.text(*layout.place(width - layout.edge, middle), "whole image", color=PALE, ha="right", **_CAPTION)
    figure.text(*layout.place(layout.edge, low), RESEARCH_USE, color=INK, fontweight="bold", **_CAPTION)
    figure.text(*layout.place(layout.edge, middle), "Disc fill: Pfirrmann grade", color=PALE, **_CAPTION)
    for grade, colour in GRADE_COLOURS.items():
        chip = {"boxstyle": "round,pad=0.15", "facecolor": colour, "edgecolor": PALE, "linewidth": 0.5}
        place = layout.place(layout.edge + 1.3 + 0.26 * grade, middle)
        figure.text(*place, f" {grade} ", color=GRADE_INKS[grade], bbox=chip, **_CAPTION)
