"""From an image and its traced slice to the small upright picture of each disc.

The box follows the disc's sorted corner points: a disc is always seen level, at the same width and in its true
proportions, with both endplates and with room in front and behind for what protrudes.
"""

from __future__ import annotations

import numpy as np

from spoils.anatomy import DISCS
from spoils.discs.disc_volume import DISC_COLUMNS, DISC_ROWS, DiscVolume, SignalReference
from spoils.discs.rectify import LevelBox
from spoils.errors import UsageError
from spoils.findings import NotMeasured
from spoils.geometry import TracedSlice, corners
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import message

__all__ = ["extract_disc", "extract_discs", "signal_of_one"]

_WIDTH_SHARE = 0.6
"""Share of the columns between the anterior and the posterior corners."""
_BRIGHT_PERCENTILE = 98.0


def extract_discs(series: SagittalSeries, labels: LabelMap, traced: TracedSlice) -> dict[str, DiscVolume]:
    """Extract every disc that is whole on a traced slice, by level, cranial to caudal.

    Args:
        series: the image.
        labels: its label map, from which the masks of the volumes are taken.
        traced: the slice of ``series`` whose outlines give the corner points.

    Raises:
        UsageError: image and label map don't share a grid, or the traced slice is not one of them.
    """
    found = {level: extract_disc(series, labels, traced, level) for level in DISCS}
    return {level: volume for level, volume in found.items() if isinstance(volume, DiscVolume)}


def extract_disc(series: SagittalSeries, labels: LabelMap, traced: TracedSlice, level: str) -> DiscVolume | NotMeasured:
    """Extract one disc on a traced slice and the slices beside it, or say why it can't be.

    A series of one slice gives a volume of one slice, any other of three; at the end of a series its last slice counts
    twice.

    Raises:
        UsageError: image and label map don't share a grid, or the traced slice is not one of them.
    """
    _require_same_grid(series, labels, traced)
    problem = traced.problem_with(level)
    if problem is not None:
        return NotMeasured.because(problem)
    corners_mm = corners(traced.outlines[level], traced.frames[level])
    box = LevelBox.around(corners_mm, (DISC_ROWS, DISC_COLUMNS), _WIDTH_SHARE)
    one, reference = signal_of_one(traced, level)
    shown = _slices_around(traced.index, series.grid.shape[0])
    mask = labels.mask(level)
    return DiscVolume(
        level=level,
        pixels=np.stack([box.sample(series.pixels[i], traced.spacing_mm) / np.float32(one) for i in shown]),
        mask=np.stack([box.sample(mask[i].astype(np.float32), traced.spacing_mm) for i in shown]),
        corners_mm=corners_mm,
        pixel_mm=box.pixel_mm,
        reference=reference,
    )


def _require_same_grid(series: SagittalSeries, labels: LabelMap, traced: TracedSlice) -> None:
    if not labels.grid.matches(series.grid):
        raise UsageError(message("label-map-on-other-grid"))
    if not 0 <= traced.index < series.grid.shape[0] or traced.spacing_mm != series.grid.spacing_mm[1:]:
        raise UsageError(message("slice-of-other-image"))


def _slices_around(index: int, n_slices: int) -> list[int]:
    if n_slices == 1:
        return [index]
    return [min(max(i, 0), n_slices - 1) for i in (index - 1, index, index + 1)]


def signal_of_one(traced: TracedSlice, level: str) -> tuple[float, SignalReference]:
    """Return the signal that counts as one at a disc, above zero, and what has it."""
    csf = traced.csf.get(level)
    if csf is not None:
        return csf.signal, SignalReference.CSF if csf.is_own else SignalReference.CSF_ELSEWHERE
    bright = float(np.percentile(traced.pixels, _BRIGHT_PERCENTILE)) if traced.pixels is not None else 0.0
    # A slice without signal stays as it is: black.
    return (bright if bright > 0 else 1.0), SignalReference.SLICE
