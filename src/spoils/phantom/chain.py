"""Where the bodies stand: a smooth chain of quadrilaterals in the patient's midsagittal plane.

The plane is ``(posterior, inferior)`` in mm, with the origin at the middle of L3's posterior wall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, DISCS
from spoils.phantom.sizes import (
    BODY_SIZES,
    DISC_SIZES,
    GRADE_HEIGHT_FACTORS,
    LUMBARISED_BODIES,
    LUMBARISED_DISC,
    SEX_FACTORS,
    BodySize,
    DiscSize,
)
from spoils.phantom.spec import PhantomSpec

__all__ = ["Body", "Chain", "DiscTraits", "build_chain"]

FloatArray = npt.NDArray[np.float64]

_ENDPLATE_CONCAVITY_MM = 1.5
_LEAST_CORNER_GAP_MM = 1.2
_LEAST_POSTERIOR_GAP_MM = 1.6
_CONCAVITY_BY_GRADE = {1: 1.0, 2: 1.0, 3: 0.85, 4: 0.6, 5: 0.35}


@dataclass(frozen=True)
class DiscTraits:
    """One disc's condition: values of the specification at this level, or a healthy disc's where it has none."""

    size: DiscSize
    grade: int
    height_factor: float
    bulge_mm: float
    herniation_mm: float
    listhesis_mm: float
    stenosis_mm: float
    paramedian_stenosis_mm: float
    osteophyte_mm: float

    @property
    def concavity_mm(self) -> float:
        """Depth of the two endplates that face the disc."""
        small = min(1.0, self.size.mean_height_mm / 9.0)
        return _ENDPLATE_CONCAVITY_MM * small * _CONCAVITY_BY_GRADE[self.grade]


@dataclass(frozen=True, eq=False)
class Body:
    """A body's corners before rounding: anterior and posterior, superior and inferior; each ``(2,)`` in mm.

    ``depression_mm`` is how much deeper than usual both endplates are at their middle.
    """

    name: str
    anterior_superior: FloatArray
    posterior_superior: FloatArray
    posterior_inferior: FloatArray
    anterior_inferior: FloatArray
    depression_mm: float = 0.0

    @property
    def backward(self) -> FloatArray:
        """Unit direction from the anterior to the posterior wall."""
        chord = self.posterior_superior + self.posterior_inferior - self.anterior_superior - self.anterior_inferior
        return np.asarray(chord / np.linalg.norm(chord))


@dataclass(frozen=True, eq=False)
class Chain:
    """Bodies cranial to caudal, and the disc below each but the last."""

    bodies: tuple[Body, ...]
    discs: tuple[DiscTraits, ...]
    scale: float

    def index(self, body: str) -> int:
        """Return the place of the body called ``body``."""
        return next(i for i, b in enumerate(self.bodies) if b.name == body)


def _traits(spec: PhantomSpec, size: DiscSize) -> DiscTraits:
    if size.name not in DISCS:
        grade = min(3, spec.grades[0]) if size.name.startswith("T") else 4
        if spec.lumbarised_s1 and size.name == LUMBARISED_DISC.name:
            size, grade = LUMBARISED_DISC, 2
        return DiscTraits(size, grade, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    i = DISCS.index(size.name)
    return DiscTraits(
        size,
        spec.grades[i],
        spec.disc_height_factors[i] * GRADE_HEIGHT_FACTORS[spec.grades[i]],
        spec.bulge_mm[i],
        spec.herniation_mm[i],
        spec.listhesis_mm[i],
        spec.stenosis_mm[i],
        spec.paramedian_stenosis_mm[i],
        spec.osteophyte_mm[i],
    )


def _size(spec: PhantomSpec, usual: BodySize) -> BodySize:
    """Return the size of a body with its wedge and loss of height."""
    if usual.name not in BODIES[:-1]:
        return usual
    i = BODIES.index(usual.name)
    return replace(
        usual,
        posterior_height_mm=usual.posterior_height_mm * spec.body_height_factors[i],
        wedge_deg=usual.wedge_deg + spec.body_wedge_deg[i],
    )


def _depression_mm(spec: PhantomSpec, body: str) -> float:
    return spec.body_depression_mm[BODIES.index(body)] if body in BODIES[:-1] else 0.0


def _backward(tilt_deg: float) -> FloatArray:
    """Posterior direction of an endplate whose anterior edge hangs ``tilt_deg`` below the horizontal."""
    angle = math.radians(tilt_deg)
    return np.array((math.cos(angle), -math.sin(angle)))


def _upward(tilt_deg: float) -> FloatArray:
    angle = math.radians(tilt_deg)
    return np.array((-math.sin(angle), -math.cos(angle)))


def _posterior_gap_and_wedge(disc: DiscTraits, depth_mm: float, scale: float, wedge_deg: float) -> tuple[float, float]:
    """Return the gap between the posterior corners (mm) and the wedge (degrees) that leave the disc its mean height."""
    mean_mm = disc.size.mean_height_mm * disc.height_factor * scale - 4.0 / 3.0 * disc.concavity_mm
    corner_mm = max(mean_mm, _LEAST_CORNER_GAP_MM)
    least_mm = min(_LEAST_POSTERIOR_GAP_MM, 0.8 * corner_mm)
    widest_deg = math.degrees(2 * math.atan((corner_mm - least_mm) / depth_mm))
    wedge_deg = min(wedge_deg, widest_deg)
    return corner_mm - depth_mm * math.tan(math.radians(wedge_deg / 2)), wedge_deg


def build_chain(spec: PhantomSpec) -> Chain:
    """Build the chain of ``spec`` upward and downward from the endplate of S1."""
    sizes = [LUMBARISED_BODIES.get(size.name, size) if spec.lumbarised_s1 else size for size in BODY_SIZES]
    scale = SEX_FACTORS[spec.sex] * spec.size_factor
    discs = tuple(_traits(spec, size) for size in DISC_SIZES)
    sacrum = next(i for i, size in enumerate(BODY_SIZES) if size.name == BODIES[-1])
    bodies: dict[int, Body] = {}
    slope = 14.0 + 0.48 * spec.lordosis_deg
    corner, tilt = np.zeros(2), slope
    body_wedges = sum(BODY_SIZES[i].wedge_deg for i in range(sacrum - 5, sacrum))
    for i in range(sacrum - 1, -1, -1):
        size, disc = _size(spec, BODY_SIZES[i]), discs[i]
        wanted = (spec.lordosis_deg - body_wedges) * disc.size.lordosis_share + disc.size.wedge_deg
        gap, wedge = _posterior_gap_and_wedge(disc, size.inferior_depth_mm * scale, scale, wanted)
        corner = corner + gap * _upward(tilt - wedge / 2) - disc.listhesis_mm * _backward(tilt - wedge / 2)
        tilt -= wedge
        bodies[i] = replace(_body_above(size, corner, tilt, scale), depression_mm=_depression_mm(spec, size.name))
        corner, tilt = bodies[i].posterior_superior, tilt - size.wedge_deg
    corner, tilt = np.zeros(2), slope
    for i in range(sacrum, len(BODY_SIZES)):
        bodies[i] = _body_below(sizes[i], corner, tilt, scale)
        tilt += sizes[i].wedge_deg
        if i < len(discs):
            gap = discs[i].size.mean_height_mm * scale - 4.0 / 3.0 * discs[i].concavity_mm
            corner = bodies[i].posterior_inferior - max(gap, 0.8) * _upward(tilt)
    middle = bodies[sacrum - 3]
    origin = (middle.posterior_superior + middle.posterior_inferior) / 2
    return Chain(tuple(_moved(bodies[i], -origin) for i in range(len(BODY_SIZES))), discs, scale)


def _body_above(size: BodySize, posterior_inferior: FloatArray, tilt_deg: float, scale: float) -> Body:
    top_tilt = tilt_deg - size.wedge_deg
    top = posterior_inferior + size.posterior_height_mm * scale * _upward(tilt_deg - size.wedge_deg / 2)
    return Body(
        size.name,
        top - size.superior_depth_mm * scale * _backward(top_tilt),
        top,
        posterior_inferior,
        posterior_inferior - size.inferior_depth_mm * scale * _backward(tilt_deg),
    )


def _body_below(size: BodySize, posterior_superior: FloatArray, tilt_deg: float, scale: float) -> Body:
    low_tilt = tilt_deg + size.wedge_deg
    low = posterior_superior - size.posterior_height_mm * scale * _upward(tilt_deg + size.wedge_deg / 2)
    return Body(
        size.name,
        posterior_superior - size.superior_depth_mm * scale * _backward(tilt_deg),
        posterior_superior,
        low,
        low - size.inferior_depth_mm * scale * _backward(low_tilt),
    )


def _moved(body: Body, by_mm: FloatArray) -> Body:
    return replace(
        body,
        anterior_superior=body.anterior_superior + by_mm,
        posterior_superior=body.posterior_superior + by_mm,
        posterior_inferior=body.posterior_inferior + by_mm,
        anterior_inferior=body.anterior_inferior + by_mm,
    )
