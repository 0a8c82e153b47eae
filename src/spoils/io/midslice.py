"""The mid-sagittal slice, found by the bright column of cerebrospinal fluid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.graph import route_through_array

from spoils.images import LabelMap, SagittalSeries

__all__ = ["canal_centres", "labelled_mid_slice", "mid_sagittal_index"]

_WORKING_MM = 2.0

_BAND_MM, _FLANK_MM = 8.0, 14.0
"""The canal is 10 to 20 mm deep: a band of 8 mm lies inside it, what is 14 mm before and behind it lies outside."""

_UPRIGHT_MM = 16.0
"""Brightness is averaged over this height: the canal goes on, facets and foramina do not."""

_SKIN_NEAR_MM, _SKIN_FAR_MM = 25.0, 120.0
"""The canal lies this far before the skin of the back; subcutaneous fat, the other bright band, lies nearer."""

_LATERAL_BLUR_MM = 4.0
_CONTRAST_WEIGHT = 4.0
"""How strongly the path is drawn to bright places: at the reference contrast a step costs exp(-4) of a dark one."""

FloatArray = npt.NDArray[np.float64]


def mid_sagittal_index(series: SagittalSeries) -> int:
    """Find the slice through the middle of the spinal canal, wherever it lies in the stack.

    Only slices near the midline show the canal as a bright, upright, unbroken band well before the skin. For each
    slice the best such band from top to bottom is found; the slice wanted is the centre of those where it is bright.

    >>> from spoils.spatial import Grid
    >>> mid_sagittal_index(SagittalSeries(np.zeros((1, 9, 9)), Grid.from_axes((1, 9, 9), (4, 1, 1))))
    0
    """
    if series.pixels.shape[0] == 1:
        return 0
    coarse = _on_working_grid(series)
    contrast = _band_contrast(coarse) * _canal_region(coarse)
    reference = np.percentile(contrast, 99)
    if reference <= 0:
        return int(series.pixels.shape[0] // 2)
    brightness = np.array([_best_upright_band(one_slice / reference) for one_slice in contrast])
    blur = _LATERAL_BLUR_MM / series.grid.spacing_mm[0]
    return _centre_of_peak(ndimage.gaussian_filter1d(brightness, blur, mode="nearest"))


def labelled_mid_slice(series: SagittalSeries, labels: LabelMap) -> int | None:
    """Return the mid-sagittal slice of a series on the grid of its label map; None where nothing is labelled on it."""
    middle = mid_sagittal_index(series)
    return middle if labels.labels[middle].any() else None


def _on_working_grid(series: SagittalSeries) -> FloatArray:
    """Average and resample each slice to pixels of 2 mm."""
    _, row_mm, column_mm = series.grid.spacing_mm
    zoom = (row_mm / _WORKING_MM, column_mm / _WORKING_MM)
    size = (max(1, round(1 / zoom[0])), max(1, round(1 / zoom[1])))
    coarse = [ndimage.zoom(ndimage.uniform_filter(one, size), zoom, order=1) for one in series.pixels]
    return np.asarray(coarse, dtype=np.float64)


def _band_contrast(coarse: FloatArray) -> FloatArray:
    """Return by how much an upright band at each place outshines both flanks; not below zero."""
    upright = ndimage.uniform_filter1d(coarse, round(_UPRIGHT_MM / _WORKING_MM), axis=1)
    band = ndimage.uniform_filter1d(upright, round(_BAND_MM / _WORKING_MM), axis=2)
    shift = round(_FLANK_MM / _WORKING_MM)
    padded = np.pad(band, ((0, 0), (0, 0), (shift, shift)), mode="edge")
    flanks = np.maximum(padded[:, :, : -2 * shift], padded[:, :, 2 * shift :])
    return np.asarray(np.clip(band - flanks, 0.0, None))


def _canal_region(coarse: FloatArray) -> npt.NDArray[np.bool_]:
    """Mark the places whose distance from the skin of the back suits the canal."""
    columns = coarse.shape[2]
    bright = coarse > threshold_otsu(coarse)
    skin = columns - 1 - np.argmax(bright[:, :, ::-1], axis=2)
    skin = ndimage.median_filter(skin, (1, 15))
    depth_mm = (skin[:, :, np.newaxis] - np.arange(columns)) * _WORKING_MM
    return np.asarray((depth_mm > _SKIN_NEAR_MM) & (depth_mm < _SKIN_FAR_MM))


def _best_upright_band(contrast: FloatArray) -> float:
    """Return the mean contrast along the path from top to bottom that collects the most."""
    cost = np.pad(np.exp(-_CONTRAST_WEIGHT * contrast), ((1, 1), (0, 0)), constant_values=1e-6)
    end = (cost.shape[0] - 1, cost.shape[1] - 1)
    path, _ = route_through_array(cost, (0, 0), end, geometric=False)  # along the free border, then down
    rows, columns = np.array([(row - 1, column) for row, column in path if 0 < row < end[0]]).T
    best = np.zeros(contrast.shape[0])
    np.maximum.at(best, rows, contrast[rows, columns])
    return float(best.mean())


def _centre_of_peak(brightness: FloatArray) -> int:
    """Return the slice nearest to the centre of the peak.

    >>> _centre_of_peak(np.array([1.0, 3.0, 3.0, 3.0, 1.0, 2.0]))
    2
    """
    return round(_peak_position(brightness))


def _peak_position(brightness: FloatArray) -> float:
    """Return the centre of mass of the run around the maximum that stays above half of its height."""
    height = brightness - brightness.min()
    top = int(np.argmax(height))
    runs, _ = ndimage.label(height >= height[top] / 2)
    peak = np.flatnonzero(runs == runs[top])
    if height[top] <= 0:
        return float(brightness.size // 2)
    return float(np.average(peak, weights=height[peak]))


def canal_centres(series: SagittalSeries, windows: Sequence[tuple[slice, slice]]) -> list[float]:
    """Return where the canal lies from right to left within parts of the image, as a fraction of a slice index.

    Args:
        series: the images.
        windows: rows and columns of each part, which hold a piece of the canal on the middle slice.
    """
    coarse = _on_working_grid(series)
    contrast = _band_contrast(coarse)
    zooms = [size / whole for size, whole in zip(coarse.shape[1:], series.grid.shape[1:], strict=True)]
    blur = _LATERAL_BLUR_MM / series.grid.spacing_mm[0]
    centres = []
    for window in windows:
        rows, columns = (slice(int(w.start * z), int(w.stop * z) + 1) for w, z in zip(window, zooms, strict=True))
        brightness = contrast[:, rows, columns].max(axis=2).mean(axis=1)
        centres.append(_peak_position(ndimage.gaussian_filter1d(brightness, blur, mode="nearest")))
    return centres
