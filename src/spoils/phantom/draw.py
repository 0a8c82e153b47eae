"""From a specification to pictures, labels and truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS
from spoils.images import LabelMap, SagittalSeries
from spoils.phantom.appearance import Appearance, scanned
from spoils.phantom.painting import View
from spoils.phantom.scene import paint_section
from spoils.phantom.section import cut, paint_labels
from spoils.phantom.spec import PhantomSpec
from spoils.phantom.truth import Truth, measure_truth
from spoils.spatial import Grid

__all__ = ["Phantom", "draw_phantom", "draw_slice"]

FloatArray = npt.NDArray[np.float64]

_SUBSLICES = 3
"""Thin sections that are averaged over the thickness of a slice."""


@dataclass(frozen=True, eq=False)
class Phantom:
    """A drawn patient: series, exact labels on the same grid, exact measurements, and grades by disc level."""

    spec: PhantomSpec
    series: SagittalSeries
    labels: LabelMap
    truth: Truth
    grades: dict[str, int]
    mid_slice: int


def _lateral_mm(spec: PhantomSpec) -> FloatArray:
    """Return where each slice cuts the patient: mm to the left of the midline, right to left, ``(n_slices,)``."""
    centred = np.arange(spec.n_slices) - (spec.n_slices - 1) / 2
    return np.asarray(centred * spec.slice_spacing_mm - spec.shift_left_mm)


def draw_slice(spec: PhantomSpec) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Return pixels and labels, each ``(rows, columns)``, of the slice nearest to the midline, as thin as can be."""
    view, positions = View.of(spec), _lateral_mm(spec)
    index = int(np.abs(positions).argmin())
    section = cut(spec, float(positions[index]))
    return scanned(paint_section(section, view, Appearance.of(spec, view)), spec, index), paint_labels(section, view)


def draw_phantom(spec: PhantomSpec) -> Phantom:
    """Draw the whole series of ``spec`` with its labels and its truth.

    The patient's origin lies on the midline at the middle of the picture.

    Raises:
        UsageError: no slice meets the midline's neighbourhood, so that there is nothing to measure.
    """
    view, positions = View.of(spec), _lateral_mm(spec)
    appearance = Appearance.of(spec, view)
    shape = (spec.n_slices, spec.rows, spec.columns)
    pixels, labels = np.empty(shape, np.float32), np.empty(shape, np.uint8)
    offsets = ((np.arange(_SUBSLICES) + 0.5) / _SUBSLICES - 0.5) * spec.slice_thickness_mm
    sections = tuple(cut(spec, float(x)) for x in positions)
    for i, x in enumerate(positions):
        thin = [paint_section(cut(spec, float(x + offset)), view, appearance) for offset in offsets]
        pixels[i] = scanned(np.mean(thin, axis=0), spec, i)
        labels[i] = paint_labels(sections[i], view)
    middle = int(np.abs(positions).argmin())
    grid = _grid(spec, float(positions[0]))
    truth = measure_truth(sections[middle], sections, spec.slice_spacing_mm, spec.rotation_deg)
    grades = dict(zip(DISCS, spec.grades, strict=True))
    return Phantom(spec, SagittalSeries(pixels, grid), LabelMap(labels, grid), truth, grades, middle)


def _grid(spec: PhantomSpec, first_lateral_mm: float) -> Grid:
    origin = (
        first_lateral_mm,
        -(spec.columns - 1) / 2 * spec.spacing_mm,
        (spec.rows - 1) / 2 * spec.spacing_mm,
    )
    spacing = (spec.slice_spacing_mm, spec.spacing_mm, spec.spacing_mm)
    return Grid.from_axes((spec.n_slices, spec.rows, spec.columns), spacing, origin_mm=origin)
