"""What the seed decides about a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.phantom.canvas import Texture
from spoils.phantom.spec import PhantomSpec
from spoils.phantom.view import View

__all__ = ["Appearance"]

FloatArray = npt.NDArray[np.float64]


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
        """Draw the look of ``spec``."""
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
        """Return the random numbers of one topic of the picture."""
        return np.random.default_rng((self.seed, 2, topic))
