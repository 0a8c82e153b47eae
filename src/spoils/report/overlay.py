"""The overlay image: the slice alone, and next to it the slice with contours, names and grades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spoils import __version__
from spoils.anatomy import BODIES, STRUCTURES, Kind
from spoils.canvas import Axes, Figure, LineCollection, PathPatch, Rectangle, Text, withStroke
from spoils.findings import RESEARCH_USE, Assessment
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import Language, Translator, translator_for
from spoils.report.alignment_marks import DrawnLines, draw_alignment
from spoils.report.contours import smooth_contours, vector_path
from spoils.report.disc_labels import draw_disc_labels
from spoils.report.palette import GRADE_COLOURS, GRADE_INKS, INK, PALE, UNGRADED
from spoils.report.placement import spread
from spoils.report.png import Pixels, drawn_pixels, encoded_png
from spoils.report.slice_view import Box, SliceView
from spoils.report.typeface import figure_font

__all__ = ["Layout", "Overlay", "draw_overlay", "overlay_figure"]

DOTS_PER_INCH = 240
_FILL_ALPHA = 0.26
_LINE_POINTS = 0.75
_INSET = 0.75
"""Side of the inset with the whole slice, in inches."""

_CAPTION_POINTS = 8.0
_SCALE_BAR_MM = 50.0
_NAME_GAP_MM = 2.5
_NAME_SHARE = 0.042
"""Height of a body's name as a share of the image height. Names are twice as wide."""

_HALO = [withStroke(linewidth=1.8, foreground="black", alpha=0.75)]


