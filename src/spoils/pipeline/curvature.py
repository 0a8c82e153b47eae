"""A spine that curves to the side leaves the one slice on which it is measured: its reader must know."""

from __future__ import annotations

from typing import Final

import numpy as np

from spoils.anatomy import BODIES, CANAL
from spoils.images import Note, SagittalSeries
from spoils.io import canal_centres
from spoils.messages import message
from spoils.segmentation import Segmentation

__all__ = ["curvature_notes"]

_MIN_BODIES: Final = 4
"""With fewer a curve looks like a tilt."""

_MIN_BOW_MM: Final = 2.5
"""Least sideways extent of a curve that is reported. It is known to about a quarter of the distance of slices.

Of 14 public volumes with slices 1 mm apart (12 of Chu et al., PLoS ONE 2015;10:e0143327, 2 of Menezes-Reis et al.,
Quant Imaging Med Surg 2016;6:402) 12 bow by 0.5 to 2.4 mm and 2 by 3.7 and 4.5 mm, with the canal outlined on the
middle slice alone.
"""


def curvature_notes(series: SagittalSeries, seen: Segmentation) -> tuple[Note, ...]:
    """Return a note where the canal bows to the side within the lumbar spine.

    The canal is followed at the height of each lumbar body. A tilt of the whole spine against the slices is no curve:
    the bow is what is left without it.
    """
    canal = np.asarray(seen.labels.mask(CANAL).any(axis=0))
    windows = []
    for body in BODIES[:-1]:
        rows = np.flatnonzero(np.asarray(seen.labels.mask(body)[seen.mid_slice]).any(axis=1))
        columns = np.flatnonzero(canal[rows[0] : rows[-1] + 1].any(axis=0)) if rows.size else rows
        if columns.size:
            windows.append((slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)))
    if len(windows) < _MIN_BODIES or series.grid.shape[0] < _MIN_BODIES:
        return ()
    heights = [(rows.start + rows.stop) / 2 for rows, _ in windows]
    centres = np.array(canal_centres(series, windows))
    bow = centres - np.polyval(np.polyfit(heights, centres, 1), heights)
    bow_mm = float(np.ptp(bow) * series.grid.spacing_mm[0])
    if bow_mm < _MIN_BOW_MM:
        return ()
    return (Note("lateral-curvature", message("lateral-curvature", bow=bow_mm, slice=seen.mid_slice)),)
