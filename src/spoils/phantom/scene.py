"""One slice as a T2 scan shows it: soft tissue, posterior elements, bodies, discs, sac; relative to CSF = 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from spoils.anatomy import DISCS
from spoils.phantom.appearance import Appearance
from spoils.phantom.column import paint_column
from spoils.phantom.contour import inset
from spoils.phantom.painting import Canvas, View
from spoils.phantom.sac import Sac
from spoils.phantom.section import Section
from spoils.phantom.sizes import CORD_SIGNAL
from spoils.phantom.soft import paint_soft_tissue
from spoils.phantom.tissue import CSF_SIGNAL

__all__ = ["paint_section"]

FloatArray = npt.NDArray[np.float64]

_ROOTS = 9


def paint_section(section: Section, view: View, appearance: Appearance) -> FloatArray:
    """Return the noise-free signal of a section, ``(rows, columns)``."""
    canvas = Canvas(view)
    paint_soft_tissue(canvas, section, appearance)
    paint_column(canvas, section, appearance)
    if section.sac is not None:
        _paint_sac(canvas, section.sac, appearance)
    return np.asarray(
        gaussian_filter(canvas.pixels, appearance.blur_mm / view.spacing_mm, mode="nearest", truncate=3.0)
    )


def _paint_sac(canvas: Canvas, sac: Sac, appearance: Appearance) -> None:
    canvas.fill(inset(sac.polygon, -0.6), 0.08, 0.8)
    canvas.fill(sac.polygon, CSF_SIGNAL)
    canvas.shade(sac.polygon, appearance.coarse, 0.04)
    conus = sac.stations[DISCS[1]] - 20
    width = np.linalg.norm(sac.posterior - sac.anterior, axis=1)
    at = np.arange(conus + 1)
    thickness = 7.6 * np.clip((conus - at) / 70.0, 0.0, 1.0) ** 0.6
    half = np.minimum(0.5 * thickness / width[: conus + 1], 0.4)
    front, back = (sac.line(_padded(0.56 + sign * half, len(width)))[: conus + 1] for sign in (-1, 1))
    canvas.fill(np.concatenate((front, back[::-1])), CORD_SIGNAL)
    rng = appearance.rng(2)
    for root in range(_ROOTS):
        begin = int(conus * rng.uniform(0.75, 1.0))
        end = int(rng.uniform(0.75, 0.98) * len(width))
        run = np.linspace(0.0, 1.0, end - begin)
        target = 0.97 - 0.5 * (root / _ROOTS) * run
        share = 0.6 + (target - 0.6) * np.clip(run * 3.5, 0.0, 1.0) + 0.03 * np.sin(run * rng.uniform(4, 12) + root)
        line = sac.line(_padded(share, len(width), begin))[begin:end]
        half_root = 0.45 * _normals(line)
        canvas.fill(np.concatenate((line - half_root, (line + half_root)[::-1])), 0.45, 0.4)


def _padded(values: FloatArray, n: int, begin: int = 0) -> FloatArray:
    padded = np.full(n, 0.5)
    padded[begin : begin + len(values)] = values
    return padded


def _normals(line: FloatArray) -> FloatArray:
    """Return the unit normals ``(n, 2)`` of a line that runs downward, pointing backward."""
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.stack((along[:, 1], -along[:, 0]), axis=1)