@dataclass(frozen=True)
class Layout:
    """Sizes in inches: two panels with the aspect ratio of the crop, a column for grades, and margins.

    They are small enough for text to stay readable when a report prints the image at two thirds of its size.
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
    def marked_left(self) -> float:
        """Left edge of the second panel."""
        return self.edge + self.panel_width + self.gap

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole image."""
        width = 2 * self.edge + 2 * self.panel_width + self.gap + self.column
        return width, self.head + self.panel_height + self.foot

    def add_axes(self, figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add axes at a position in inches."""
        total_width, total_height = self.size
        return figure.add_axes((left / total_width, bottom / total_height, width / total_width, height / total_height))

    def place(self, left: float, bottom: float) -> tuple[float, float]:
        """Convert a position in inches to shares of the figure."""
        width, height = self.size
        return left / width, bottom / height


@dataclass(frozen=True, eq=False)
class Overlay:
    """The drawn overlay, and its parts as PNGs."""

    pixels: Pixels
    layout: Layout

    @property
    def png(self) -> bytes:
        """The whole image with its captions."""
        return encoded_png(self.pixels, f"SPOILS {__version__}")

    @property
    def image(self) -> bytes:
        """The slice as it was acquired, without captions."""
        return encoded_png(self._panel(self.layout.edge, self.layout.panel_width))

    @property
    def marked(self) -> bytes:
        """The slice with contours and grades, without captions."""
        left = self.layout.marked_left
        return encoded_png(self._panel(left, self.layout.size[0] - left))

    def _panel(self, left: float, width: float) -> Pixels:
        """Return the rows of the panels, from ``left`` on, both in inches."""
        rows = (self.layout.head, self.layout.head + self.layout.panel_height)
        top, bottom, first, end = (round(inches * DOTS_PER_INCH) for inches in (*rows, left, left + width))
        return np.ascontiguousarray(self.pixels[top:bottom, first:end])


def draw_overlay(
    series: SagittalSeries,
    labels: LabelMap,
    assessment: Assessment,
    *,
    slice_index: int,
    lines: DrawnLines | None = None,
) -> Overlay:
    """Draw slice ``slice_index`` of ``series`` with its findings.

    Both panels show the same crop around the spine with its true aspect ratio. Bodies and canal have contours. Discs
    are also filled by Pfirrmann grade. The inset shows the position of the crop in the whole image. Captions are in the
    language of the assessment. No text identifies the patient or the study.

    Args:
        series: the images.
        labels: label map of the images.
        assessment: what was found.
        slice_index: the slice to draw.
        lines: what was measured where, to be drawn on the contours.

    Raises:
        InputUnreadable: the label map has another grid, or there is no such slice.
    """
    view = SliceView.of(series, labels, slice_index)
    layout = Layout(view.spine)
    translator = translator_for(Language(assessment.language))
    caption = translator.gettext(
        "Image, slice {number} of {count}", number=slice_index + 1, count=series.pixels.shape[0]
    )
    figure = overlay_figure(view, layout, assessment, lines or DrawnLines())
    _draw_captions(figure, layout, caption, translator)
    return Overlay(drawn_pixels(figure, DOTS_PER_INCH), layout)


def overlay_figure(
    view: SliceView,
    layout: Layout,
    assessment: Assessment,
    lines: DrawnLines,
) -> Figure:
    """Return the figure of both panels, without captions."""
    figure = Figure(figsize=layout.size, dpi=DOTS_PER_INCH, facecolor="white")
    plain = layout.add_axes(figure, layout.edge, layout.foot, layout.panel_width, layout.panel_height)
    marked = layout.add_axes(figure, layout.marked_left, layout.foot, layout.panel_width, layout.panel_height)
    for panel in (plain, marked):
        _draw_slice(panel, view, layout.crop)
    _draw_directions(plain, layout.crop)
    _draw_scale_bar(plain, layout.crop)
    _draw_structures(marked, view, assessment)
    _write_body_names(marked, view)
    if lines.lengths_mm is not None:
        marked.add_collection(
            LineCollection(list(lines.lengths_mm), colors="white", linewidths=0.8, path_effects=_HALO)
        )
    translator = translator_for(Language(assessment.language))
    if lines.alignment is not None:
        draw_alignment(marked, layout.crop, assessment, lines.alignment, translator)
    if draw_disc_labels(marked, view, assessment, translator):
        _draw_inset(layout.add_axes(figure, layout.size[0] - layout.edge - _INSET, layout.foot, _INSET, _INSET), view)
    return figure


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


def _write_body_names(axes: Axes, view: SliceView) -> None:
    """Write the name of each body in front of it, without overlaps."""
    crop = view.spine
    fronts = sorted(
        ((name, *view.front_of_body(name)) for name in BODIES if view.mask(name).any()), key=lambda front: front[2]
    )
    height = _NAME_SHARE * crop.height
    places = spread([y_mm for _, _, y_mm in fronts], [height] * len(fronts), crop.top, crop.bottom)
    for (name, x_mm, _), y_mm in zip(fronts, places, strict=True):
        axes.text(
            max(x_mm - _NAME_GAP_MM, crop.left + 2 * height),
            y_mm,
            name,
            color="white",
            font=figure_font(9, bold=True),
            ha="right",
            va="center",
            path_effects=_HALO,
        )


def _draw_directions(axes: Axes, crop: Box) -> None:
    """Write anterior, posterior, superior and inferior at the edges, inferior next to the scale bar."""
    middle_x, middle_y, inset = (crop.left + crop.right) / 2, (crop.top + crop.bottom) / 2, crop.height * 0.012
    beside_bar = crop.left + 0.06 * crop.height + _SCALE_BAR_MM
    for letter, x, y, ha, va in (
        ("A", crop.left + inset, middle_y, "left", "center"),
        ("P", crop.right - inset, middle_y, "right", "center"),
        ("S", middle_x, crop.top + inset, "center", "top"),
        ("I", max(middle_x, beside_bar), crop.bottom - inset, "center", "bottom"),
    ):
        axes.text(x, y, letter, color="#ffe680", font=figure_font(9), ha=ha, va=va, path_effects=_HALO)


def _draw_scale_bar(axes: Axes, crop: Box) -> None:
    left, bottom = crop.left + 0.03 * crop.height, crop.bottom - 0.03 * crop.height
    axes.plot((left, left + _SCALE_BAR_MM), (bottom, bottom), color="white", linewidth=1.8, path_effects=_HALO)
    axes.text(
        left + _SCALE_BAR_MM / 2,
        bottom - 0.008 * crop.height,
        f"{_SCALE_BAR_MM:.0f} mm",
        color="white",
        font=figure_font(8.5),
        ha="center",
        va="bottom",
        path_effects=_HALO,
    )


def _draw_inset(axes: Axes, view: SliceView) -> None:
    """Draw the inset: the whole slice, faint, with the frame of the crop."""
    field, crop = view.field, view.spine
    _draw_slice(axes, view, field)
    axes.images[0].set_alpha(0.8)
    axes.set_anchor("SE")
    axes.add_artist(Rectangle((crop.left, crop.top), crop.width, crop.height, fill=False, edgecolor="#ffe680"))


def _draw_captions(figure: Figure, layout: Layout, image_caption: str, translator: Translator) -> None:
    width, height = layout.size
    left, right = layout.edge, width - layout.edge
    above, middle, low = height - 0.6 * layout.head, 0.66 * layout.foot, 0.25 * layout.foot
    style: dict[str, Any] = {"font": figure_font(_CAPTION_POINTS), "va": "center"}
    for grade, colour in GRADE_COLOURS.items():
        chip = {"boxstyle": "round,pad=0.15", "facecolor": colour, "edgecolor": PALE, "linewidth": 0.5}
        place = layout.place(left - 0.2 + 0.26 * grade, middle)
        figure.text(*place, f" {grade} ", color=GRADE_INKS[grade], bbox=chip, **style)
    say, beside_chips = translator.gettext, left + 1.45
    dark: dict[str, Any] = {"color": INK}
    pale: dict[str, Any] = {"color": PALE}
    bold = dark | {"font": figure_font(_CAPTION_POINTS, bold=True)}
    for x, y, words, room, looks in (
        (left, above, image_caption, layout.panel_width, dark),
        (layout.marked_left, above, say("Contours, grades and measured lengths"), right - layout.marked_left, dark),
        (beside_chips, middle, say("Disc fill: Pfirrmann grade"), right - _INSET - beside_chips, pale),
        (right, middle, say("whole image"), _INSET, pale | {"ha": "right"}),
        (left, low, say(RESEARCH_USE), right - left, bold),
    ):
        _fit(figure.text(*layout.place(x, y), words, **style | looks), room)


def _fit(text: Text, room: float) -> None:
    """Reduce the size of a caption that is wider than ``room`` (in inches), so that no language is cut off."""
    # Letters have whole pixels, so the width of a text is not proportional to its font size.
    while (length := text.get_window_extent().width / DOTS_PER_INCH) > room:
        text.set_fontsize(0.99 * float(text.get_fontsize()) * room / length)
