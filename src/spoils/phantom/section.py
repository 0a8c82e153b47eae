"""Every labelled shape of one sagittal section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import CANAL, STRUCTURES, Kind, structure
from spoils.phantom.chain import Chain, build_chain
from spoils.phantom.contour import BodyContour, DiscContour, body_contour, disc_contour
from spoils.phantom.painting import View, inside
from spoils.phantom.sac import Sac, sac_at
from spoils.phantom.spec import PhantomSpec

__all__ = ["Section", "cut", "paint_labels"]


@dataclass(frozen=True, eq=False)
class Section:
    """The spine cut at ``lateral_mm`` to the left of the midline: contours by name, and the sac where it is met.

    ``bodies`` and ``discs`` also hold levels without a label, such as T11 or S1-S2.
    """

    lateral_mm: float
    chain: Chain
    bodies: dict[str, BodyContour]
    discs: dict[str, DiscContour]
    sac: Sac | None

    def polygon(self, name: str) -> npt.NDArray[np.float64] | None:
        """Return the contour ``(n, 2)`` in mm of the structure called ``name``; None where this section misses it."""
        kind = structure(name).kind
        if kind is Kind.CANAL:
            return self.sac.polygon if self.sac else None
        found = self.bodies.get(name) if kind is Kind.BODY else self.discs.get(name)
        return found.polygon if found else None


def cut(spec: PhantomSpec, lateral_mm: float) -> Section:
    """Cut the spine of ``spec`` at ``lateral_mm``."""
    chain = build_chain(spec)
    contours = [body_contour(chain, i, lateral_mm) for i in range(len(chain.bodies))]
    bodies = {b.name: o for b, o in zip(chain.bodies, contours, strict=True) if o is not None}
    discs = {}
    for i, disc in enumerate(chain.discs):
        upper, lower = contours[i], contours[i + 1]
        if upper is not None and lower is not None:
            discs[disc.size.name] = disc_contour(chain, i, upper, lower, lateral_mm)
    return Section(lateral_mm, chain, bodies, discs, sac_at(spec, chain, lateral_mm))


def paint_labels(section: Section, view: View) -> npt.NDArray[np.uint8]:
    """Return the label at each pixel centre, ``(rows, columns)``: sac, then discs, then bodies on top."""
    labels = np.zeros(view.shape, dtype=np.uint8)
    order = (CANAL, *(s.name for k in (Kind.DISC, Kind.BODY) for s in STRUCTURES if s.kind is k))
    for name in order:
        polygon = section.polygon(name)
        found = inside(view.to_pixels(polygon), view.shape) if polygon is not None else None
        if found is not None:
            window, mask = found
            labels[window][mask] = structure(name).label
    return labels
