"""Measure how the confidence of a contour relates to its agreement with the annotation, on patients left out.

    python scripts/measure_outline_confidence.py DATA FITS

FITS is the folder of a cross-validation (``spoils train segmentation``). Every annotated slice is segmented by the fit
that left its patient out, as a user gets it, lobes cut off. Prints a table in Markdown: structures by the confidence
of their contour, with its mean, the mean Dice coefficient, and the share with a Dice coefficient below 0.8.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from spoils.anatomy import Kind, structure
from spoils.config import Settings
from spoils.errors import UnsuitableInput
from spoils.models import load_model
from spoils.pipeline import segment_plausibly
from spoils.segmentation import MODEL_NAME, SegmentationModels
from spoils.training.data import ANNOTATED, read_annotated, rows_of
from spoils.training.segmentation import exported_folds

EDGES = (0.0, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)
POOR_DICE = 0.8


def scored(data: Path, fits: Path) -> Iterator[tuple[Kind, float, float]]:
    """Yield kind, confidence of the contour and Dice coefficient of every structure that was drawn and found."""
    for models_dir, patients in exported_folds(fits):
        models = SegmentationModels(load_model(MODEL_NAME, Settings(models_dir=models_dir)))
        for row in rows_of(data / ANNOTATED, patients):
            annotated = read_annotated(row, data / ANNOTATED)
            try:
                seen = segment_plausibly(annotated.series, models, mid_slice=0)
            except UnsuitableInput:
                continue
            for name in annotated.drawn & set(seen.confidences):
                found, drawn = (seen.labels.mask(name)[0], annotated.labels == structure(name).label)
                dice = 2 * np.count_nonzero(found & drawn) / (np.count_nonzero(found) + np.count_nonzero(drawn))
                yield structure(name).kind, seen.confidences[name].contour, float(dice)


def main() -> None:
    """Print the curve for each kind of structure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds annotated/")
    parser.add_argument("fits", type=Path, help="folder of the fits")
    options = parser.parse_args()
    every = list(scored(options.data, options.fits))
    for kind in Kind:
        found = np.array([(confidence, dice) for one, confidence, dice in every if one is kind]).reshape(-1, 2)
        print(f"\n{kind}: {len(found)}\n\n| confidence | contours | mean | Dice | Dice below {POOR_DICE:g} |")
        print("| --- | --- | --- | --- | --- |")
        for low, high in pairwise(EDGES):
            some = found[(found[:, 0] > low) & (found[:, 0] <= high)]
            if len(some):
                mean, dice = some.mean(axis=0)
                poor = np.mean(some[:, 1] < POOR_DICE)
                print(f"| {low:g} to {high:g} | {len(some)} | {mean:.3f} | {dice:.3f} | {poor:.0%} |")


if __name__ == "__main__":
    main()
