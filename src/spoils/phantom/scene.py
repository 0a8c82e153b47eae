"""One slice as a T2 scan shows it: soft tissue, posterior elements, bodies, discs, sac; relative to CSF = 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from spoils.phantom.canvas import Canvas, Texture
from spoils.phantom.outline import inset
from spoils.phantom.sac import Sac
from spoils.phantom.section import Section
from spoils.phantom.sizes import CORD_SIGNAL
from spoils.phantom.soft import paint_soft_tissue
from spoils.phantom.spec import PhantomSpec
from spoils.phantom.tissue import CSF_SIGNAL, disc_signal
from spoils.phantom.view import View

__all__ = ["Look", "paint_section"]

FloatArray = npt.NDArray[np.float64]

_RIM_MM = 0.8
_RIM_SIGNAL = 0.05
_ROOTS = 9


@dataclass(frozen=True)
class Look:
    """What the seed decides about a picture: marrow, fat, sharpness, and textures of the slice's shape."""

    marrow: float
    fat: float
    blur_mm: float
    fine: FloatArray
    medium: FloatArray
    coarse: FloatArray
    seed: int

    @classmethod
    def of(cls, spec: PhantomSpec, view: View) -> Look:
        """Draw the look of ``spec``."""
        rng = np.random.default_rng((spec.seed, 1))
        texture = Texture(view, rng)
        return cls(
            float(rng.uniform(0.22, 0.55)),
            float(rng.uniform(0.45, 0.97)),
            float(rng.uniform(0.2, 0.45)),
            texture.field(1.6),
            texture.field(5.0),
            texture.field(24.0),
            spec.seed,
        )

    def rng(self, topic: int) -> np.random.Generator:
        """Return the random numbers of one topic of the picture."""
        return np.random.default_rng((self.seed, 2, topic))


def paint_section(section: Section, view: View, look: Look) -> FloatArray:
    """Return the noise-free signal of a section, ``(rows, columns)``."""
    canvas = Canvas(view)
    paint_soft_tissue(canvas, section, look)
    _paint_column(canvas, section, look)
    if section.sac is not None:
        _paint_sac(canvas, section.sac, look)
    return np.asarray(gaussian_filter(canvas.pixels, look.blur_mm / view.spacing_mm, mode="nearest", truncate=3.0))


def _paint_column(canvas: Canvas, section: Section, look: Look) -> None:
    rng = look.rng(1)
    mottle = 0.05 * look.fine + 0.07 * look.medium + 0.05 * look.coarse
    for name, disc in section.discs.items():
        traits = next(d for d in section.chain.discs if d.size.name == name)
        ligament = inset(disc.polygon, -1.3)
        canvas.fill(ligament, 0.06)
        canvas.fill(disc.polygon, partial(disc_signal, disc, traits.grade))
        canvas.shade(disc.polygon, mottle, 1.4)
    for name, body in section.bodies.items():
        brightness = look.marrow * (1.0 + 0.06 * rng.standard_normal())
        canvas.fill(inset(body.polygon, -0.5), _RIM_SIGNAL, 0.6)
        canvas.fill(body.polygon, _RIM_SIGNAL)
        marrow = inset(body.polygon, _RIM_MM)
        canvas.fill(marrow, brightness)
        canvas.shade(marrow, mottle, 1.0)
        if not name.startswith("S") and abs(section.lateral_mm) < 5.0:
            canvas.fill(_vein(body.polygon, section, name), 0.5 + 0.5 * look.marrow, 0.75)


def _vein(polygon: FloatArray, section: Section, name: str) -> FloatArray:
    """Return the basivertebral vein: a wedge from the middle of the posterior wall into the body."""
    body = section.chain.bodies[section.chain.index(name)]
    wall = (body.posterior_superior + body.posterior_inferior) / 2 - 1.2 * body.backward
    down = (body.posterior_inferior - body.posterior_superior) / np.linalg.norm(
        body.posterior_inferior - body.posterior_superior
    )
    return np.stack(
        (
            wall - 1.7 * down,
            wall - 9.0 * body.backward - 0.4 * down,
            wall - 9.0 * body.backward + 0.4 * down,
            wall + 1.7 * down,
        )
    )


def _paint_sac(canvas: Canvas, sac: Sac, look: Look) -> None:
    canvas.fill(inset(sac.polygon, -0.6), 0.08, 0.8)
    canvas.fill(sac.polygon, CSF_SIGNAL)
    canvas.shade(sac.polygon, look.coarse, 0.04)
    conus = sac.stations["L1-L2"] - 20
    width = np.linalg.norm(sac.posterior - sac.anterior, axis=1)
    at = np.arange(conus + 1)
    thickness = 7.6 * np.clip((conus - at) / 70.0, 0.0, 1.0) ** 0.6
    half = np.minimum(0.5 * thickness / width[: conus + 1], 0.4)
    front, back = (sac.line(_padded(0.56 + sign * half, len(width)))[: conus + 1] for sign in (-1, 1))
    canvas.fill(np.concatenate((front, back[::-1])), CORD_SIGNAL)
    rng = look.rng(2)
    for root in range(_ROOTS):
        begin = int(conus * rng.uniform(0.75, 1.0))
        end = int(rng.uniform(0.75, 0.98) * len(width))
        run = np.linspace(0.0, 1.0, end - begin)
        target = 0.97 - 0.5 * (root / _ROOTS) * run
        share = 0.6 + (target - 0.6) * np.clip(run * 3.5, 0.0, 1.0) + 0.03 * np.sin(run * rng.uniform(4, 12) + root)
        line = sac.line(_padded(share, len(width), begin))[begin:end]
        half_root = 0.45 * sac_normals(line)
        canvas.fill(np.concatenate((line - half_root, (line + half_root)[::-1])), 0.45, 0.4)


def _padded(values: FloatArray, n: int, begin: int = 0) -> FloatArray:
    padded = np.full(n, 0.5)
    padded[begin : begin + len(values)] = values
    return padded


def sac_normals(line: FloatArray) -> FloatArray:
    """Return the unit normals ``(n, 2)`` of a line that runs downward, pointing backward."""
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.stack((along[:, 1], -along[:, 0]), axis=1)
