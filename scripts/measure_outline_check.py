"""Measure the check of disc outlines on annotated slices: which discs it doubts, and which added lobes it finds.

    python scripts/measure_outline_check.py DATA [--lobes 800]

Lobes of random place, width and depth are added to annotated discs, into a body beside them. The image stays, so the
endplate is where the annotation has it. Prints two tables in Markdown.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BACKGROUND, DISCS, structure
from spoils.findings import Measurement
from spoils.geometry import RimLine, SliceContours, measure_contours, rim_lines
from spoils.pipeline.outline_cut import SegmentedSlice
from spoils.pipeline.outline_lobes import Outcome, without_lobes
from spoils.segmentation import load_limits
from spoils.training.data.annotated import AnnotatedSlice, read_annotated, read_index

EDGES_MM = (0.5, 1.5, 2.5, 3.5, 4.5, 6.0, 8.0, 10.0)
HALF_WIDTHS_MM = (3.0, 8.0)

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Added:
    """A lobe that was added: its depth, what became of it, and how wrong the disc was before and after that."""

    depth_mm: float
    outcomes: frozenset[Outcome]
    dice: tuple[float, float]
    height_errors_mm: tuple[float, float]


def plane_of(annotated: AnnotatedSlice) -> SegmentedSlice:
    """Return the annotation as a segmented slice."""
    return SegmentedSlice.of_labels(annotated.labels, (annotated.spacing_mm, annotated.spacing_mm))


def lobe_at(plane: SegmentedSlice, disc: str, endplate: RimLine, rng: np.random.Generator) -> tuple[Mask, float]:
    """Return the pixels of a body in half an ellipse behind an endplate, and how deep these reach."""
    rows, columns = np.indices(plane.labels.shape)
    points = np.stack((columns * plane.spacing_mm[1], rows * plane.spacing_mm[0]), axis=-1)
    along, depth = np.moveaxis(endplate.along_and_depth(points), -1, 0)
    away = (along - rng.uniform(0.25, 0.75) * endplate.length_mm) / rng.uniform(*HALF_WIDTHS_MM)
    beside = (plane.labels == structure(disc).label) & (np.abs(away) <= 1.0)
    if not beside.any():
        return np.zeros(plane.labels.shape, dtype=np.bool_), 0.0
    start_mm = float(depth[beside].max())
    reach_mm = rng.uniform(EDGES_MM[0], EDGES_MM[-1]) * np.sqrt(np.clip(1.0 - away**2, 0.0, None))
    body = plane.labels == (structure(endplate.body).label if endplate.body else BACKGROUND)
    lobe = body & (np.abs(away) < 1.0) & (depth <= start_mm + reach_mm) & (depth > start_mm - MOST_UNEVEN_MM)
    return lobe, float(np.max(depth[lobe], initial=start_mm)) - start_mm


MOST_UNEVEN_MM = 5.0
"""A lobe begins at the deepest place of the disc beside it, and fills where the disc is up to this much less deep."""


def dice(one: Mask, other: Mask) -> float:
    """Return the Dice coefficient of two masks."""
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))


def height_mm(plane: SegmentedSlice, disc: str) -> float:
    """Return the central height of a disc."""
    contours = SliceContours(plane.contours, plane.spacing_mm)
    measured = measure_contours(contours, [disc]).discs[disc]["height_central_mm"]
    return measured.value if isinstance(measured, Measurement) else np.nan


def try_lobe(annotated: AnnotatedSlice, disc: str, rng: np.random.Generator) -> Added | None:
    """Add a lobe to a disc and see what becomes of it; None where there is no body to add it to, or a lobe already."""
    truth = plane_of(annotated)
    endplates = [one for one in rim_lines(truth.contours, disc) if one.body and one.has_rim]
    pixels, limits = annotated.series.pixels[0], load_limits()
    if not endplates or any(one.disc == disc for one in without_lobes(truth, pixels, limits)[1]):
        return None
    lobe, depth_mm = lobe_at(truth, disc, endplates[rng.integers(len(endplates))], rng)
    if depth_mm < EDGES_MM[0]:
        return None
    label, labels = structure(disc).label, truth.labels.copy()
    labels[lobe] = label
    worse = SegmentedSlice.of_labels(labels, truth.spacing_mm)
    mended, found = without_lobes(worse, pixels, limits)
    planes, right_mm = (worse, mended), height_mm(truth, disc)
    overlaps = [dice(plane.labels == label, truth.labels == label) for plane in planes]
    errors_mm = [abs(height_mm(plane, disc) - right_mm) for plane in planes]
    outcomes = frozenset(one.outcome for one in found if one.disc == disc)
    return Added(depth_mm, outcomes, (overlaps[0], overlaps[1]), (errors_mm[0], errors_mm[1]))


def print_doubted(slices: list[AnnotatedSlice], ids: list[str]) -> None:
    """Print how many annotated discs are doubted."""
    outcomes: Counter[str] = Counter()
    doubted, discs = set(), 0
    for name, annotated in zip(ids, slices, strict=True):
        plane = plane_of(annotated)
        discs += sum(disc in plane.contours for disc in DISCS)
        found = without_lobes(plane, annotated.series.pixels[0], load_limits())[1]
        outcomes.update(one.outcome for one in found)
        doubted |= {(name, one.disc) for one in found}
    print(f"{discs} annotated discs, {discs - len(doubted)} without a lobe ({1 - len(doubted) / discs:.1%});", end=" ")
    print(", ".join(f"{outcome}: {count}" for outcome, count in sorted(outcomes.items())))
    print(*sorted(" ".join(one) for one in doubted), sep=", ", end="\n\n")


def print_added(added: list[Added]) -> None:
    """Print what became of added lobes, by their depth."""
    print("| depth (mm) | lobes | found | cut | Dice with lobe | Dice after | height error (mm) | after |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for low, high in pairwise(EDGES_MM):
        some = [one for one in added if low <= one.depth_mm < high]
        if some:
            figures = [np.nanmean([one.dice[k] for one in some]) for k in (0, 1)]
            errors = [np.nanmean([one.height_errors_mm[k] for one in some]) for k in (0, 1)]
            found = np.mean([bool(one.outcomes) for one in some])
            cut = np.mean([Outcome.CUT in one.outcomes for one in some])
            print(f"| {low:g} to {high:g} | {len(some)} | {found:.0%} | {cut:.0%} |", end=" ")
            print(f"{figures[0]:.3f} | {figures[1]:.3f} | {errors[0]:.2f} | {errors[1]:.2f} |")


def main() -> None:
    """Measure on the annotated slices of a folder of data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds annotated/")
    parser.add_argument("--lobes", type=int, default=800, help="lobes to add")
    options = parser.parse_args()
    folder, rng = options.data / "annotated", np.random.default_rng(20)
    rows = read_index(folder)
    slices = [read_annotated(row, folder) for row in rows]
    print_doubted(slices, [row["id"] for row in rows])
    chosen = ((slices[rng.integers(len(slices))], DISCS[rng.integers(len(DISCS))]) for _ in range(options.lobes))
    tried = [try_lobe(one, disc, rng) for one, disc in chosen if (one.labels == structure(disc).label).any()]
    print_added([one for one in tried if one])


if __name__ == "__main__":
    main()
