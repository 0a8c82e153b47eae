"""From pixels to contours: the boundary of a labelled or partly covered region, finer than its pixels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.ndimage import binary_fill_holes, maximum_filter1d
from scipy.sparse.linalg import spsolve
from skimage.measure import find_contours, label

from spoils.anatomy import STRUCTURES
from spoils.geometry.contour import Contour, FloatArray

__all__ = ["contour_of", "contours_of_coverage", "contours_of_slice", "largest_part", "touches_border"]

Spacing = tuple[float, float]
"""Distance of neighbouring pixel centres along the row and the column axis, mm."""

LEAST_PIXELS = 20
LEAST_AREA_MM2 = 15.0
"""Anything smaller is a fragment and has no contour worth measuring."""

_FIRST_STIFFNESS = 20.0
_STIFFNESS = 300.0
_CORNER_BEND = 0.2
"""Cost of a bend against sliding a point, in pixels; a bend beyond ``_CORNER_BEND`` is a corner and costs less.

Chosen on phantoms with pixels of 0.6 to 1.0 mm.
"""


def contours_of_slice(
    labels: npt.NDArray[np.uint8], spacing_mm: Spacing, *, border_cuts: bool = True
) -> dict[str, Contour]:
    """Trace every structure of a slice of label values (rows, columns); fragments and absent ones are left out.

    With ``border_cuts`` a structure at the border of the slice is taken to go on beyond it.
    """
    found = {s.name: contour_of(labels == s.label, spacing_mm, border_cuts=border_cuts) for s in STRUCTURES}
    return {name: contour for name, contour in found.items() if contour is not None}


def contour_of(
    coverage: npt.NDArray[np.bool_ | np.floating], spacing_mm: Spacing, *, border_cuts: bool = True
) -> Contour | None:
    """Trace the largest part of a region on one slice, without its holes; None if there is no more than a fragment.

    ``coverage`` (rows, columns) is a mask, or the share 0 to 1 by which each pixel is covered. A share says where
    between two pixel centres the boundary lies (where it passes one half); for a mask the smoothest contour is taken
    that agrees with it.
    """
    mask = largest_part(coverage > 0.5)
    n_pixels = np.count_nonzero(mask)
    if n_pixels < LEAST_PIXELS or n_pixels * spacing_mm[0] * spacing_mm[1] < LEAST_AREA_MM2:
        return None
    rows, columns = _window_of(mask)
    solid = np.pad(binary_fill_holes(mask[rows, columns]), 1)
    contour = find_contours(solid.astype(np.float64), 0.5)[0][:-1]
    if coverage.dtype == np.bool_:
        points = _smoothed(contour, int(np.count_nonzero(solid)), spacing_mm)
    else:
        around = np.pad(coverage, 1)[rows.start : rows.stop + 2, columns.start : columns.stop + 2]
        points = _moved_to_half(contour, around)
    placed = (points - 1 + (rows.start, columns.start)) * spacing_mm
    return Contour(np.ascontiguousarray(placed[:, ::-1]), border_cuts and touches_border(mask))


def contours_of_coverage(coverage: Mapping[str, npt.NDArray[np.floating]], spacing_mm: Spacing) -> dict[str, Contour]:
    """Trace every structure whose coverage (rows, columns) is known, and leave out mere fragments."""
    contours = {name: contour_of(share, spacing_mm) for name, share in coverage.items()}
    return {name: contour for name, contour in contours.items() if contour is not None}


def largest_part(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the largest edge-connected part of a mask (rows, columns).

    >>> largest_part(np.array([[True, False, True, True]])).tolist()
    [[False, False, True, True]]
    """
    largest = np.zeros(mask.shape, dtype=np.bool_)
    if mask.any():
        window = _window_of(mask)
        parts = label(mask[window], connectivity=1)
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        largest[window] = parts == sizes.argmax()
    return largest


