"""What surrounds the spine: skin and fat, vessels and bowel. None of it has a label."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from spoils.phantom.appearance import Appearance
from spoils.phantom.contour import inset
from spoils.phantom.painting import Canvas
from spoils.phantom.posterior import paint_back
from spoils.phantom.section import Section
from spoils.phantom.sizes import MUSCLE_SIGNAL

__all__ = ["paint_soft_tissue"]

FloatArray = npt.NDArray[np.float64]


def paint_soft_tissue(canvas: Canvas, section: Section, appearance: Appearance) -> None:
    """Paint everything behind and before the spine."""
    rng = appearance.rng(3)
    wall, front = _walls(section)
    behind = wall + np.stack((np.full(len(wall), rng.uniform(46, 54)), np.zeros(len(wall))), axis=1)
    behind = gaussian_filter1d(behind, 30.0, axis=0, mode="nearest")
    skin = behind + np.array((rng.uniform(6, 40), 0.0))
    abdomen = -rng.uniform(95, 165) + 12 * np.sin(np.linspace(0, 3.0, len(wall)))
    abdominal_wall = np.stack((abdomen, wall[:, 1]), axis=1)
    fat = appearance.fat * (1.0 + 0.05 * appearance.fine + 0.06 * appearance.coarse)
    canvas.fill(_between(abdominal_wall, skin), fat)
    mottle = 1.0 + 0.22 * appearance.medium + 0.35 * appearance.coarse + 0.08 * appearance.fine
    deep = np.clip(rng.uniform(0.12, 0.65) * mottle, 0.03, 1.0)
    canvas.fill(
        _between(abdominal_wall + np.array((rng.uniform(10, 35), 0)), behind), deep * (0.6 + 0.5 * appearance.fat)
    )
    _paint_bowel(canvas, appearance, rng, float(abdomen.mean()))
    for reach in (12.0, 8.0, 5.0):
        canvas.fill(_between(front - np.array((reach, 0.0)), front), 0.6 * fat, 0.35)
    _paint_vessel(canvas, front, section.lateral_mm, rng)
    canvas.fill(_between(front + np.array((4.0, 0.0)), wall), MUSCLE_SIGNAL * 1.4)
    paint_back(canvas, section, appearance, wall, behind)


def _walls(section: Section) -> tuple[FloatArray, FloatArray]:
    """Return posterior and anterior wall of the column, cranial to caudal, at even heights and far beyond its ends."""
    bodies = section.chain.bodies
    back = np.array([p for b in bodies for p in (b.posterior_superior, b.posterior_inferior)])
    front = np.array([p for b in bodies for p in (b.anterior_superior, b.anterior_inferior)])
    heights = np.arange(-400.0, 400.0, 1.0)
    lines = []
    for points in (back, front):
        order = np.maximum.accumulate(points[:, 1] + np.arange(len(points)) * 1e-6)
        across = gaussian_filter1d(np.interp(heights, order, points[:, 0]), 4.0, mode="nearest")
        lines.append(np.stack((across, heights), axis=1))
    return lines[0], lines[1]


def _between(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.concatenate((first, second[::-1]))


def _paint_bowel(canvas: Canvas, appearance: Appearance, rng: np.random.Generator, abdomen: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    for _ in range(14):
        centre = np.array((rng.uniform(abdomen + 25, -62), rng.uniform(-190, 170)))
        radius = rng.uniform(5, 17) * (1 + 0.18 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.1 * np.cos(3 * angle))
        stretch = rng.uniform(0.7, 1.7)
        blob = centre + np.stack((radius * np.cos(angle), stretch * radius * np.sin(angle)), axis=1)
        signal = rng.choice((0.03, 0.12, 0.3, 0.55, 0.8))
        opacity = rng.uniform(0.2, 0.65)
        for grown in (1.2, -1.2):
            canvas.fill(inset(blob, grown), signal, opacity)
        canvas.shade(blob, appearance.medium, 0.25)


def _paint_vessel(canvas: Canvas, front: FloatArray, lateral_mm: float, rng: np.random.Generator) -> None:
    """Paint the aorta or the caval vein: a dark band before the bodies down to L4."""
    calibre = rng.uniform(13, 18) * np.exp(-(((abs(lateral_mm) - 6.0) / 14.0) ** 2))
    shown = front[front[:, 1] < 38.0]
    calibre = calibre * np.clip((38.0 - shown[:, 1:]) / 40.0, 0.05, 1.0) ** 0.5
    near = gaussian_filter1d(shown, 20.0, axis=0, mode="nearest") - np.array((6.0, 0.0))
    canvas.fill(_between(near - calibre * np.array((1.0, 0.0)), near), 0.05, 0.9)
