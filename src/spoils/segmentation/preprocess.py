"""Preprocessing of a slice for the network, the same in training and in use."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_array

__all__ = ["PIXEL_MM", "STRIDE", "normalised", "padded", "resampled"]

PIXEL_MM = 0.8
"""Pixel size at which networks work: a collapsed disc is still five pixels high, a whole lumbar field of view fits."""

STRIDE = 16
"""Networks take rows and columns in multiples of this."""

_CLIP_PERCENTILES = (0.5, 99.5)


@lru_cache(maxsize=16)
def _resampling(n_out: int, n_in: int) -> csr_array:
    """Return the sparse (n_out, n_in) matrix of anti-aliased linear resampling along one axis, edges held.

    It is ``skimage.transform.resize`` with a Gaussian of half the factor beyond one, which is linear and the same for
    every slice of a series: as a matrix it takes a tenth of the time.
    """
    deviation = max(0.0, (n_in / n_out - 1) / 2)
    reach = int(4 * deviation + 0.5)
    impulse = np.eye(1, 2 * reach + 3, reach + 1, dtype=np.float64)[0]
    kernel = gaussian_filter(impulse, deviation, mode="constant")
    position = np.clip((np.arange(n_out) + 0.5) * n_in / n_out - 0.5, 0, n_in - 1)
    low = position.astype(int)
    share = (position - low)[:, None]
    weights = (1 - share) * kernel[1:] + share * kernel[:-1]
    columns = np.clip(low[:, None] + np.arange(-reach, reach + 2), 0, n_in - 1)
    rows = np.broadcast_to(np.arange(n_out)[:, None], columns.shape)
    entries = (weights.ravel().astype(np.float32), (rows.ravel(), columns.ravel()))
    return csr_array(entries, shape=(n_out, n_in))


def resampled(
    pixels: npt.NDArray[Any], spacing_mm: tuple[float, float], pixel_mm: float = PIXEL_MM
) -> npt.NDArray[np.float32]:
    """Resample a slice (rows, columns) with pixel spacing (row, column) to about ``pixel_mm``, anti-aliased.

    The result covers exactly the same field of view, so its true pixel size differs from ``pixel_mm`` by less than
    half a pixel over the whole field.

    >>> resampled(np.ones((10, 20)), (1.6, 0.4)).shape
    (20, 10)
    """
    rows, columns = (max(1, round(n * step / pixel_mm)) for n, step in zip(pixels.shape, spacing_mm, strict=True))
    image = np.asarray(pixels, dtype=np.float32)
    down, across = _resampling(rows, image.shape[0]), _resampling(columns, image.shape[1])
    return np.ascontiguousarray((across @ (down @ image).T).T)


def normalised(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Clip a slice to its 0.5 and 99.5 percentiles and bring it to mean 0 and standard deviation 1.

    A constant slice becomes zeros.
    """
    low, high = np.percentile(pixels, _CLIP_PERCENTILES)
    clipped = np.clip(pixels, low, high)
    deviation = float(clipped.std())
    if deviation == 0.0:
        return np.zeros(clipped.shape, dtype=np.float32)
    return np.asarray((clipped - clipped.mean()) / deviation, dtype=np.float32)


def padded(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Extend rows and columns at their ends to multiples of ``STRIDE`` with the darkest value (air).

    >>> padded(np.zeros((17, 16), np.float32)).shape
    (32, 16)
    """
    rows, columns = ((0, -n % STRIDE) for n in pixels.shape)
    return np.pad(pixels, (rows, columns), constant_values=pixels.min())
