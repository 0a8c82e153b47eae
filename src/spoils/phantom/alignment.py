"""The true alignment of a phantom, from the corners of its bodies before they are rounded and grow spurs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, DISCS, bodies_beside
from spoils.phantom.chain import Body, Chain

__all__ = ["true_alignment"]

FloatArray = npt.NDArray[np.float64]
Levels = dict[str, dict[str, float]]


def true_alignment(chain: Chain, rotation_deg: float = 0.0) -> dict[str, Levels]:
    """Return angles and slips by ``spine``, ``levels`` and ``vertebrae``, and by the names of the public result.

    ``spine`` has one entry, under that name. ``rotation_deg`` is that of the patient within the picture.
    """
    bodies = {body.name: body for body in chain.bodies}
    highest, sacrum = bodies[BODIES[0]], bodies[BODIES[-1]]
    spine = {
        "lordosis_l1_s1_deg": _tilt_deg(_superior(sacrum)) - _tilt_deg(_superior(highest)),
        "sacral_slope_deg": _tilt_deg(_superior(sacrum)) - rotation_deg,
    }
    levels = {}
    for disc in DISCS[1:]:
        upper, lower = bodies_beside(disc)
        if upper is not None:
            levels[disc] = _level(bodies[upper], bodies[lower])
    wedges = {name: {"wedge_deg": _wedge_deg(bodies[name])} for name in BODIES[:-1]}
    return {"spine": {"spine": spine}, "levels": levels, "vertebrae": wedges}


def _superior(body: Body) -> FloatArray:
    return body.posterior_superior - body.anterior_superior


def _inferior(body: Body) -> FloatArray:
    return body.posterior_inferior - body.anterior_inferior


def _tilt_deg(backward: FloatArray) -> float:
    return float(np.degrees(np.arctan2(-backward[1], backward[0])))


def _wedge_deg(body: Body) -> float:
    return _tilt_deg(_inferior(body)) - _tilt_deg(_superior(body))


def _level(upper: Body, lower: Body) -> dict[str, float]:
    above, below = _inferior(upper), _superior(lower)
    across = above / np.linalg.norm(above) + below / np.linalg.norm(below)
    forward = (lower.posterior_superior - upper.posterior_inferior) @ (across / np.linalg.norm(across))
    return {
        "angle_deg": _tilt_deg(below) - _tilt_deg(above),
        "slip_mm": float(forward),
        "slip_percent": float(100 * forward / np.linalg.norm(below)),
    }
