"""The input of the geometry grader: one ordered row of named features for each disc.

All are ratios or signal in units of CSF, so that they mean the same on every scanner and where the pixel size is only
estimated. A value that was not measured is NaN in a row, and only there: the grader replaces it
by the training median.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS, bodies_beside
from spoils.discs import DiscVolume, signal_of_one
from spoils.findings import Measured, Measurement
from spoils.geometry import SliceContours, SpineMeasurements
from spoils.grading.endplates import ENDPLATE_FEATURES, endplates_of
from spoils.grading.inputs import graded_slice
from spoils.grading.texture import TEXTURE_FEATURES, texture_of
from spoils.grading.vertebral_margins import WALL_FEATURES, walls_of

__all__ = ["FEATURES", "FeatureRow", "feature_rows"]

FeatureRow = npt.NDArray[np.float32]

_SHAPE_FEATURES = (
    "level_index",
    "height_index",
    "height_over_width",
    "central_over_mean_height",
    "anterior_over_posterior_height",
    "mid_over_mean_width",
    "width_over_bodies",
    "area_over_body_width_squared",
    "upper_body_wedge",
    "lower_body_wedge",
    "canal_over_body_width",
    "corner_shear",
    "front_bulge",
    "back_bulge",
    "signal_csf_ratio",
    "signal_difference_csf",
)

_COMPARED = ("height_index", "height_over_width", "signal_csf_ratio", "nucleus_p90", "width_over_bodies")
"""Features that are most informative in comparison with the patient's other discs."""

_OWN = (*_SHAPE_FEATURES, *TEXTURE_FEATURES, *ENDPLATE_FEATURES, *WALL_FEATURES)

FEATURES: tuple[str, ...] = (
    *_OWN,
    *(f"{name}_{how}" for name in _COMPARED for how in ("above", "below", "over_others", "over_highest")),
    "canal_over_other_levels",
)
"""Names of the features in the order of a row."""


def _value(measured: Mapping[str, Measured], name: str) -> float:
    found = measured.get(name)
    return found.value if isinstance(found, Measurement) else math.nan


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else math.nan


def _mean(*values: float) -> float:
    """Return the mean of what was measured.

    >>> _mean(1.0, math.nan, 3.0)
    2.0
    """
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _corner_shear(volume: DiscVolume) -> float:
    """Return how far, in widths, a disc's upper corners lie behind its lower ones: sliding bodies shear it."""
    front_top, back_top, back_bottom, front_bottom = volume.corners_mm
    across = (back_top + back_bottom - front_top - front_bottom) / 2
    slid = (front_top + back_top - front_bottom - back_bottom) / 2
    return _ratio(float(slid @ across), float(across @ across))


def _bulges(volume: DiscVolume) -> dict[str, float]:
    """Return how far a disc reaches beyond its mean corners, to the front and to the back, as shares of its width."""
    mask = graded_slice(volume)[1]
    columns = np.flatnonzero(mask.any(axis=0))
    if columns.size == 0:
        return {"front_bulge": math.nan, "back_bulge": math.nan}
    front_top, back_top, back_bottom, front_bottom = volume.corners_mm
    width = float(np.linalg.norm(back_top + back_bottom - front_top - front_bottom)) / 2 / volume.pixel_mm
    front, back = (mask.shape[1] - 1 - width) / 2, (mask.shape[1] - 1 + width) / 2
    return {
        "front_bulge": (front - float(columns[0])) / width,
        "back_bulge": (float(columns[-1]) - back) / width,
    }


def _shape_of(
    level: str, measurements: SpineMeasurements, volume: DiscVolume, contours: SliceContours
) -> dict[str, float]:
    disc = measurements.discs[level]
    above, below = bodies_beside(level)
    upper = measurements.vertebrae.get(above, {}) if above else {}
    lower = measurements.vertebrae.get(below, {})
    height_mm, width_mm = _value(disc, "height_mean_mm"), _value(disc, "width_mean_mm")
    body_mm = _mean(_value(upper, "width_inferior_mm"), _value(lower, "width_superior_mm"))
    canal_mm = _value(measurements.canal.get(level, {}), "ap_diameter_mm")
    csf = contours.csf[level].signal if level in contours.csf else math.nan
    return {
        "level_index": float(DISCS.index(level)),
        "height_index": _value(disc, "height_index"),
        "height_over_width": _ratio(height_mm, width_mm),
        "central_over_mean_height": _ratio(_value(disc, "height_central_mm"), height_mm),
        "anterior_over_posterior_height": _ratio(
            _value(disc, "height_anterior_mm"), _value(disc, "height_posterior_mm")
        ),
        "mid_over_mean_width": _ratio(_value(disc, "width_mid_mm"), width_mm),
        "width_over_bodies": _ratio(width_mm, body_mm),
        "area_over_body_width_squared": _ratio(_value(disc, "area_mm2"), body_mm**2),
        "upper_body_wedge": _ratio(_value(upper, "height_anterior_mm"), _value(upper, "height_posterior_mm")),
        "lower_body_wedge": _ratio(_value(lower, "height_anterior_mm"), _value(lower, "height_posterior_mm")),
        "canal_over_body_width": _ratio(canal_mm, body_mm),
        "corner_shear": _corner_shear(volume),
        **_bulges(volume),
        "signal_csf_ratio": _value(disc, "signal_csf_ratio"),
        "signal_difference_csf": _ratio(_value(disc, "signal_difference"), csf),
    }


def _beside(level: str, name: str, own: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Compare one feature of a disc with its neighbours, the mean of all others, and the highest of all."""
    position, value = DISCS.index(level), own[level][name]
    others = [row[name] for other, row in own.items() if other != level]
    above = DISCS[position - 1] if position else ""
    below = DISCS[position + 1] if position + 1 < len(DISCS) else ""
    known = [x for x in (value, *others) if not math.isnan(x)]
    return {
        f"{name}_above": own.get(above, {}).get(name, math.nan),
        f"{name}_below": own.get(below, {}).get(name, math.nan),
        f"{name}_over_others": _ratio(value, _mean(*others)),
        f"{name}_over_highest": _ratio(value, max(known, default=math.nan)),
    }


def _around(level: str, contours: SliceContours) -> dict[str, float]:
    csf, _ = signal_of_one(contours, level)
    return endplates_of(contours, level, csf) | walls_of(contours, level, csf)


def feature_rows(
    measurements: SpineMeasurements, volumes: Mapping[str, DiscVolume], contours: SliceContours
) -> dict[str, FeatureRow]:
    """Return for each disc that has a volume its row of ``FEATURES``, float32; NaN where something was not measured.

    Args:
        measurements: of the mid-sagittal slice.
        volumes: the extracted discs.
        contours: that slice, with its pixels.
    """
    own = {
        level: _shape_of(level, measurements, volume, contours) | texture_of(volume) | _around(level, contours)
        for level, volume in volumes.items()
        if level in measurements.discs
    }
    rows = {}
    for level, values in own.items():
        canal = "canal_over_body_width"
        others = [other[canal] for name, other in own.items() if name != level]
        row = {**values, "canal_over_other_levels": _ratio(values[canal], _mean(*others))}
        for name in _COMPARED:
            row |= _beside(level, name, own)
        rows[level] = np.array([row[name] for name in FEATURES], dtype=np.float32)
    return rows
