"""What lies behind the bodies: muscle, spinous processes or laminae, pedicles and nerve root foramina."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spoils.phantom.appearance import Appearance
from spoils.phantom.chain import Body
from spoils.phantom.contour import inset
from spoils.phantom.painting import Canvas
from spoils.phantom.section import Section
from spoils.phantom.sizes import MUSCLE_SIGNAL

__all__ = ["paint_back"]

FloatArray = npt.NDArray[np.float64]

_CANAL_EDGE_MM = 10.0
_PEDICLE_EDGE_MM = 19.0


def paint_back(canvas: Canvas, section: Section, appearance: Appearance, wall: FloatArray, behind: FloatArray) -> None:
    """Paint what fills the room between ``wall``, the back of the column, and ``behind``, the fascia; each (n, 2)."""
    rng = appearance.rng(4)
    off_mid = min(abs(section.lateral_mm) / 8.0, 1.0)
    streaks = np.clip(0.5 * appearance.medium + 0.4 * appearance.fine, -1, 2)
    fat = rng.uniform(0.12, 0.4) * (1.0 - 0.3 * off_mid) * appearance.fat
    canvas.fill(_between(wall, behind), np.maximum(MUSCLE_SIGNAL + fat * (1 + 0.9 * streaks), 0.03))
    near = wall + np.array((21.0, 0.0))
    canvas.fill(_between(wall, near), np.maximum(0.35 * appearance.fat * (1 + 0.4 * streaks), 0.03))
    for i, body in enumerate(section.chain.bodies[:-4]):
        canal_mm = section.chain.discs[i].size.canal_ap_mm * section.chain.scale
        small = 0.55 if body.name.startswith("S") else 1.0
        variation = rng.uniform(0.85, 1.15, 3) * small * np.array((max(1.0 - 0.75 * off_mid, 0.3), 1.0, 1.0))
        if _CANAL_EDGE_MM < abs(section.lateral_mm) < _PEDICLE_EDGE_MM:
            _paint_foramen(canvas, body, appearance, section.chain.scale)
        _paint_process(canvas, body, canal_mm, variation, appearance)


def _between(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.concatenate((first, second[::-1]))


def _down(body: Body) -> FloatArray:
    wall = body.posterior_inferior - body.posterior_superior
    return np.asarray(wall / np.linalg.norm(wall))


def _paint_process(canvas: Canvas, body: Body, canal_mm: float, variation: FloatArray, appearance: Appearance) -> None:
    """Paint the spinous process, or the lamina beside the midline, with the fat pad between it and the sac."""
    back, down = body.backward, _down(body)
    root = body.posterior_inferior + (canal_mm + 4.5) * back
    pad = root + 6.0 * down
    corners = (pad - 6.5 * down - 2.0 * back, pad + 4.5 * back, pad + 6.5 * down - 2.0 * back)
    if not body.name.startswith("S"):
        canvas.fill(np.stack(corners), appearance.fat * 0.95)
    length, height, droop = 27.0 * variation[0], 9.5 * variation[1], 5.0 * variation[2]
    square = _superellipse(0.55)
    along = (square[:, :1] + 1) / 2
    middle = root - 3.0 * down + along * (length * back + droop * down)
    process = middle + square[:, 1:] * height * (0.62 + 0.38 * along) * down
    _paint_bone(canvas, process, appearance)


def _paint_foramen(canvas: Canvas, body: Body, appearance: Appearance, scale: float) -> None:
    """Paint a pedicle with the joint behind it, and below it the foramen: fat around a nerve root."""
    back, down = body.backward, _down(body)
    height = float(np.linalg.norm(body.posterior_inferior - body.posterior_superior))
    middle = body.posterior_superior + 0.33 * height * down
    round_ = _superellipse(1.0)
    foramen = middle + (0.72 * height) * down + 6.5 * scale * back
    canvas.fill(foramen + scale * (round_[:, :1] * 5.5 * back + round_[:, 1:] * 9.0 * down), appearance.fat * 0.9)
    root = foramen - 3.0 * scale * down - 0.5 * back
    canvas.fill(root + scale * (round_[:, :1] * 2.1 * back + round_[:, 1:] * 2.6 * down), 0.3)
    square = _superellipse(0.6)
    joint = middle + 16.0 * scale * back + 0.55 * height * down
    _paint_bone(canvas, joint + scale * (square[:, :1] * 5.5 * back + square[:, 1:] * 0.75 * height * down), appearance)
    pedicle = middle + 6.0 * scale * back
    _paint_bone(
        canvas, pedicle + scale * (square[:, :1] * 9.0 * back + square[:, 1:] * 0.24 * height * down), appearance
    )


def _paint_bone(canvas: Canvas, contour: FloatArray, appearance: Appearance) -> None:
    canvas.fill(inset(contour, -0.7), 0.06, 0.8)
    canvas.fill(contour, appearance.marrow * 1.1)
    canvas.shade(contour, appearance.medium, 0.15)


def _superellipse(power: float) -> FloatArray:
    """Return a closed curve within the unit square, ``(n, 2)``: a circle at power 1, squarer below."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    return np.asarray(np.sign(circle) * np.abs(circle) ** power)
