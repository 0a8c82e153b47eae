"""Lengths of one slice, in millimetres, from contours alone."""

from __future__ import annotations

import numpy as np

from spoils.geometry.contour import Contour, FloatArray, LocalFrame, crossings, inside_lengths
from spoils.geometry.frames import corners

__all__ = ["body_lengths_mm", "canal_chord", "disc_lengths_mm"]

_CENTRAL = (np.arange(161) + 0.5) / 161 * 0.8 + 0.1
"""Where the chords of a mean are taken: evenly over the central 80 % of the extent."""
_TILTS_DEG = np.arange(-45.0, 46.0, 1.5)


def disc_lengths_mm(contour: Contour, frame: LocalFrame) -> dict[str, float]:
    """Measure a disc's heights and widths as chords along the axes of its frame."""
    local = frame.to_frame(contour.points_mm)
    heights = _chords(local, np.concatenate((_CENTRAL, (0.1, 0.5, 0.9))))
    widths = _chords(local[:, ::-1], np.concatenate((_CENTRAL, (0.5,))))
    return {
        "height_mean_mm": float(heights[:-3].mean()),
        "height_anterior_mm": float(heights[-3]),
        "height_central_mm": float(heights[-2]),
        "height_posterior_mm": float(heights[-1]),
        "width_mean_mm": float(widths[:-1].mean()),
        "width_mid_mm": float(widths[-1]),
    }


def _chords(local: FloatArray, shares: FloatArray) -> FloatArray:
    """Return the chords that cross the extent of the first coordinate at ``shares`` of it."""
    low, high = local[:, 0].min(), local[:, 0].max()
    return inside_lengths(local, low + shares * (high - low))


def body_lengths_mm(contour: Contour, frame: LocalFrame) -> dict[str, float]:
    """Measure a body between its corners.

    Heights run from the superior to the inferior endplate at 10, 50 and 90 % of their length, from the anterior side;
    widths from the anterior to the posterior wall at 10, 50 and 90 % of theirs, from the superior side.
    """
    front_top, back_top, back_bottom, front_bottom = corners(contour, frame)
    heights = {"anterior": 0.1, "central": 0.5, "posterior": 0.9}
    widths = {"superior": 0.1, "mid": 0.5, "inferior": 0.9}
    found = {
        f"height_{name}_mm": _chord_along(
            contour, _between(front_top, back_top, share), _between(front_bottom, back_bottom, share)
        )
        for name, share in heights.items()
    }
    return found | {
        f"width_{name}_mm": _chord_along(
            contour, _between(front_top, front_bottom, share), _between(back_top, back_bottom, share)
        )
        for name, share in widths.items()
    }


def _between(start: FloatArray, end: FloatArray, share: float) -> FloatArray:
    return np.asarray(start + share * (end - start))


def _chord_along(contour: Contour, start: FloatArray, end: FloatArray) -> float:
    """Return how far apart the line through two points first enters and last leaves the contour.

    Between the spurs of a worn body the line may leave it in between, which must not shorten the body.
    """
    along = (end - start) / np.linalg.norm(end - start)
    met = crossings(LocalFrame(start, along).to_frame(contour.points_mm)[:, ::-1], 0.0)
    return float(np.ptp(met))


def canal_chord(canal: Contour, disc: LocalFrame) -> FloatArray | None:
    """Return the ends ``(2, 2)`` of the shortest chord across the canal behind a disc, anterior end first.

    It passes the point halfway through the canal on the disc's mid-height line; the shortest of the chords there is the
    one normal to the canal's axis. None where the canal does not reach behind the disc.
    """
    walls = np.sort(crossings(disc.to_frame(canal.points_mm)[:, ::-1], 0.0))
    behind = walls[walls > 0]
    if len(behind) < 2:
        return None
    middle = disc.to_slice((behind[:2].mean(), 0.0))
    angles = np.arctan2(disc.posterior[1], disc.posterior[0]) + np.radians(_TILTS_DEG)
    chords = [canal.chord_through(middle, np.array((np.cos(a), np.sin(a)))) for a in angles]
    ends = [np.array(chord) for chord in chords if chord is not None]
    return min(ends, key=lambda pair: float(np.linalg.norm(pair[1] - pair[0])), default=None)
