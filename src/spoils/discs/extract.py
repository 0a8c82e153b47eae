"""From an image and the contours of one slice to the small upright picture of each disc.

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
from spoils.geometry import SliceContours, corners
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import message

__all__ = ["extract_disc", "extract_discs", "signal_of_one"]

_WIDTH_SHARE = 0.6
"""Share of the columns between the anterior and the posterior corners."""
_BRIGHT_PERCENTILE = 98.0


def extract_discs(series: SagittalSeries, labels: LabelMap, contours: SliceContours) -> dict[str, DiscVolume]:
    """Extract every disc that is whole on one slice, by level, cranial to caudal.

    Args:
        series: the image.
        labels: its label map, from which the masks of the volumes are taken.
        contours: the slice of ``series`` whose contours give the corner points.

    Raises:
        UsageError: image and label map don't share a grid, or the contours are of another image.
    """
    found = {level: extract_disc(series, labels, contours, level) for level in DISCS}
    return {level: volume for level, volume in found.items() if isinstance(volume, DiscVolume)}


def extract_disc(
    series: SagittalSeries, labels: LabelMap, contours: SliceContours, level: str
) -> DiscVolume | NotMeasured:
    """Extract one disc on the slice of its contours and on those beside it, or say why it can't be.

    A series of one slice gives a volume of one slice, any other of three; at the end of a series its last slice counts
    twice.

    Raises:
        UsageError: image and label map don't share a grid, or the contours are of another image.
    """
    _require_same_grid(series, labels, contours)
    problem = contours.problem_with(level)
    if problem is not None:
        return NotMeasured.because(problem)
    corners_mm = corners(contours.by_name[level], contours.frames[level])
    box = LevelBox.around(corners_mm, (DISC_ROWS, DISC_COLUMNS), _WIDTH_SHARE)
    one, reference = signal_of_one(contours, level)
    shown = _slices_around(contours.index, series.grid.shape[0])
    mask = labels.mask(level)
    return DiscVolume(
        level=level,
        pixels=np.stack([box.sample(series.pixels[i], contours.spacing_mm) / np.float32(one) for i in shown]),
        mask=np.stack([box.sample(mask[i].astype(np.float32), contours.spacing_mm) for i in shown]),
        corners_mm=corners_mm,
        pixel_mm=box.pixel_mm,
        reference=reference,
    )


def _require_same_grid(series: SagittalSeries, labels: LabelMap, contours: SliceContours) -> None:
    if not labels.grid.matches(series.grid):
        raise UsageError(message("label-map-on-other-grid"))
    if not 0 <= contours.index < series.grid.shape[0] or contours.spacing_mm != series.grid.spacing_mm[1:]:
        raise UsageError(message("slice-of-other-image"))


def _slices_around(index: int, n_slices: int) -> list[int]:
    if n_slices == 1:
        return [index]
    return [min(max(i, 0), n_slices - 1) for i in (index - 1, index, index + 1)]


def signal_of_one(contours: SliceContours, level: str) -> tuple[float, SignalReference]:
    """Return the signal that counts as one at a disc, above zero, and what has it."""
    csf = contours.csf.get(level)
    if csf is not None:
        return csf.signal, SignalReference.CSF if csf.is_own else SignalReference.CSF_ELSEWHERE
    bright = float(np.percentile(contours.pixels, _BRIGHT_PERCENTILE)) if contours.pixels is not None else 0.0
    # A slice without signal stays as it is: black.
    return (bright if bright > 0 else 1.0), SignalReference.SLICE
