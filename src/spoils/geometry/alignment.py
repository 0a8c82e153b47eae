"""How the bodies of one slice stand to each other, and which of them have lost height.

All angles are those of the slice. Lordosis, disc angles and body wedges are above zero where they open to the front, so
that the lordosis from L1 to S1 is the sum of the discs' angles and the bodies' wedges between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from pydantic import BaseModel, ConfigDict

from spoils.anatomy import BODIES, DISCS, bodies_beside
from spoils.findings import (
    LEVEL_ALIGNMENT_MEASUREMENTS,
    SPINE_ALIGNMENT_MEASUREMENTS,
    VERTEBRAL_SHAPE_MEASUREMENTS,
    Measured,
    Measurement,
    NotMeasured,
)
from spoils.geometry.contour import FloatArray
from spoils.geometry.endplates import BodyEndplates, Step, angle_between_deg, body_endplates, step_between
from spoils.geometry.lengths import body_lengths_mm
from spoils.geometry.slice_contours import SliceContours
from spoils.geometry.vertebral_shape import BodyHeights, UsualShape, height_loss, predicted_posterior_mm
from spoils.messages import Message, message

__all__ = ["SpineAlignment", "alignment_of", "usual_shapes"]

Levels = dict[str, dict[str, Measured]]

_HIGHEST, _SACRUM = BODIES[0], BODIES[-1]


@dataclass(frozen=True, eq=False)
class SpineAlignment:
    """What was measured of the whole spine, of each disc level and of each body L1 to L5, by measurement name.

    ``lordosis_lines_mm`` are the endplates between which lordosis was measured, ``(2 lines, 2 ends, 2)``, or empty;
    ``steps`` are where the posterior margins of the bodies beside each disc lie. Both are in (posterior, inferior) mm.
    """

    spine: dict[str, Measured] = field(default_factory=dict)
    levels: Levels = field(default_factory=dict)
    vertebrae: Levels = field(default_factory=dict)
    lordosis_lines_mm: FloatArray = field(default_factory=lambda: np.empty((0, 2, 2)))
    steps: Mapping[str, Step] = field(default_factory=dict)


class _UsualShapes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    source: str
    bodies: dict[str, UsualShape]


@cache
def usual_shapes() -> dict[str, UsualShape]:
    """Return what is usual for the bodies L1 to L5, from ``usual_shapes.json``.

    >>> usual_shapes()["L5"].anterior_over_posterior > 1
    True
    """
    text = (resources.files("spoils.geometry") / "usual_shapes.json").read_text(encoding="utf-8")
    return _UsualShapes.model_validate_json(text).bodies


Plates = Mapping[str, BodyEndplates | NotMeasured]
"""The endplates of every body, or why it has none."""


def alignment_of(contours: SliceContours, levels: Sequence[str] | None = None) -> SpineAlignment:
    """Measure the alignment on one slice; ``levels`` names what to report, by default all that has a contour."""
    wanted = contours.by_name if levels is None else levels
    plates: Plates = {body: _plates(contours, body) for body in BODIES}
    method = message("method-slice", slice=contours.index)
    discs = [disc for disc in DISCS if disc in wanted]
    steps = {disc: _step(plates, disc) for disc in discs}
    ends = [found for body in (_HIGHEST, _SACRUM) if isinstance(found := plates[body], BodyEndplates)]
    lines = [(one.superior.anterior_mm, one.superior.posterior_mm) for one in ends] if len(ends) > 1 else []
    return SpineAlignment(
        spine=_spine(plates, method) if any(body in wanted for body in BODIES) else {},
        levels={disc: _level(plates, disc, steps[disc], method) for disc in discs},
        vertebrae={body: _shape(plates, contours, body, method) for body in BODIES[:-1] if body in wanted},
        lordosis_lines_mm=np.array(lines).reshape(-1, 2, 2),
        steps={disc: step for disc, step in steps.items() if isinstance(step, Step)},
    )


def _plates(contours: SliceContours, body: str) -> BodyEndplates | NotMeasured:
    problem = contours.problem_with(body)
    if problem is not None:
        return NotMeasured.because(problem)
    found = body_endplates(contours.by_name[body], contours.frames[body])
    return found or NotMeasured.because(message("endplates-unclear", level=body))


def _spine(plates: Plates, method: Message) -> dict[str, Measured]:
    """Measure what is one figure for the whole spine."""
    highest, sacrum = plates[_HIGHEST], plates[_SACRUM]
    if isinstance(sacrum, NotMeasured):
        return dict.fromkeys(SPINE_ALIGNMENT_MEASUREMENTS, sacrum)
    lordosis: Measured
    if isinstance(highest, NotMeasured):
        lordosis = highest
    else:
        lordosis = Measurement.by(method, angle_between_deg(highest.superior, sacrum.superior), "deg")
    slope = Measurement.by(method, sacrum.superior.tilt_deg, "deg")
    return {"lordosis_l1_s1_deg": lordosis, "sacral_slope_deg": slope}


def _step(plates: Plates, disc: str) -> Step | NotMeasured:
    upper, lower = bodies_beside(disc)
    if upper is None:
        return NotMeasured.because(message("no-body-above", level=disc))
    above, below = plates[upper], plates[lower]
    if isinstance(above, NotMeasured):
        return above
    return below if isinstance(below, NotMeasured) else step_between(above, below)


def _level(plates: Plates, disc: str, step: Step | NotMeasured, method: Message) -> dict[str, Measured]:
    """Measure a disc's angle and the step beside it."""
    if isinstance(step, NotMeasured):
        return dict.fromkeys(LEVEL_ALIGNMENT_MEASUREMENTS, step)
    return {
        "angle_deg": Measurement.by(method, step.angle_deg, "deg"),
        "slip_mm": Measurement.by(method, step.forward_mm, "mm"),
        "slip_percent": Measurement.by(method, 100 * step.share, "percent"),
    }


