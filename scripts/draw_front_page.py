"""Draw docs/images/front-page.png: what SPOILS makes of a study, shown on a synthetic patient.

python scripts/draw_front_page.py runs the demo first; with the folder of a demo that was run before, it draws that one.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from skimage.measure import find_contours

from spoils.anatomy import STRUCTURES
from spoils.canvas import Axes, Figure, Rectangle
from spoils.cli import app
from spoils.io import read_input, read_label_map

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "front-page.png"

INK, PALE, PAPER = "#14202b", "#5b6770", "#eef3f7"
FILLS = {1: "#ffffb2", 2: "#fecc5c", 3: "#fd8d3c", 4: "#f03b20", 5: "#bd0026"}
"""The report's colours of Pfirrmann grades."""

PATHWAYS = {
    "surgical-consultation": "Surgical consultation",
    "interventional-pain-management": "Interventional pain management",
    "conservative": "Conservative treatment",
    "clinical-review": "Clinical review",
}
COLUMNS = {"Level": 0.0, "Class": 0.25, "Height": 0.7, "Canal": 1.0}


def main() -> None:
    """Draw the demo in the folder that is named, or run it in a temporary one."""
    if len(sys.argv) > 1:
        draw(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as made:
        app(["demo", "--out", made], standalone_mode=False)
        draw(Path(made))


def draw(folder: Path) -> None:
    """Write the picture of the demo in ``folder``."""
    assessment = json.loads((folder / "assessment.json").read_text(encoding="utf-8"))
    series = read_input(folder / "study").series
    labels = read_label_map(folder / "segmentation.nii.gz")[0]
    middle = assessment["study"]["mid_slice"]
    drawn = BytesIO()
    front_page(assessment, series.pixels[middle], labels.labels[middle]).savefig(drawn, dpi=160)
    with Image.open(drawn) as picture:
        picture.convert("RGB").quantize(256, kmeans=2).save(PICTURE, optimize=True)


def front_page(assessment: Mapping[str, Any], signal: np.ndarray, labels: np.ndarray) -> Figure:
    """Return four panels from left to right: study, contours, discs, suggestion."""
    figure = Figure(figsize=(11.6, 4.3), facecolor="white")
    shown = window(labels)
    for number, (left, title, text) in enumerate(
        (
            (0.012, "Study", "sagittal T2 MR: DICOM, NIfTI, ..."),
            (0.232, "Contours and levels", "bodies, discs, spinal canal"),
            (0.455, "Measures and grades", "Pfirrmann 1-5, severity L, M, H"),
            (0.735, "Suggestion, explained", "with ODI and pain score"),
        ),
        start=1,
    ):
        figure.text(left, 0.95, f"{number}  {title}", size=12, weight="bold", color=INK, va="center")
        figure.text(left, 0.895, text, size=9, color=PALE, va="center")
    draw_slice(figure.add_axes((0.012, 0.09, 0.205, 0.76)), signal[shown])
    segmented = figure.add_axes((0.232, 0.09, 0.205, 0.76))
    draw_slice(segmented, signal[shown])
    draw_contours(segmented, labels[shown])
    draw_discs(figure.add_axes((0.455, 0.09, 0.25, 0.76)), assessment)
    draw_suggestion(figure.add_axes((0.735, 0.09, 0.253, 0.76)), assessment)
    figure.text(0.012, 0.035, f"Synthetic patient. {assessment['notice']}", size=8.5, color=PALE, va="center")
    return figure


def window(labels: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns around everything that is segmented, in the proportions of a panel."""
    rows, columns = np.nonzero(labels)
    top, bottom = max(0, rows.min() - 12), min(labels.shape[0], rows.max() + 12)
    width = round((bottom - top) * (0.205 * 11.6) / (0.76 * 4.3))
    left = max(0, (columns.min() + columns.max() - width) // 2)
    return slice(top, bottom), slice(left, left + width)


def draw_slice(axes: Axes, signal: np.ndarray) -> None:
    """Draw the slice in grey, its brightest and darkest hundredth saturated."""
    low, high = np.percentile(signal, (1, 99))
    axes.imshow(signal, cmap="gray", vmin=low, vmax=high, interpolation="lanczos", aspect="auto")
    axes.set_axis_off()


def draw_contours(axes: Axes, labels: np.ndarray) -> None:
    """Draw every structure in its own colour, bodies with their names."""
    for one in STRUCTURES:
        mask = (labels == one.label).astype(float)
        for contour in find_contours(np.pad(mask, 1), 0.5):
            axes.plot(contour[:, 1] - 1, contour[:, 0] - 1, color=one.colour, linewidth=1.3)
            axes.fill(contour[:, 1] - 1, contour[:, 0] - 1, color=one.colour, alpha=0.28, linewidth=0)
        if "-" not in one.name and one.name[0] in "LS" and mask.any():
            row, column = np.argwhere(mask).mean(axis=0)
            axes.text(column, row, one.name, color="white", size=9, weight="bold", ha="center", va="center")
    axes.set_xlim(-0.5, labels.shape[1] - 0.5)
    axes.set_ylim(labels.shape[0] - 0.5, -0.5)


def draw_discs(axes: Axes, assessment: Mapping[str, Any]) -> None:
    """Draw a row for each disc: level, class and its probability, mean height, diameter of the canal."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(assessment["discs"]) + 0.1, -0.9)
    canal = {place["level"]: place["measurements"]["ap_diameter_mm"] for place in assessment["canal"]}
    for name, x in COLUMNS.items():
        unit = " mm" if name in {"Height", "Canal"} else ""
        axes.text(x, -0.55, name + unit, size=9, color=PALE, ha=side(name), va="center")
    for row, disc in enumerate(assessment["discs"]):
        axes.plot([0, 1], [row - 0.05] * 2, color="#c9d1d6", linewidth=0.7)
        axes.text(0, row + 0.45, disc["level"], size=10.5, weight="bold", color=INK, va="center")
        if disc["label"] is not None:
            grade = disc["pfirrmann"]["grade"]
            ink = "white" if grade == 5 else INK
            box = {"boxstyle": "round,pad=0.28", "facecolor": FILLS[grade], "edgecolor": PALE, "linewidth": 0.6}
            axes.text(COLUMNS["Class"] + 0.04, row + 0.45, disc["label"], size=10, weight="bold", color=ink, bbox=box,
                      ha="center", va="center")  # fmt: skip
            chance = disc["label_probabilities"][disc["label"]]
            axes.text(COLUMNS["Class"] + 0.12, row + 0.45, f"{chance:.0%}", size=8.5, color=PALE, va="center")
        height = disc["measurements"]["height_mean_mm"]
        for name, found in (("Height", height), ("Canal", canal.get(disc["level"], {}))):
            text = f"{found['value']:.1f}" if "value" in found else "-"
            axes.text(COLUMNS[name], row + 0.45, text, size=10.5, color=INK, ha=side(name), va="center")


def side(name: str) -> str:
    """Return how a column is aligned: numbers to the right."""
    return "right" if name in {"Height", "Canal"} else "left"


def draw_suggestion(axes: Axes, assessment: Mapping[str, Any]) -> None:
    """Draw the scores, the pathway and its first reasons, as the report words them."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.add_patch(Rectangle((0, 0), 1, 1, facecolor=PAPER, edgecolor="none"))
    clinical, advice = assessment["clinical"], assessment["recommendation"]
    scores = f"ODI {clinical['odi']['percent']:.0f} %    pain {clinical['nrs']['score']:.0f} of 10"
    axes.text(0.06, 0.92, scores, size=9.5, color=PALE, va="center")
    axes.text(0.06, 0.82, PATHWAYS[advice["pathway"]], size=13.5, weight="bold", color=INK, va="center")
    driver = f"because of {advice['driving_level']}, class {advice['driving_class']}"
    axes.text(0.06, 0.75, driver, size=9.5, color=INK, va="center")
    height = 0.68
    for heading, lines in (("Why", advice["rationale"][1:4]), ("What would change it", changes(advice))):
        axes.text(0.06, height, heading, size=9, weight="bold", color=INK, va="top")
        height -= 0.06
        for line in lines:
            wrapped = wrap(line, 46)
            axes.text(0.06, height, "\n".join(wrapped), size=8, color=INK, va="top", linespacing=1.25)
            height -= 0.047 * len(wrapped) + 0.012
        height -= 0.02


def changes(advice: Mapping[str, Any]) -> list[str]:
    """Return in a line each what else would lead where."""
    return [f"{one['change']}: {PATHWAYS[one['pathway']]}." for one in advice["counterfactuals"]]


def wrap(text: str, width: int) -> list[str]:
    """Break a reason into lines; what stands in brackets at its end is left to the report."""
    lines, line = [], ""
    for word in text.partition(" (Rule")[0].split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


if __name__ == "__main__":
    sys.exit(main())
