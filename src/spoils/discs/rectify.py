"""Level boxes cut out of a slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, map_coordinates

from spoils.geometry import LocalFrame

__all__ = ["LevelBox"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LevelBox:
    """A grid of ``shape`` (rows, columns) square pixels of ``pixel_mm``, centred on ``frame`` and level with it."""

    frame: LocalFrame
    pixel_mm: float
    shape: tuple[int, int]

    @classmethod
    def around(cls, corners_mm: FloatArray, shape: tuple[int, int], width_share: float) -> LevelBox:
        """Return the box around sorted corner points ``(4, 2)``, whose width fills ``width_share`` of its columns."""
        front_top, back_top, back_bottom, front_bottom = corners_mm
        across = (back_top + back_bottom - front_top - front_bottom) / 2
        width_mm = float(np.linalg.norm(across))
        return cls(LocalFrame(corners_mm.mean(axis=0), across / width_mm), width_mm / (width_share * shape[1]), shape)

    def sample(self, plane: npt.NDArray[np.float32], spacing_mm: tuple[float, float]) -> npt.NDArray[np.float32]:
        """Return the slice ``plane`` (rows, columns) with ``spacing_mm`` (row, column) as this box shows it.

        Interpolation is linear; where the box is coarser than the slice, the slice is blurred first to match. Beyond
        the slice its border is repeated.
        """
        spacing = np.array(spacing_mm)
        rows, columns = self._indices(spacing)
        # Blur only what the box can see; a blurred pixel reaches a few pixels further.
        sigma = 0.5 * np.sqrt(np.maximum((self.pixel_mm / spacing) ** 2 - 1.0, 0.0))
        margin = np.ceil(4 * sigma).astype(int) + 1
        low = np.clip(np.floor((rows.min(), columns.min())).astype(int) - margin, 0, np.array(plane.shape) - 1)
        high = np.clip(np.ceil((rows.max(), columns.max())).astype(int) + margin, 0, np.array(plane.shape) - 1)
        window = plane[low[0] : high[0] + 1, low[1] : high[1] + 1]
        blurred = gaussian_filter(window.astype(np.float32), sigma, mode="nearest")
        at = (rows - low[0], columns - low[1])
        return np.asarray(map_coordinates(blurred, at, order=1, mode="nearest"), dtype=np.float32)

    def _indices(self, spacing: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return row and column of the slice below each pixel of the box."""
        rows, columns = self.shape
        up, back = np.meshgrid(
            ((rows - 1) / 2 - np.arange(rows)) * self.pixel_mm,
            (np.arange(columns) - (columns - 1) / 2) * self.pixel_mm,
            indexing="ij",
        )
        points = self.frame.to_slice(np.stack((back, up), axis=-1))
        return points[..., 1] / spacing[0], points[..., 0] / spacing[1]
