"""What the seed decides about an image, and what the scanner adds to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.phantom.painting import Texture, View
from spoils.phantom.spec import PhantomSpec

__all__ = ["CSF_UNITS", "Appearance", "scanned"]

FloatArray = npt.NDArray[np.float64]

CSF_UNITS = 1000.0
"""Pixel value of CSF before the coil's uneven sensitivity."""


@dataclass(frozen=True)
class Appearance:
    """Signal of marrow and fat relative to CSF, blur (standard deviation), and textures of the slice's shape."""

    marrow: float
    fat: float
    blur_mm: float
    fine: FloatArray
    medium: FloatArray
    coarse: FloatArray
    seed: int

    @classmethod
    def of(cls, spec: PhantomSpec, view: View) -> Appearance:
        """Draw the appearance of ``spec`` at random, by its seed."""
        rng = np.random.default_rng((spec.seed, 1))
        texture = Texture(view, rng)
        return cls(
            float(rng.uniform(0.24, 0.6)),
            float(rng.uniform(0.45, 0.97)),
            float(rng.uniform(0.2, 0.45)),
            texture.field(1.6),
            texture.field(5.0),
            texture.field(24.0),
            spec.seed,
        )

    def rng(self, topic: int) -> np.random.Generator:
        """Return the random numbers of one topic of the image."""
        return np.random.default_rng((self.seed, 2, topic))


def scanned(signal: FloatArray, spec: PhantomSpec, index: int) -> npt.NDArray[np.float32]:
    """Return slice ``index`` as the scanner gives it: a coil that fades to the front, and magnitude noise."""
    rng = np.random.default_rng((spec.seed, 6, index))
    noise = rng.standard_normal((2, spec.rows, spec.columns), dtype=np.float32) * spec.noise_sd
    return np.asarray(CSF_UNITS * np.hypot(signal * _coil(spec) + noise[0], noise[1]), dtype=np.float32)


def _coil(spec: PhantomSpec) -> FloatArray:
    """Return the sensitivity of a surface coil behind the patient, and of the band that saturates the abdomen."""
    rng = np.random.default_rng((spec.seed, 5))
    down_mm = (np.arange(spec.rows)[:, None] - spec.rows / 2) * spec.spacing_mm - rng.uniform(-40, 40)
    front_mm = (spec.columns / 2 - np.arange(spec.columns)[None, :]) * spec.spacing_mm + spec.shift_posterior_mm
    fading = rng.uniform(0.5, 1.2) * front_mm / 60.0 + 0.5 * (down_mm / 130.0) ** 2
    band = rng.uniform(0.0, 0.9) / (1.0 + np.exp(-np.clip((front_mm - rng.uniform(35, 60)) / 4.0, -30, 30)))
    return np.asarray(np.exp(-spec.bias_strength * fading) * (1.0 - band * (spec.bias_strength > 0)))
