"""A tiny data set in the form of the real one, drawn from phantoms."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage.io import imsave

from spoils.io import trace_polygons, write_labelme
from spoils.phantom import draw_slice, random_spec

SPACING_MM = 1.2
PATIENTS = tuple(f"p{number}" for number in range(3))


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory) -> Path:
    """Three annotated phantom slices: one with its canal drawn in part, one on coarse pixels."""
    folder = tmp_path_factory.mktemp("data")
    annotated = folder / "annotated"
    annotated.mkdir()
    with (annotated / "index.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("id", "source", "patient", "spacing_mm", "canal"))
        for number, patient in enumerate(PATIENTS):
            spec = random_spec(np.random.default_rng(number))
            spec = replace(spec, spacing_mm=SPACING_MM, rows=240, columns=160, shift_inferior_mm=0.0)
            pixels, labels = draw_slice(spec)
            scaled = np.clip(pixels / np.percentile(pixels, 99.5), 0, 1) * 255
            imsave(annotated / f"{patient}.png", scaled.astype(np.uint8), check_contrast=False)
            write_labelme(trace_polygons(labels), labels.shape, f"{patient}.png", annotated / f"{patient}.json")
            writer.writerow((patient, "phantom", patient, SPACING_MM, "partial" if number == 0 else "full"))
    return folder
