"""Contours of one sagittal section: closed polygons in mm, of the spine's plane (posterior, inferior)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from spoils.phantom.chain import Body, Chain, DiscTraits
from spoils.phantom.sizes import BODY_HALF_WIDTH_MM

__all__ = ["BodyContour", "DiscContour", "body_contour", "disc_contour", "inset"]

FloatArray = npt.NDArray[np.float64]

_POINTS = 280
_ROUNDING_MM = 1.1
"""Standard deviation of the smoothing along a body's contour that rounds its corners."""
_CORNER_SHARE = 0.07
"""Share of an endplate at each end that the disc leaves free."""
_POSTERIOR_WAIST_MM = 1.3
_ANTERIOR_WAIST_MM = 2.4
_SECTION_POWER = 2.6
"""A body seen from above is half a superellipse of this power."""


@dataclass(frozen=True, eq=False)
class BodyContour:
    """A body's contour ``(n, 2)``, and its endplates from the anterior to the posterior side, each ``(m, 2)``."""

    polygon: FloatArray
    superior: FloatArray
    inferior: FloatArray


@dataclass(frozen=True, eq=False)
class DiscContour:
    """A disc's contour ``(n, 2)``, its centre and posterior direction ``(2,)``, and its two endplate curves."""

    polygon: FloatArray
    centre: FloatArray
    backward: FloatArray
    upper: FloatArray
    lower: FloatArray


def depth_factor(lateral_mm: float, half_width_mm: float) -> float:
    """Return a body's depth at ``lateral_mm`` from the midline as a share of its depth there; 0 beside the body."""
    share = abs(lateral_mm) / half_width_mm
    return float((1.0 - share**_SECTION_POWER) ** (1.0 / _SECTION_POWER)) if share < 1.0 else 0.0


