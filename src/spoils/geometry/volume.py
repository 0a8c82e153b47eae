"""What takes several slices: the volume of a disc, and the choice of the middle slice."""

from __future__ import annotations

import numpy as np

from spoils.anatomy import CANAL, structure
from spoils.findings import Measured, Measurement, NotMeasured
from spoils.geometry.contouring import largest_part, touches_border
from spoils.images import LabelMap
from spoils.messages import message

__all__ = ["choose_mid_slice", "disc_volume", "is_cropped_to_content"]

_MOST_AT_END = 0.75
"""A disc whose first or last slice holds this share of its largest area extends beyond the series."""


def disc_volume(labels: LabelMap, level: str) -> Measured:
    """Sum the area of a disc over its slices, times the slice spacing.

    An area is that of the pixels whose centres lie inside, which errs to neither side (a smoothed contour would).
    """
    slice_mm, row_mm, column_mm = labels.grid.spacing_mm
    if labels.grid.shape[0] == 1:
        return NotMeasured.because(message("volume-of-one-slice"))
    parts = (largest_part(one == structure(level).label) for one in labels.labels)
    pixels, touching = zip(*((np.count_nonzero(part), touches_border(part)) for part in parts), strict=True)
    areas = np.array(pixels) * row_mm * column_mm
    n_slices = np.count_nonzero(areas)
    if n_slices == 0:
        return NotMeasured.because(message("not-segmented", level=level))
    is_scan = not is_cropped_to_content(labels)
    if is_scan and any(touching):
        return NotMeasured.because(message("cut-by-border", level=level))
    if is_scan and max(areas[0], areas[-1]) > _MOST_AT_END * areas.max():
        return NotMeasured.because(message("beyond-slices", level=level))
    several = message("method-volume", slices=int(n_slices))
    method = several if n_slices > 1 else message("method-volume-one-slice")
    return Measurement.by(method, float(areas.sum() * slice_mm), "mm3")


def is_cropped_to_content(labels: LabelMap) -> bool:
    """Say whether a label map was cropped to what it holds: then a structure at its border is not cut there.

    In a scan there is always tissue in front of or behind the labelled structures.
    """
    flat = np.asarray(labels.labels.any(axis=0))
    return bool(flat[0].any() and flat[-1].any() and flat[:, 0].any() and flat[:, -1].any())


def choose_mid_slice(labels: LabelMap) -> int:
    """Return the slice with the largest area of canal, or of discs and bodies where no canal is labelled."""
    canal = labels.labels == structure(CANAL).label
    wanted = canal if canal.any() else labels.labels > 0
    return int(wanted.sum(axis=(1, 2)).argmax())
