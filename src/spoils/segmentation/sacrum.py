"""Whether a body stands where the sacrum begins, by its shape and its place alone: no class of the network counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, TypeAdapter
from scipy import linalg

from spoils.anatomy import BODIES, DISCS
from spoils.segmentation.components import Component
from spoils.segmentation.naming import SACRUM, Naming

__all__ = ["SacralEvidence", "depth_px", "long_axis", "sacral_log_odds", "weights_of_context"]

_LAST_LUMBAR = BODIES[-2]


class SacralEvidence(BaseModel):
    """How much each measure speaks for S1 and against L5, as ``sacrum.json`` has it; natural log-odds.

    ``squareness`` is per natural logarithm of the depth of the upper end over that of the lower end, ``area`` per
    natural logarithm of the area over that of the body above, ``tilt`` and ``step`` per degree. ``area_range`` bounds
    the logarithm of the area, ``most`` the sum. ``prior`` is the probability of a count that no look finds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    squareness: float
    area: float
    area_range: tuple[float, float]
    tilt: float
    step: float
    constant: float
    most: float
    prior: float
    source: str


@cache
def load_sacral_evidence() -> SacralEvidence:
    """Return the packaged values, read once."""
    content: Any = json.loads((resources.files("spoils.segmentation") / "sacrum.json").read_bytes())
    return TypeAdapter(SacralEvidence).validate_python(content)


def depth_px(mask: npt.NDArray[np.bool_], up: npt.NDArray[np.float64], band: tuple[float, float]) -> float:
    """Return the extent across ``up`` (row, column) of the pixels in a ``band`` of the height along it."""
    pixels = np.argwhere(mask).astype(np.float64)
    height, depth = pixels @ up, pixels @ np.array([-up[1], up[0]])
    share = (height - height.min()) / max(float(np.ptp(height)), 1.0)
    return float(np.ptp(depth[(share >= band[0]) & (share <= band[1])])) + 1.0


def long_axis(part: Component) -> npt.NDArray[np.float64]:
    """Return the unit vector (row, column) along which the piece is longest."""
    pixels = np.argwhere(part.mask).astype(np.float64)
    _, vectors = linalg.eigh(np.cov(pixels, rowvar=False))
    return np.asarray(vectors[:, -1])


@dataclass(frozen=True)
class _Measures:
    """A body with the disc on it: as in ``SacralEvidence``, ``tilt`` and ``step`` in degrees.

    ``tilt`` is how far the disc slopes down to the front, ``step`` how far the way from the body above leads backward.
    """

    squareness: float
    area: float
    tilt: float
    step: float


def _measured(body: Component, disc: Component, above: Component, bands: tuple[Any, Any]) -> _Measures:
    across = long_axis(disc)
    across = across * (np.sign(across[1]) or 1.0)
    up = np.array([-across[1], across[0]])
    upper, lower = bands
    down, back = np.subtract(body.centre, above.centre)
    return _Measures(
        squareness=float(np.log(depth_px(body.mask, up, upper) / depth_px(body.mask, up, lower))),
        area=float(np.log(body.area_px / above.area_px)),
        tilt=float(np.degrees(np.arctan2(-across[0], across[1]))),
        step=float(np.degrees(np.arctan2(back, down))),
    )


def sacral_log_odds(naming: Naming, name: str, bands: tuple[Any, Any]) -> float | None:
    """Return the log-odds that a named body is S1 rather than L5; None without it, its disc and the body above.

    Args:
        naming: the levels.
        name: the body.
        bands: the upper and the lower part of its height in which its depth is measured.
    """
    place = BODIES.index(name)
    wanted = (name, DISCS[place], BODIES[place - 1])
    if place == 0 or not set(wanted) <= set(naming.parts):
        return None
    body, disc, above = (naming.parts[one] for one in wanted)
    found = _measured(body, disc, above, bands)
    evidence = load_sacral_evidence()
    odds = (
        evidence.constant
        + evidence.squareness * found.squareness
        + evidence.area * float(np.clip(found.area, *evidence.area_range))
        + evidence.tilt * found.tilt
        + evidence.step * found.step
    )
    return float(np.clip(odds, -evidence.most, evidence.most))


def weights_of_context(naming: Naming, bands: tuple[Any, Any]) -> tuple[dict[int, float], float]:
    """Return how much likelier the context makes other shifts of the names, and their prior probability.

    An S1 that looks lumbar speaks for a count that begins below it (+1), an L5 that looks sacral for one that begins
    there (-1). No weight is below 1, so that the context never outvotes a look.
    """
    odds = {1: sacral_log_odds(naming, SACRUM, bands), -1: sacral_log_odds(naming, _LAST_LUMBAR, bands)}
    weights = {shift: np.exp(-shift * value) for shift, value in odds.items() if value is not None}
    return {shift: max(float(weight), 1.0) for shift, weight in weights.items()}, load_sacral_evidence().prior