def _shape(plates: Plates, contours: SliceContours, body: str, method: Message) -> dict[str, Measured]:
    """Measure a body's wedge, its ratios of heights and what it lacks of its usual height."""
    own = plates[body]
    if isinstance(own, NotMeasured):
        return dict.fromkeys(VERTEBRAL_SHAPE_MEASUREMENTS, own)
    heights = {name: _heights(contours, name) for name in BODIES[:-1] if isinstance(plates[name], BodyEndplates)}
    found, usual = heights[body], usual_shapes()
    predicted_mm = predicted_posterior_mm(body, heights, usual)
    loss = height_loss(found, usual[body], predicted_mm)
    alone = NotMeasured.because(message("no-other-body", level=body))
    ratios: dict[str, Measured] = {
        "wedge_deg": Measurement.by(method, angle_between_deg(own.superior, own.inferior), "deg"),
        "anterior_posterior_ratio": Measurement.by(method, found.anterior_mm / found.posterior_mm, "1"),
        "central_posterior_ratio": Measurement.by(method, found.central_mm / found.posterior_mm, "1"),
        "posterior_predicted_ratio": alone
        if predicted_mm is None
        else Measurement.by(method, found.posterior_mm / predicted_mm, "1"),
    }
    return ratios | {
        "wedge_loss_percent": Measurement.by(method, 100 * loss.wedge, "percent"),
        "biconcave_loss_percent": Measurement.by(method, 100 * loss.biconcave, "percent"),
        "crush_loss_percent": alone if loss.crush is None else Measurement.by(method, 100 * loss.crush, "percent"),
    }


def _heights(contours: SliceContours, body: str) -> BodyHeights:
    found = body_lengths_mm(contours.by_name[body], contours.frames[body])
    return BodyHeights(*(found[f"height_{place}_mm"] for place in ("anterior", "central", "posterior")))
