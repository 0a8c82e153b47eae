"""One sagittal slice prepared for drawing: in millimetres, cropped to the spine, and windowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import minimum_filter1d

from spoils.anatomy import BODIES, CANAL, DISCS, structure
from spoils.errors import InputUnreadable
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import message

__all__ = ["Box", "SliceView"]

_MARGIN_ABOVE_MM = 14.0
_MARGIN_BELOW_MM = 12.0
_MARGIN_ANTERIOR_MM = 26.0
_MARGIN_POSTERIOR_MM = 42.0
"""Margins around bodies and discs, with space for names in front and for canal, spinous processes and muscle behind."""

_BLACK_PERCENTILE = 1.0
_WHITE_PERCENTILE = 98.0
"""Percentiles of the grey window. White is computed from the structures if the canal is among them, because CSF is the
brightest relevant signal. The fat of the back, next to the coil, is often several times brighter."""

_NAME_HALF_HEIGHT_MM = 3.0

_SPINE = tuple(structure(name).label for name in (*BODIES, *DISCS))


@dataclass(frozen=True)
class Box:
    """A rectangle in the slice, in millimetres: x to posterior, y to inferior."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def width(self) -> float:
        """Extent from anterior to posterior."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Extent from superior to inferior."""
        return self.bottom - self.top

    @property
    def image_extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top, as an extent of Matplotlib."""
        return (self.left, self.right, self.bottom, self.top)


@dataclass(frozen=True, eq=False)
class SliceView:
    """Pixels and labels of one slice, both (rows, columns), with the millimetres between pixel centres.

    x is column times ``column_mm`` and y is row times ``row_mm``: the first pixel's centre is the origin.
    """

    pixels: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]
    row_mm: float
    column_mm: float

    @classmethod
    def of(cls, series: SagittalSeries, labels: LabelMap, slice_index: int) -> SliceView:
        """Return slice ``slice_index`` of a series and its label map.

        Raises:
            InputUnreadable: the label map lies on another grid, or there is no such slice.
        """
        if not labels.grid.matches(series.grid):
            raise InputUnreadable(message("view-label-map-misplaced"))
        slices = series.pixels.shape[0]
        if not 0 <= slice_index < slices:
            raise InputUnreadable(message("view-slice-unknown", slice=slice_index, slices=slices))
        _, row_mm, column_mm = series.grid.spacing_mm
        return cls(series.pixels[slice_index], labels.labels[slice_index], row_mm, column_mm)

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return the mask of the structure ``name``, bool (rows, columns)."""
        return np.asarray(self.labels == structure(name).label)

    @property
    def field(self) -> Box:
        """The whole slice, to the outer edges of its pixels."""
        rows, columns = self.pixels.shape
        return Box(
            left=-0.5 * self.column_mm,
            right=(columns - 0.5) * self.column_mm,
            top=-0.5 * self.row_mm,
            bottom=(rows - 0.5) * self.row_mm,
        )

    @property
    def spine(self) -> Box:
        """Bodies and discs with a margin, within the slice; the whole slice if nothing was found."""
        rows, columns = np.nonzero(np.isin(self.labels, _SPINE))
        field = self.field
        if not rows.size:
            return field
        return Box(
            left=max(field.left, float(columns.min()) * self.column_mm - _MARGIN_ANTERIOR_MM),
            right=min(field.right, float(columns.max()) * self.column_mm + _MARGIN_POSTERIOR_MM),
            top=max(field.top, float(rows.min()) * self.row_mm - _MARGIN_ABOVE_MM),
            bottom=min(field.bottom, float(rows.max()) * self.row_mm + _MARGIN_BELOW_MM),
        )

    def grey_window(self, box: Box) -> tuple[float, float]:
        """Return the signal of black and of white, from the tissue within ``box``."""
        rows = slice(max(0, round(box.top / self.row_mm)), round(box.bottom / self.row_mm) + 1)
        columns = slice(max(0, round(box.left / self.column_mm)), round(box.right / self.column_mm) + 1)
        tissue = self.pixels[rows, columns]
        black = float(np.percentile(tissue, _BLACK_PERCENTILE))
        bright = self.pixels[self.labels > 0] if self.mask(CANAL).any() else tissue
        white = float(np.percentile(bright, _WHITE_PERCENTILE))
        return black, max(white, float(np.nextafter(black, np.inf)))

    def front_of_body(self, name: str) -> tuple[float, float]:
        """Return x and y (mm) of the body's front, at a height where a name in front of it covers no other structure.

        This is the row closest to the middle of the body at which nothing is in front of it over the height of a name.
        If there is none, as for a horizontal sacrum below its disc, it is the middle row.
        """
        body = self.mask(name)
        inside = body.any(axis=1)
        others = np.isin(self.labels, _SPINE) & ~body
        columns = self.labels.shape[1]
        front = np.where(inside, body.argmax(axis=1), columns)
        front_of_others = np.where(others.any(axis=1), others.argmax(axis=1), columns)
        reach = max(1, round(_NAME_HALF_HEIGHT_MM / self.row_mm))
        front_of_others = minimum_filter1d(front_of_others, 2 * reach + 1)
        rows = np.flatnonzero(inside)
        free = rows[front[rows] <= front_of_others[rows]]
        middle = rows.mean()
        row = min(free if free.size else rows, key=lambda candidate: abs(candidate - middle))
        return float(front[row]) * self.column_mm, float(row) * self.row_mm
