"""Signal of the labelled structures, relative to CSF = 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.phantom.contour import DiscContour
from spoils.phantom.sizes import ANNULUS_SIGNAL, NUCLEUS_SIGNAL

__all__ = ["CSF_SIGNAL", "disc_coordinates", "disc_signal"]

FloatArray = npt.NDArray[np.float64]

CSF_SIGNAL = 1.0


@dataclass(frozen=True)
class _Nucleus:
    """A grade's nucleus: half its length and height as shares of the disc's, softness of its border, and its cleft."""

    length: float
    height: float
    softness: float
    cleft: float


_NUCLEI = {
    1: _Nucleus(0.78, 0.92, 0.05, 0.0),
    2: _Nucleus(0.74, 0.88, 0.06, 0.42),
    3: _Nucleus(0.68, 0.80, 0.16, 0.15),
    4: _Nucleus(0.60, 0.70, 0.24, 0.0),
    5: _Nucleus(0.50, 0.60, 0.30, 0.0),
}


def disc_coordinates(disc: DiscContour, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where points ``(..., 2)`` lie in a disc: -1 to 1 from anterior to posterior, and from upper to lower."""
    offset = points_mm - disc.centre
    down = np.array((-disc.backward[1], disc.backward[0]))
    along, across = offset @ disc.backward, offset @ down
    curves = [((c - disc.centre) @ disc.backward, (c - disc.centre) @ down) for c in (disc.upper, disc.lower)]
    upper, lower = (np.interp(along, *curve) for curve in curves)
    half_length = (disc.lower[:, :] - disc.centre) @ disc.backward
    reach = (half_length.max() - half_length.min()) / 2 / 0.86
    return along / reach, (2 * across - upper - lower) / np.maximum(lower - upper, 0.5)


def disc_signal(disc: DiscContour, grade: int, points_mm: FloatArray) -> FloatArray:
    """Return the signal of a disc of Pfirrmann ``grade`` at points ``(..., 2)``."""
    nucleus = _NUCLEI[grade]
    along, across = disc_coordinates(disc, points_mm)
    radius = (np.abs((along - 0.06) / nucleus.length) ** 2.6 + np.abs(across / nucleus.height) ** 2.6) ** (1 / 2.6)
    core = 1.0 / (1.0 + np.exp(np.clip((radius - 0.97) / nucleus.softness, -30, 30)))
    cleft = 1.0 - nucleus.cleft * np.exp(-((across / 0.22) ** 2)) * np.clip(1.3 - np.abs(along) / 0.5, 0.0, 1.0)
    rim = np.clip((np.abs(along) - 0.78) / 0.2, 0.0, 1.0)
    annulus = ANNULUS_SIGNAL[grade] * (1.0 - 0.55 * rim)
    return np.asarray(annulus + (NUCLEUS_SIGNAL[grade] * cleft - annulus) * core)
