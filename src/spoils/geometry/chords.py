"""Where the lengths of a slice were measured, to be drawn on its picture."""

from __future__ import annotations

import numpy as np

from spoils.anatomy import DISCS
from spoils.geometry.contour import Contour, FloatArray, LocalFrame, crossings
from spoils.geometry.slice_contours import SliceContours

__all__ = ["measured_chords"]

_HEIGHT_SHARES = (0.1, 0.5, 0.9)
_WIDTH_SHARE = 0.5


def measured_chords(contours: SliceContours) -> FloatArray:
    """Return the ends of the chords that were measured, ``(chords, 2, 2)`` of (posterior, inferior) mm.

    For every disc that is measured: its anterior, central and posterior height, its midpoint width, and the canal's
    shortest diameter behind it where there is one.
    """
    chords = []
    for disc in DISCS:
        if contours.problem_with(disc) is None:
            chords += _disc_chords(contours.by_name[disc], contours.frames[disc])
        if disc in contours.canal_chords:
            chords.append(contours.canal_chords[disc])
    return np.array(chords).reshape(-1, 2, 2)


def _disc_chords(contour: Contour, frame: LocalFrame) -> list[FloatArray]:
    local = frame.to_frame(contour.points_mm)
    heights = [_across(local, share) for share in _HEIGHT_SHARES]
    width = _across(local[:, ::-1], _WIDTH_SHARE)[:, ::-1]
    return [frame.to_slice(ends) for ends in (*heights, width)]


def _across(local: FloatArray, share: float) -> FloatArray:
    """Return the ends ``(2, 2)`` of the chord that crosses the extent of the first coordinate at ``share`` of it."""
    low, high = local[:, 0].min(), local[:, 0].max()
    at = low + share * (high - low)
    met = crossings(local, at)
    return np.array(((at, met.min()), (at, met.max())))
