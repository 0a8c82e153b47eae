"""Lobes of a disc that reach into a body.

Along an endplate the boundary of a disc changes slowly. A lobe rises from it steeply: a Schmorl's node, or bone that
was taken for disc because its signal is changed beside the endplate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoils.geometry.contour import FloatArray
from spoils.geometry.rims import DepthProfile

__all__ = ["Lobe", "LobeLimits", "find_lobe"]


@dataclass(frozen=True)
class LobeLimits:
    """What a boundary along an endplate may be like.

    Attributes:
        slope: by how much it may deepen along the endplate, mm per mm.
        excess_mm: how far it may reach beyond that between two flanks that keep to it.
        rim_excess_mm: the same at the end of the endplate, where there is but one flank and the rim is rounded.
        depth_mm: how far it may reach beyond the line between the corners of the rim, however slowly it deepens.
    """

    slope: float
    excess_mm: float
    rim_excess_mm: float
    depth_mm: float


@dataclass(frozen=True)
class Lobe:
    """A part of a disc that reaches further into a body than the boundary beside it.

    It lies between the positions ``start_mm`` and ``stop_mm`` along the endplate, where the boundary is
    ``start_depth_mm`` and ``stop_depth_mm`` deep. ``height_mm`` is how far it reaches beyond the line between these,
    ``area_mm2`` what it covers there. ``has_flanks`` says that the boundary keeps to the endplate on both sides of it.
    """

    start_mm: float
    stop_mm: float
    start_depth_mm: float
    stop_depth_mm: float
    height_mm: float
    area_mm2: float
    has_flanks: bool

    @property
    def width_mm(self) -> float:
        """Extent along the endplate."""
        return self.stop_mm - self.start_mm

    def line_mm(self, along_mm: FloatArray) -> FloatArray:
        """Return the depth ``(n,)`` of the straight line between the two ends of the lobe."""
        ends = (self.start_mm, self.stop_mm), (self.start_depth_mm, self.stop_depth_mm)
        return np.asarray(np.interp(along_mm, *ends))


def find_lobe(profile: DepthProfile, limits: LobeLimits, *, has_rim: bool = True) -> Lobe | None:
    """Return the lobe that reaches furthest beyond a plausible boundary; None where the boundary is plausible.

    Args:
        profile: of a disc along an endplate.
        limits: what is plausible.
        has_rim: whether depth is measured from the rim of this endplate; else no limit of depth holds.

    >>> along = np.linspace(0.0, 30.0, 61)
    >>> bump = np.where(np.abs(along - 15.0) <= 4.0, 5.0, 0.0)
    >>> lobe = find_lobe(DepthProfile(along, bump, bump - 8.0), LobeLimits(0.5, 2.0, 4.0, 6.0))
    >>> lobe.start_mm, lobe.stop_mm, lobe.height_mm, lobe.area_mm2, lobe.has_flanks
    (10.5, 19.5, 5.0, 42.5, True)
    """
    excess = profile.excess_mm(limits.slope)
    top, deepest = int(excess.argmax()), int(profile.depth_mm.argmax())
    apart = np.abs(profile.along_mm - profile.along_mm[top])
    foot_mm = float(profile.depth_mm[int((profile.depth_mm + limits.slope * apart).argmin())])
    # The middle of a wide lobe is flat, too, but deep.
    is_flank = (excess <= 0.0) & (profile.depth_mm <= (foot_mm + profile.depth_mm[top]) / 2)
    flanks = np.flatnonzero(is_flank)
    before, after = flanks[flanks < top], flanks[flanks > top]
    has_flanks = bool(before.size and after.size)
    if excess[top] > (limits.excess_mm if has_flanks else limits.rim_excess_mm):
        start, stop = int(before[-1]) if before.size else 0, int(after[0]) if after.size else len(excess) - 1
        return _lobe(profile, start, stop, None if has_flanks else profile.depth_mm - excess)
    if has_rim and profile.depth_mm[deepest] > limits.depth_mm:
        return _lobe(profile, 0, len(excess) - 1, np.zeros_like(excess))
    return None


def _lobe(profile: DepthProfile, start: int, stop: int, boundary_mm: FloatArray | None) -> Lobe:
    """Return the lobe between two positions, beyond a boundary ``(n,)`` or, without one, beyond its two flanks."""
    along, depth = profile.along_mm[start : stop + 1], profile.depth_mm[start : stop + 1]
    first, last = float(depth[0]), float(depth[-1])
    if boundary_mm is None:
        beyond = depth - np.interp(along, (along[0], along[-1]), (first, last))
    else:
        beyond = depth - boundary_mm[start : stop + 1]
        # The shallower end, or the rim, takes the place of the flank that is missing.
        first = last = min(first, last, 0.0)
    beyond = np.maximum(beyond, 0.0)
    area_mm2, has_flanks = float(np.trapezoid(beyond, along)), boundary_mm is None
    return Lobe(float(along[0]), float(along[-1]), first, last, float(beyond.max()), area_mm2, has_flanks)
