"""The lobes of the discs of one slice: which there are, what becomes of each, and the slice without those cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS
from spoils.geometry import (
    EndplateEdge,
    Lobe,
    LobeLimits,
    RimLine,
    depth_profile,
    endplate_edge,
    find_lobe,
    rim_lines,
)
from spoils.messages import Message, message
from spoils.pipeline.outline_cut import SegmentedSlice
from spoils.segmentation import Limits

__all__ = ["FoundLobe", "Outcome", "without_lobes"]

_MOST_CUTS: Final = 3
"""So many lobes of a disc are cut; if one is left then, its outline is implausible."""


class Outcome(StrEnum):
    """What becomes of a lobe; the value is the code of its note."""

    CUT = "outline-cut"
    KEPT = "outline-beyond-endplate"
    IMPLAUSIBLE = "outline-implausible"


@dataclass(frozen=True, eq=False)
class FoundLobe:
    """A lobe of a disc, the endplate that it passes as the image shows it, and what becomes of the lobe."""

    disc: str
    endplate: RimLine
    lobe: Lobe
    edge: EndplateEdge
    outcome: Outcome

    @property
    def message(self) -> Message:
        """What its reader must know."""
        level, depth, body = self.disc, self.lobe.height_mm, self.endplate.body
        endplate = message("endplate-of-body", body=body) if body else message("endplate-of-upper-body")
        match self.outcome:
            case Outcome.CUT:
                return message("contour-cut", level=level, depth=depth, endplate=endplate)
            case Outcome.KEPT:
                return message("contour-beyond-endplate", level=level, depth=depth, endplate=endplate)
        return message("contour-without-endplate", level=level, depth=depth, endplate=endplate)


def without_lobes(
    plane: SegmentedSlice, pixels: npt.NDArray[np.float32], limits: Limits
) -> tuple[SegmentedSlice, list[FoundLobe]]:
    """Cut the lobes of one slice where the image shows the endplate; return the slice and all lobes found."""
    found: list[FoundLobe] = []
    for disc in (disc for disc in DISCS if disc in plane.coverage):
        for n_cuts in range(_MOST_CUTS + 1):
            lobes = list(_lobes(plane, pixels, disc, limits))
            to_cut = [lobe for lobe in lobes if lobe.outcome is Outcome.CUT]
            if not to_cut or n_cuts == _MOST_CUTS:
                found += [replace(lobe, outcome=Outcome.IMPLAUSIBLE) if lobe in to_cut else lobe for lobe in lobes]
                break
            plane = plane.cut(disc, to_cut[0].endplate, to_cut[0].edge)
            found.append(to_cut[0])
    return plane, found


def _lobes(plane: SegmentedSlice, pixels: npt.NDArray[np.float32], disc: str, limits: Limits) -> Iterator[FoundLobe]:
    """Yield the lobe of a disc at each of its endplates, if there is one, with what is to become of it."""
    contours = plane.contours
    if disc not in contours or contours[disc].is_cut:
        return
    area_mm2 = contours[disc].area_mm2
    plausible = LobeLimits(limits.endplate_slope, limits.lobe_mm, limits.rim_lobe_mm, limits.endplate_depth_mm)
    for endplate in rim_lines(contours, disc):
        profile = depth_profile(contours[disc], endplate, limits.endplate_rim)
        lobe = profile and find_lobe(profile, plausible, has_rim=endplate.has_rim)
        if profile and lobe:
            edge = endplate_edge(pixels, plane.spacing_mm, endplate, profile, lobe)
            yield FoundLobe(disc, endplate, lobe, edge, _outcome(lobe, edge, lobe.area_mm2 / area_mm2, limits))


def _outcome(lobe: Lobe, edge: EndplateEdge, share: float, limits: Limits) -> Outcome:
    around, across = edge.outline_strength, edge.strength
    is_around, is_across = around >= limits.lobe_edge, across >= limits.lobe_edge
    if lobe.has_flanks and is_across and (not is_around or across >= limits.lobe_edge_ratio * around):
        return Outcome.CUT
    return Outcome.KEPT if is_around and share <= limits.lobe_share else Outcome.IMPLAUSIBLE