def body_contour(chain: Chain, index: int, lateral_mm: float) -> BodyContour | None:
    """Return the contour of body ``index`` of the chain in the section at ``lateral_mm``; None beside the body."""
    body = chain.bodies[index]
    depth = depth_factor(lateral_mm, BODY_HALF_WIDTH_MM * chain.scale)
    if depth < 0.25:
        return None
    above = chain.discs[index - 1] if index > 0 else None
    below = chain.discs[index] if index < len(chain.discs) else None
    corners = _corners(body, depth)
    raw = _raw_contour(body, corners, above, below, chain.scale)
    for disc, rows, caudal in ((above, (0, 1), -1.0), (below, (3, 2), 1.0)):
        if disc is not None and disc.osteophyte_mm > 0:
            raw = _with_spurs(raw, body, corners[list(rows)], caudal, disc.osteophyte_mm)
    edge: FloatArray = np.repeat(np.arange(4.0), len(raw) // 4) + np.tile(
        np.linspace(0, 1, len(raw) // 4, endpoint=False), 4
    )
    polygon, edge = _rounded(raw, edge)
    superior = polygon[(edge > _CORNER_SHARE) & (edge < 1 - _CORNER_SHARE)]
    inferior = polygon[(edge > 2 + _CORNER_SHARE) & (edge < 3 - _CORNER_SHARE)][::-1]
    return BodyContour(polygon, superior, inferior)


def _corners(body: Body, depth: float) -> FloatArray:
    """Return anterior superior, posterior superior, posterior inferior and anterior inferior corner ``(4, 2)``."""
    return np.array(
        (
            body.posterior_superior + (body.anterior_superior - body.posterior_superior) * depth,
            body.posterior_superior,
            body.posterior_inferior,
            body.posterior_inferior + (body.anterior_inferior - body.posterior_inferior) * depth,
        )
    )


def _raw_contour(
    body: Body, corners: FloatArray, above: DiscTraits | None, below: DiscTraits | None, scale: float
) -> FloatArray:
    small = min(1.0, float(np.linalg.norm(corners[1] - corners[2])) / 22.0) * scale
    waists = (
        (above.concavity_mm if above else 1.0) + body.depression_mm,
        _POSTERIOR_WAIST_MM * small,
        (below.concavity_mm if below else 1.0) + body.depression_mm,
        _ANTERIOR_WAIST_MM * small,
    )
    share = np.linspace(0.0, 1.0, 64, endpoint=False)[:, None]
    centre = corners.mean(axis=0)
    edges = []
    for start, end, waist in zip(corners, np.roll(corners, -1, axis=0), waists, strict=True):
        along = (end - start) / np.linalg.norm(end - start)
        inward = np.array((-along[1], along[0]))
        inward *= np.sign(inward @ (centre - start))
        edges.append(start + (end - start) * share + inward * waist * 4 * share * (1 - share))
    return np.concatenate(edges)


def _with_spurs(contour: FloatArray, body: Body, corners: FloatArray, caudal: float, length_mm: float) -> FloatArray:
    """Pull the contour outward around the anterior and, less, the posterior corner (``corners`` in this order)."""
    backward = body.backward
    down = np.array((-backward[1], backward[0])) * caudal
    moved: FloatArray = contour.copy()
    for corner, direction, share in zip(corners, (-backward, backward), (1.0, 0.35), strict=True):
        offset = contour - corner
        near = np.exp(-((offset @ backward) ** 2) / (2 * 3.0**2) - (offset @ down) ** 2 / (2 * 2.2**2))
        moved += near[:, None] * share * length_mm * (direction + 0.12 * down)
    return moved


def _rounded(contour: FloatArray, edge: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Space the points evenly and round the corners; ``edge`` (which side, and how far along it) is carried along."""
    closed = np.vstack((contour, contour[:1]))
    length = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))))
    at = np.linspace(0.0, length[-1], _POINTS, endpoint=False)
    even = np.stack([np.interp(at, length, closed[:, k]) for k in range(2)], axis=1)
    sigma = _ROUNDING_MM / (length[-1] / _POINTS)
    smooth = gaussian_filter1d(even, sigma, axis=0, mode="wrap")
    return smooth, np.interp(at, length, np.concatenate((edge, [4.0])))


def disc_contour(chain: Chain, index: int, upper: BodyContour, lower: BodyContour, lateral_mm: float) -> DiscContour:
    """Return the contour of disc ``index`` between the contours of the bodies above and below it."""
    disc = chain.discs[index]
    backward = chain.bodies[index].backward + chain.bodies[index + 1].backward
    backward /= np.linalg.norm(backward)
    free = _CORNER_SHARE * np.linalg.norm(lower.superior[-1] - lower.superior[0]) / (1 - 2 * _CORNER_SHARE)
    bulge = disc.bulge_mm * np.exp(-((lateral_mm / 18.0) ** 2))
    posterior = _end_curve(upper.inferior[-1], lower.superior[-1], backward, free + bulge)
    anterior = _end_curve(lower.superior[0], upper.inferior[0], -backward, free + 0.8 + 0.5 * bulge)
    posterior = posterior + _herniation(disc, len(posterior), lateral_mm)[:, None] * backward
    polygon = np.concatenate((upper.inferior, posterior, lower.superior[::-1], anterior))
    centre = (upper.inferior.mean(axis=0) + lower.superior.mean(axis=0)) / 2
    return DiscContour(polygon, centre, backward, upper.inferior, lower.superior)


def _end_curve(start: FloatArray, end: FloatArray, outward: FloatArray, reach_mm: float) -> FloatArray:
    """Return a cubic Bezier curve from ``start`` to ``end`` that leaves both outward and reaches ``reach_mm``."""
    share = np.linspace(0.0, 1.0, 50)[1:-1, None]
    handle = outward * reach_mm / 0.75
    weights = ((1 - share) ** 3, 3 * share * (1 - share) ** 2, 3 * share**2 * (1 - share), share**3)
    points = (start, start + handle, end + handle, end)
    return np.asarray(sum(w * p for w, p in zip(weights, points, strict=True)))


def _herniation(disc: DiscTraits, n: int, lateral_mm: float) -> FloatArray:
    share = np.linspace(0.0, 1.0, n + 2)[1:-1]
    rising = PchipInterpolator((0.0, 0.2, 0.45, 0.65, 0.88, 1.0), (0.0, 0.12, 0.9, 1.0, 0.15, 0.0))
    return np.asarray(rising(share) * disc.herniation_mm * np.exp(-((lateral_mm / 8.0) ** 2)))


def inset(polygon: FloatArray, by_mm: float) -> FloatArray:
    """Move a smooth closed contour inward along its normals; exact for a contour without tighter curves.

    >>> circle = np.exp(2j * np.pi * np.arange(400) / 400) * 5
    >>> float(np.abs(inset(np.stack((circle.real, circle.imag), axis=1), 1.0)).max().round(3))
    4.0
    """
    along = np.roll(polygon, -1, axis=0) - np.roll(polygon, 1, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    x, y = polygon.T
    turning = np.sign(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    return np.asarray(polygon + by_mm * turning * np.stack((-along[:, 1], along[:, 0]), axis=1))
