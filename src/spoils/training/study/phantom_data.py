"""Phantom patients in the layout of SPIDER, to test the study without real data."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from skimage.io import imsave

from spoils.anatomy import DISCS
from spoils.phantom import PhantomSpec, draw_slice, random_spec
from spoils.training.data import SPIDER

__all__ = ["PHANTOM_PATIENTS", "write_phantom_data"]

PHANTOM_PATIENTS = 16
"""Enough for two folds, within which a grader may split its patients again."""

_SPACING_MM = 1.2
_ROWS, _COLUMNS = 240, 160
_BRIGHTEST_PERCENTILE = 99.5
_NARROW_FROM_GRADE = 4
_ACQUISITION = ("patient", "spacing_mm", "sex", "manufacturer", "model", "field_t")
_GRADING = (
    "patient",
    "ivd_label",
    "modic",
    "upper_endplate",
    "lower_endplate",
    "spondylolisthesis",
    "herniation",
    "narrowing",
    "bulging",
    "pfirrmann",
)


def write_phantom_data(folder: Path, patients: int = PHANTOM_PATIENTS, *, seed: int = 0) -> Path:
    """Draw patients and write them as ``spider/`` below ``folder``: images, acquisitions and gradings.

    Returns:
        ``folder``.
    """
    target = folder / SPIDER
    (target / "images").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    specs = {f"phantom{number:02d}": _spec(rng) for number in range(patients)}
    for name, spec in specs.items():
        pixels = draw_slice(spec)[0]
        grey = np.clip(pixels / np.percentile(pixels, _BRIGHTEST_PERCENTILE), 0, 1) * np.iinfo(np.uint8).max
        imsave(target / "images" / f"{name}.png", grey.astype(np.uint8), check_contrast=False)
    acquisitions = [
        (name, _SPACING_MM, spec.sex, "drawn", f"phantom {number % 2}", 1.5)
        for number, (name, spec) in enumerate(specs.items())
    ]
    _write(target / "acquisitions.csv", _ACQUISITION, acquisitions)
    _write(target / "gradings.csv", _GRADING, [row for name, spec in specs.items() for row in _gradings(name, spec)])
    return folder


def _spec(rng: np.random.Generator) -> PhantomSpec:
    spec = random_spec(rng)
    return replace(spec, spacing_mm=_SPACING_MM, rows=_ROWS, columns=_COLUMNS, shift_inferior_mm=0.0)


def _gradings(patient: str, spec: PhantomSpec) -> list[tuple[object, ...]]:
    """Return a row for each disc, counted upward from the lowest, as in SPIDER."""
    drawn = zip(spec.grades, spec.listhesis_mm, spec.herniation_mm, spec.bulge_mm, strict=True)
    return [
        (patient, len(DISCS) - index, 0, 0, 0, int(slip != 0), int(hernia > 0), int(grade >= _NARROW_FROM_GRADE),
         int(bulge > 0), grade)
        for index, (grade, slip, hernia, bulge) in enumerate(drawn)
    ]  # fmt: skip


def _write(path: Path, head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *rows])
