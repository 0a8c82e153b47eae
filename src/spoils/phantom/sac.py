"""The thecal sac of one sagittal section, its cord and its roots; polygons in mm like those of ``contour``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline, PchipInterpolator

from spoils.anatomy import DISCS
from spoils.phantom.chain import Chain
from spoils.phantom.sizes import CANAL_HALF_WIDTH_MM
from spoils.phantom.spec import PhantomSpec

__all__ = ["Sac", "sac_at"]

FloatArray = npt.NDArray[np.float64]

_STEP_MM = 0.5
_GAP_AT_DISC_MM = 0.9
_GAP_AT_BODY_MM = 2.3
_LEAST_AP_MM = 1.5
_LAST_STATION = "S1-S2"
_TAPER_MM = 14.0
_PARAMEDIAN_REACH_MM = 2.0
"""Sideways extent of a paramedian stenosis: it is gone on the next slice."""


@dataclass(frozen=True, eq=False)
class Sac:
    """Anterior and posterior border of the sac, cranial to caudal, each ``(n, 2)``; ``stations`` index disc levels."""

    anterior: FloatArray
    posterior: FloatArray
    stations: dict[str, int]

    @property
    def polygon(self) -> FloatArray:
        """The closed contour."""
        return np.concatenate((self.anterior, self.posterior[::-1]))

    def line(self, share: npt.ArrayLike) -> FloatArray:
        """Return the line at ``share`` of the way from the anterior to the posterior border, ``(n, 2)``."""
        return np.asarray(self.anterior + (self.posterior - self.anterior) * np.reshape(np.asarray(share), (-1, 1)))


@dataclass(frozen=True, eq=False)
class _Track:
    """The posterior wall of the column as a curve: points, posterior normals, arc length (mm) and disc stations."""

    points: FloatArray
    normals: FloatArray
    length_mm: FloatArray
    station_mm: dict[str, float]


def _track(chain: Chain) -> _Track:
    knots, names = [], []
    last = next(i for i, d in enumerate(chain.discs) if d.size.name == _LAST_STATION) + 1
    for i, body in enumerate(chain.bodies[: last + 1]):
        knots.append((body.posterior_superior + body.posterior_inferior) / 2)
        names.append(body.name)
        knots.append((body.posterior_inferior + chain.bodies[i + 1].posterior_superior) / 2)
        names.append(chain.discs[i].size.name)
    along = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))))
    curve = CubicSpline(along, np.array(knots))
    length = np.arange(0.0, along[-1], _STEP_MM)
    tangent = curve(length, 1)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normals = np.stack((tangent[:, 1], -tangent[:, 0]), axis=1)
    return _Track(curve(length), normals, length, dict(zip(names, along, strict=True)))


def sac_at(spec: PhantomSpec, chain: Chain, lateral_mm: float) -> Sac | None:
    """Return the sac in the section at ``lateral_mm``; None beside it."""
    half_width = CANAL_HALF_WIDTH_MM * chain.scale * spec.canal_factor**0.5
    if abs(lateral_mm) >= 0.97 * half_width:
        return None
    track = _track(chain)
    gap, width = _profiles(spec, chain, track, lateral_mm)
    end_mm = track.station_mm[_LAST_STATION]
    kept = track.length_mm <= end_mm
    closing = np.clip((track.length_mm - (end_mm - _TAPER_MM)) / _TAPER_MM, 0.0, 1.0)
    full = width * np.sqrt(1 - (lateral_mm / half_width) ** 2) * np.sqrt(1 - closing**2.5)
    start = track.points + track.normals * (gap + (width - full) / 2)[:, None]
    end = start + track.normals * full[:, None]
    stations = {name: round(at / _STEP_MM) for name, at in track.station_mm.items() if at < end_mm}
    return Sac(start[kept], end[kept], stations)


def _profiles(spec: PhantomSpec, chain: Chain, track: _Track, lateral_mm: float) -> tuple[FloatArray, FloatArray]:
    """Return the gap before the sac and its AP width along the track, both in mm."""
    stations, gaps, widths = [], [], []
    for i, disc in enumerate(chain.discs):
        if disc.size.name not in track.station_mm:
            break
        width = disc.size.canal_ap_mm * chain.scale * spec.canal_factor
        low = disc.size.name in (DISCS[-1], "S1-S2")
        stations += [track.station_mm[chain.bodies[i].name], track.station_mm[disc.size.name]]
        gaps += [_GAP_AT_BODY_MM + 1.2 * low, _GAP_AT_DISC_MM + 2.4 * low]
        widths += [width - 0.8, width]
    gap = PchipInterpolator(stations, gaps, extrapolate=True)(track.length_mm)
    width_mm = PchipInterpolator(stations, widths, extrapolate=True)(track.length_mm)
    focal = np.exp(-((lateral_mm / 9.0) ** 2))
    for disc in chain.discs:
        at = track.station_mm.get(disc.size.name)
        if at is None:
            break
        offset = track.length_mm - at
        protruding = disc.bulge_mm + disc.herniation_mm * focal + 0.35 * disc.osteophyte_mm
        spread = 0.5 * disc.size.mean_height_mm * disc.height_factor * chain.scale + 1.2
        push = protruding * np.exp(-0.5 * (offset / spread) ** 2)
        step = 5.0 * np.sign(disc.listhesis_mm)
        push = push + 0.45 * abs(disc.listhesis_mm) * np.exp(-0.5 * ((offset - step) / 5.0) ** 2)
        room = gap - 0.6
        pushed = np.logaddexp((push - room) * 3.0, 0.0) / 3.0
        gap = gap + pushed
        beside = np.exp(-(((lateral_mm - spec.paramedian_mm) / _PARAMEDIAN_REACH_MM) ** 2))
        taken = disc.stenosis_mm + disc.paramedian_stenosis_mm * beside
        width_mm = width_mm - pushed - taken * np.exp(-0.5 * (offset / 7.0) ** 2)
    return gap, np.logaddexp(width_mm / 1.0, _LEAST_AP_MM)
