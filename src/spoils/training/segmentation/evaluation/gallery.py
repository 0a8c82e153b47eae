"""A self-contained HTML page of the worst images: the slice, both contours, and the errors.

The page contains patients' images. It is written only where the user chooses and must not be added to the project.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, STRUCTURES
from spoils.canvas import Axes, Figure, PathPatch, withStroke
from spoils.findings import RESEARCH_USE
from spoils.io import read_annotation, read_input
from spoils.report import INK, PALE, Box, SliceView, page_environment, smooth_contours, vector_path
from spoils.training.segmentation.evaluation.faults import fault_sentence, worst_images
from spoils.training.segmentation.evaluation.scores import ImageScore

__all__ = ["WORST", "contour_picture", "gallery_page"]

WORST = 12
"""Images in the gallery."""

_PANEL_HEIGHT_IN = 6.0
_DOTS_PER_INCH = 110
_NAME_GAP_MM = 2.5
_DRAWN_COLOUR = "white"
_LINE_POINTS = 1.1
_HALO = [withStroke(linewidth=2.4, foreground="black", alpha=0.75)]


def gallery_page(scores: Sequence[ImageScore], folder: Path, count: int = WORST) -> str:
    """Return the HTML page of the ``count`` worst of ``scores``, with embedded images.

    Args:
        scores: scored images.
        folder: the annotated slices that they were scored on.
        count: how many to show.

    Raises:
        InputUnreadable: an image or its annotation is missing.
    """
    cases = [
        {
            "score": score,
            "mean_dice": score.mean("dice", score.structures),
            "worst": min(score.structures, key=lambda name: score.structures[name].overlap.dice, default=None),
            "picture": b64encode(contour_picture(score, folder)).decode(),
            "fault": fault_sentence(score),
        }
        for score in worst_images(scores, count)
    ]
    return (
        page_environment("spoils.training")
        .get_template("gallery.html.j2")
        .render(cases=cases, images=len(scores), notice=RESEARCH_USE, ink=INK, pale=PALE)
    )


def contour_picture(score: ImageScore, folder: Path) -> bytes:
    """Draw a scored slice without and with both contours, as PNG bytes.

    Predicted contours have the colours of the structures, annotated contours are white dashed lines. Bodies are
    labelled with the predicted name.

    Raises:
        InputUnreadable: the image or its annotation is missing.
    """
    series = read_input(folder / f"{score.image}.png", spacing_mm=score.spacing_mm).series
    drawn = read_annotation(folder / f"{score.image}.json").labels
    views = [_view(series.pixels[0], labels, score.spacing_mm) for labels in (drawn, score.found)]
    both = _view(series.pixels[0], np.maximum(drawn, score.found), score.spacing_mm)
    crop = both.spine
    width_in = _PANEL_HEIGHT_IN * crop.width / crop.height
    figure = Figure(figsize=(2 * width_in, _PANEL_HEIGHT_IN), dpi=_DOTS_PER_INCH)
    panels = [figure.add_axes((left, 0, 0.5, 1)) for left in (0, 0.5)]
    for panel in panels:
        _draw_slice(panel, both, crop)
    _draw_contours(panels[1], *views)
    target = BytesIO()
    figure.savefig(target, format="png")
    return target.getvalue()


def _view(pixels: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8], spacing_mm: float) -> SliceView:
    return SliceView(pixels, labels, spacing_mm, spacing_mm)


def _draw_slice(axes: Axes, view: SliceView, crop: Box) -> None:
    black, white = view.grey_window(crop)
    axes.imshow(
        view.pixels, cmap="gray", vmin=black, vmax=white, extent=view.field.image_extent, interpolation="bicubic"
    )
    axes.set(xlim=(crop.left, crop.right), ylim=(crop.bottom, crop.top))
    axes.set_axis_off()


def _draw_contours(axes: Axes, drawn: SliceView, found: SliceView) -> None:
    for item in STRUCTURES:
        for view, colour, style in ((found, item.colour, "-"), (drawn, _DRAWN_COLOUR, (0, (2, 2)))):
            contours = smooth_contours(view.mask(item.name))
            if contours:
                path = vector_path(contours, view.row_mm, view.column_mm)
                axes.add_patch(PathPatch(path, fill=False, edgecolor=colour, linewidth=_LINE_POINTS, linestyle=style))
    for name in BODIES:
        if found.mask(name).any():
            x_mm, y_mm = found.front_of_body(name)
            x_mm -= _NAME_GAP_MM
            axes.text(x_mm, y_mm, name, color="white", ha="right", va="center", path_effects=_HALO, clip_on=True)
