"""Features of a disc relative to the margins of its two bodies: listhesis, protrusion, and the canal behind it.

Spondylolisthesis makes a step from wall to wall; a bulging or herniated disc reaches beyond the line between them, and
what lies behind that line is then dark, or narrow. Lengths are shares of the width of the endplate below, those of the
canal of the width of the disc.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import CANAL, bodies_beside
from spoils.geometry import LocalFrame, SliceContours, inside_lengths
from spoils.grading.endplates import endplate_frame, signal_at

__all__ = ["WALL_FEATURES", "walls_of"]

FloatArray = npt.NDArray[np.float64]

WALL_FEATURES: tuple[str, ...] = (
    "wall_step",
    "wedge_angle",
    "front_beyond_walls",
    "back_beyond_walls",
    "back_area_beyond_walls",
    "behind_signal",
    "behind_signal_near",
    "behind_dark_share",
    "canal_narrowest_over_rest",
    "canal_narrowest_over_width",
    "canal_near_over_rest",
)
"""``wall_step`` is negative where the upper body lies forward; ``wedge_angle`` is in radians, negative where the disc
is open in front; signal behind the walls is in units of CSF. A canal that ends beside the disc counts as narrow:
where it is squeezed shut, its contour ends."""

_REACHES = np.linspace(0.0, 0.35, 61)
_DEPTHS = np.linspace(0.03, 0.2, 7)
"""Where it is looked behind the line between the walls, in widths; the first three count as near."""
_NEAR = 3
_ALONG = np.linspace(-0.3, 1.3, 15)
"""And where along that line: 0 at the upper body's corner, 1 at the lower one's."""
_DARK = 0.4
"""Share of CSF signal below which what lies behind a disc is not CSF."""
_HEIGHTS = np.linspace(-0.4, 0.4, 57)
"""Heights at which the canal is measured, in widths of the disc: near it, and away from it."""
_AT_DISC = np.abs(_HEIGHTS) <= 0.17
_AWAY = np.abs(_HEIGHTS) > 0.23


@dataclass(frozen=True, eq=False)
class _Wall:
    """The line from the ``upper`` body's corner to the ``lower`` one's ``(2,)``, and its frame.

    That frame begins at the upper corner, and its ``posterior`` is at right angles to the line, away from the disc.
    """

    upper_mm: FloatArray
    lower_mm: FloatArray
    outward: float

    @property
    def frame(self) -> LocalFrame:
        down = (self.lower_mm - self.upper_mm) / max(float(np.linalg.norm(self.lower_mm - self.upper_mm)), 1e-6)
        return LocalFrame(self.upper_mm, self.outward * np.array((down[1], -down[0])))


def walls_of(contours: SliceContours, level: str, csf: float) -> dict[str, float]:
    """Return ``WALL_FEATURES`` at a disc; NaN where a structure is missing or cut.

    Args:
        contours: of the slice.
        level: the disc.
        csf: the signal that counts as one.
    """
    found = dict.fromkeys(WALL_FEATURES, math.nan)
    if contours.problem_with(level):
        return found
    found |= _canal(contours, level)
    above, below = bodies_beside(level)
    if above is None or any(contours.problem_with(body) for body in (above, below)):
        return found
    upper, upper_mm = endplate_frame(contours.by_name[above], contours.frames[above], inferior=True)
    lower, lower_mm = endplate_frame(contours.by_name[below], contours.frames[below], inferior=False)
    front = _Wall(upper.origin_mm, lower.origin_mm, -1.0)
    back = _Wall(upper.origin_mm + upper_mm * upper.posterior, lower.origin_mm + lower_mm * lower.posterior, 1.0)
    contour_mm = contours.by_name[level].points_mm
    in_front, behind = (wall.frame.to_frame(contour_mm) / lower_mm for wall in (front, back))
    steps = [(wall.upper_mm - wall.lower_mm) @ lower.posterior / lower_mm for wall in (front, back)]
    return (
        found
        | {
            "wall_step": float(np.mean(steps)),
            "wedge_angle": math.atan2(lower.superior @ upper.posterior, lower.posterior @ upper.posterior),
            "front_beyond_walls": float(in_front[:, 0].max()),
            "back_beyond_walls": float(behind[:, 0].max()),
            "back_area_beyond_walls": float(np.trapezoid(inside_lengths(behind, _REACHES), _REACHES)),
        }
        | _signal_behind(contours, back, lower_mm, csf)
    )


def _signal_behind(contours: SliceContours, wall: _Wall, width_mm: float, csf: float) -> dict[str, float]:
    if contours.pixels is None:
        return {}
    out = wall.frame.posterior * (width_mm * _DEPTHS)[:, None, None]
    along = (wall.lower_mm - wall.upper_mm) * _ALONG[:, None]
    signal = signal_at(contours, wall.upper_mm + out + along) / csf
    return {
        "behind_signal": float(signal.mean()),
        "behind_signal_near": float(signal[:_NEAR].mean()),
        "behind_dark_share": float((signal < _DARK).mean()),
    }


def _canal(contours: SliceContours, level: str) -> dict[str, float]:
    canal = contours.by_name.get(CANAL)
    if canal is None:
        return {}
    disc = contours.frames[level]
    width_mm = float(np.ptp(disc.to_frame(contours.by_name[level].points_mm)[:, 0]))
    across = inside_lengths(disc.to_frame(canal.points_mm)[:, ::-1] / width_mm, _HEIGHTS)
    at_disc, away = across[_AT_DISC & (across > 0)], across[_AWAY & (across > 0)]
    if not at_disc.size or not away.size:
        return {}
    return {
        "canal_narrowest_over_rest": float(at_disc.min() / away.mean()),
        "canal_narrowest_over_width": float(at_disc.min()),
        "canal_near_over_rest": float(at_disc.mean() / away.mean()),
    }
