"""The bodies and discs of a section under the brush."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from spoils.phantom.appearance import Appearance
from spoils.phantom.contour import BodyContour, inset
from spoils.phantom.painting import Canvas
from spoils.phantom.section import Section
from spoils.phantom.tissue import disc_signal

__all__ = ["paint_column"]

FloatArray = npt.NDArray[np.float64]

_RIM_MM = 0.8
_RIM_SIGNAL = 0.05
_LIGAMENT_MM = 1.3
_ENDPLATE_CHANGE_SHARE = 0.45
"""How often marrow beside a disc of grade 4 or 5 is changed (fatty or swollen: brighter; sclerotic: darker)."""


def paint_column(canvas: Canvas, section: Section, appearance: Appearance) -> None:
    """Paint every disc with its ligament, then every body with its dark rim, marrow and vein."""
    rng = appearance.rng(1)
    mottle = 0.05 * appearance.fine + 0.07 * appearance.medium + 0.05 * appearance.coarse
    grades = {traits.size.name: traits.grade for traits in section.chain.discs}
    for name, disc in section.discs.items():
        canvas.fill(inset(disc.polygon, -_LIGAMENT_MM), 0.06)
        canvas.fill(disc.polygon, partial(disc_signal, disc, grades[name]))
        canvas.shade(disc.polygon, mottle, 1.4)
    for index, body in enumerate(section.chain.bodies):
        brightness = appearance.marrow * (1.0 + 0.06 * rng.standard_normal())
        change = rng.choice((0.5, 1.35, 1.6), 2), rng.random(2) < _ENDPLATE_CHANGE_SHARE, rng.uniform(3, 9, 2)
        contour = section.bodies.get(body.name)
        if contour is None:
            continue
        canvas.fill(inset(contour.polygon, -0.5), _RIM_SIGNAL, 0.6)
        canvas.fill(contour.polygon, _RIM_SIGNAL)
        marrow = inset(contour.polygon, _RIM_MM)
        canvas.fill(marrow, brightness)
        worn = [section.chain.discs[i].grade >= 4 for i in (max(index - 1, 0), min(index, len(grades) - 1))]
        if not body.name.startswith(("S", "C")):
            for side, factor, present, depth_mm in zip((0, 1), *change, strict=True):
                if present and worn[side]:
                    canvas.fill(_beside_endplate(contour, side, depth_mm), brightness * factor, 0.7)
            if abs(section.lateral_mm) < 5.0:
                canvas.fill(_vein(section, index), 0.5 + 0.5 * appearance.marrow, 0.75)
        canvas.shade(marrow, mottle, 1.0)


def _beside_endplate(contour: BodyContour, side: int, depth_mm: float) -> FloatArray:
    """Return a lens of marrow below the upper (side 0) or above the lower endplate (side 1)."""
    plate = contour.inferior if side else contour.superior
    across = plate[-1] - plate[0]
    inward = np.array((-across[1], across[0])) / np.linalg.norm(across) * (-1 if side else 1)
    share = np.linspace(0, 1, len(plate))[:, None]
    near = plate + _RIM_MM * inward
    return np.concatenate((near, (near + inward * depth_mm * np.sin(np.pi * share) ** 0.7)[::-1]))


def _vein(section: Section, index: int) -> FloatArray:
    """Return the basivertebral vein: a wedge from the middle of the posterior wall into the body."""
    body = section.chain.bodies[index]
    wall = (body.posterior_superior + body.posterior_inferior) / 2 - 1.2 * body.backward
    down = body.posterior_inferior - body.posterior_superior
    down = down / np.linalg.norm(down)
    tip = wall - 9.0 * body.backward
    return np.stack((wall - 1.7 * down, tip - 0.4 * down, tip + 0.4 * down, wall + 1.7 * down))