def _window_of(mask: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the rows and columns that hold everything of a mask, which is not empty."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def touches_border(mask: npt.NDArray[np.bool_]) -> bool:
    """Say whether a mask (rows, columns) reaches the border of its slice."""
    return bool(mask[[0, -1]].any() or mask[:, [0, -1]].any())


def _slides_along(contour: FloatArray) -> npt.NDArray[np.bool_]:
    """Return ``(n, 2)``, true for the axis along which each point of a mask's contour lies between two pixels."""
    return np.asarray(contour != np.round(contour))


def _smoothed(contour: FloatArray, n_pixels: int, spacing_mm: Spacing) -> FloatArray:
    """Slide each point between its inner and its outer pixel so that the whole contour bends least.

    A mask says only which two pixel centres the boundary passes between. Points may not slide past either, so the
    result still agrees with every pixel, and it encloses the area of the mask's ``n_pixels``, which errs to no side. A
    first soft pass finds the corners, which the second, stiff pass leaves sharp.
    """
    # In units of a mean pixel, so that the stiffness means the same at every spacing.
    scale = np.array(spacing_mm) / np.sqrt(spacing_mm[0] * spacing_mm[1])
    axes = _slides_along(contour) * scale
    points = contour * scale
    soft = _slid(points, axes, np.full(len(points), _FIRST_STIFFNESS), n_pixels)
    bends = np.linalg.norm(np.roll(soft, -1, axis=0) + np.roll(soft, 1, axis=0) - 2 * soft, axis=1)
    sharpness = maximum_filter1d(bends, 3, mode="wrap") / _CORNER_BEND
    return np.asarray(_slid(points, axes, _STIFFNESS / (1.0 + sharpness**2), n_pixels) / scale)


def _slid(points: FloatArray, axes: FloatArray, stiffness: FloatArray, area: float) -> FloatArray:
    """Slide ``points`` ``(n, 2)`` by up to half of ``axes`` ``(n, 2)`` either way, against ``stiffness`` ``(n,)``.

    Minimises the sum of squared slides and, times the stiffness, squared second differences along the closed contour,
    among the contours that enclose ``area`` (to first order).
    """
    n = len(points)
    one = sparse.eye_array(n, format="csr")
    following = one[np.roll(np.arange(n), -1)]
    bend = following + following.T - 2 * one
    cost = bend.T @ sparse.diags_array(stiffness) @ bend
    units = [sparse.diags_array(axes[:, k], format="csr") for k in (0, 1)]
    system = one + sum(unit @ cost @ unit for unit in units)
    force = -sum(unit @ (cost @ points[:, k]) for k, unit in enumerate(units))
    growth, missing = _area_growth(points, axes, area)
    free, grown = spsolve(system.tocsc(), np.stack((force, growth), axis=1)).T
    slide = free + grown * (missing - growth @ free) / (growth @ grown)
    return np.asarray(points + axes * np.clip(slide, -0.5, 0.5)[:, None])


def _area_growth(points: FloatArray, axes: FloatArray, area: float) -> tuple[FloatArray, float]:
    """Return how the enclosed area grows with each point's slide ``(n,)``, and how much it lacks of ``area``."""
    across = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    signed = np.sum(points[:, 0] * across[:, 1]) / 2
    growth = np.sign(signed) * (axes[:, 0] * across[:, 1] - axes[:, 1] * across[:, 0]) / 2
    return np.asarray(growth), float(area - abs(signed))


def _moved_to_half(contour: FloatArray, coverage: npt.NDArray[np.floating]) -> FloatArray:
    """Move each point of a mask's contour to where the coverage between its two pixels passes one half."""
    low, high = np.floor(contour).astype(np.intp), np.ceil(contour).astype(np.intp)
    first, last = coverage[tuple(low.T)], coverage[tuple(high.T)]
    # Beside a filled hole or a dropped part the coverage need not pass one half there.
    share = np.clip((0.5 - first) / np.where(first == last, 1.0, last - first), 0.0, 1.0)
    return np.asarray(low + (high - low) * share[:, None])
