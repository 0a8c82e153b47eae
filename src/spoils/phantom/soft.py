"""What surrounds the spine: skin and fat, muscle, posterior elements, vessels and bowel. None of it has a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from spoils.phantom.canvas import Canvas
from spoils.phantom.outline import inset
from spoils.phantom.section import Section
from spoils.phantom.sizes import MUSCLE_SIGNAL

if TYPE_CHECKING:
    from spoils.phantom.scene import Look

__all__ = ["paint_soft_tissue"]

FloatArray = npt.NDArray[np.float64]


def paint_soft_tissue(canvas: Canvas, section: Section, look: Look) -> None:
    """Paint everything behind and before the spine."""
    rng = look.rng(3)
    wall, front = _walls(section)
    behind = wall + np.stack((np.full(len(wall), rng.uniform(46, 54)), np.zeros(len(wall))), axis=1)
    behind = gaussian_filter1d(behind, 30.0, axis=0, mode="nearest")
    skin = behind + np.array((rng.uniform(6, 40), 0.0))
    belly = -rng.uniform(95, 165) + 12 * np.sin(np.linspace(0, 3.0, len(wall)))
    belly_wall = np.stack((belly, wall[:, 1]), axis=1)
    fat = look.fat * (1.0 + 0.05 * look.fine + 0.06 * look.coarse)
    canvas.fill(_between(belly_wall, skin), fat)
    mottle = 1.0 + 0.22 * look.medium + 0.35 * look.coarse + 0.08 * look.fine
    deep = np.clip(rng.uniform(0.12, 0.65) * mottle, 0.03, 1.0)
    canvas.fill(_between(belly_wall + np.array((rng.uniform(10, 35), 0)), behind), deep * (0.6 + 0.5 * look.fat))
    _paint_bowel(canvas, look, rng, float(belly.mean()))
    for reach in (12.0, 8.0, 5.0):
        canvas.fill(_between(front - np.array((reach, 0.0)), front), 0.6 * fat, 0.35)
    _paint_vessel(canvas, front, section.lateral_mm, rng)
    _paint_back(canvas, section, look, wall, behind)


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


def _paint_bowel(canvas: Canvas, look: Look, rng: np.random.Generator, belly: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    for _ in range(22):
        centre = np.array((rng.uniform(belly + 25, -62), rng.uniform(-190, 170)))
        radius = rng.uniform(5, 17) * (1 + 0.18 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.1 * np.cos(3 * angle))
        stretch = rng.uniform(0.7, 1.7)
        blob = centre + np.stack((radius * np.cos(angle), stretch * radius * np.sin(angle)), axis=1)
        signal = rng.choice((0.03, 0.12, 0.3, 0.55, 0.8))
        opacity = rng.uniform(0.15, 0.5)
        for grown in (1.5, 0.0, -1.5):
            canvas.fill(inset(blob, grown), np.maximum(signal * (1 + 0.25 * look.medium), 0.02), opacity)


def _paint_vessel(canvas: Canvas, front: FloatArray, lateral_mm: float, rng: np.random.Generator) -> None:
    """Paint the aorta or the caval vein: a dark band before the bodies down to L4."""
    calibre = rng.uniform(13, 18) * np.exp(-(((abs(lateral_mm) - 6.0) / 14.0) ** 2))
    shown = front[front[:, 1] < 38.0]
    calibre = calibre * np.clip((38.0 - shown[:, 1:]) / 40.0, 0.05, 1.0) ** 0.5
    near = gaussian_filter1d(shown, 20.0, axis=0, mode="nearest") - np.array((6.0, 0.0))
    canvas.fill(_between(near - calibre * np.array((1.0, 0.0)), near), 0.05, 0.9)


def _paint_back(canvas: Canvas, section: Section, look: Look, wall: FloatArray, behind: FloatArray) -> None:
    """Paint the muscle or interspinous tissue, the spinous processes or laminae, and the fat behind the sac."""
    rng = look.rng(4)
    off_mid = min(abs(section.lateral_mm) / 8.0, 1.0)
    streaks = np.clip(0.5 * look.medium + 0.4 * look.fine, -1, 2)
    tissue = MUSCLE_SIGNAL + (rng.uniform(0.12, 0.4) - 0.08 * off_mid) * look.fat * (1 + 0.9 * streaks)
    canvas.fill(_between(wall, behind), np.clip(tissue, 0.03, 0.9))
    canvas.fill(_between(wall, wall + np.array((21.0, 0.0))), np.clip(0.35 * look.fat * (1 + 0.4 * streaks), 0.03, 1))
    bodies = section.chain.bodies
    for i, body in enumerate(bodies[:-4]):
        variation = rng.uniform(0.85, 1.15, 3)
        canal = section.chain.discs[i].size.canal_ap_mm * section.chain.scale
        root = body.posterior_inferior + (canal + 4.5) * body.backward
        down = body.posterior_inferior - body.posterior_superior
        down = down / np.linalg.norm(down)
        pad = root + 6.0 * down
        size = 1.0 if not body.name.startswith("S") else 0.55
        fat_pad = np.stack(
            (pad - 6.5 * down - 2.0 * body.backward, pad + 4.5 * body.backward, pad + 6.5 * down - 2.0 * body.backward)
        )
        canvas.fill(fat_pad, look.fat * 0.95)
        process = _process(root, body.backward, down, variation * size, max(1.0 - 0.75 * off_mid, 0.3))
        canvas.fill(inset(process, -0.7), 0.06, 0.8)
        canvas.fill(process, np.maximum(look.marrow * (1.1 + 0.15 * look.medium + 0.1 * look.fine), 0.05))


def _process(root: FloatArray, back: FloatArray, down: FloatArray, variation: FloatArray, reach: float) -> FloatArray:
    """Return a spinous process: a blunt quadrangle behind the canal that hangs a little."""
    length, height, droop = 27.0 * variation[0] * reach, 9.5 * variation[1], 5.0 * variation[2]
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    square = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    square = np.sign(square) * np.abs(square) ** 0.55
    along = (square[:, :1] + 1) / 2
    tall = height * (0.62 + 0.38 * along)
    reached = root - 3.0 * down + along * (length * back + droop * down)
    return np.asarray(reached + square[:, 1:] * tall * down)
