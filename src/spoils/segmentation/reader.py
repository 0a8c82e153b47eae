"""Reads slices of one series with one network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import numpy.typing as npt

from spoils.errors import UsageError
from spoils.images import SagittalSeries
from spoils.messages import message
from spoils.models import LoadedModel
from spoils.segmentation.assemble import FineSlice
from spoils.segmentation.components import Component, find_components
from spoils.segmentation.hint import LevelHint
from spoils.segmentation.looks import AS_IT_IS, Look
from spoils.segmentation.naming import Naming, name_components
from spoils.segmentation.predict import SLICES_AT_ONCE, Prediction, predict

__all__ = ["SliceReader", "pixel_at"]

Slice = npt.NDArray[np.float32]


def pixel_at(place: tuple[int, int], of: tuple[int, ...], on: tuple[int, ...]) -> tuple[int, int]:
    """Return the pixel on another grid over the same field of view in which the centre of a pixel lies.

    >>> pixel_at((10, 3), (20, 20), (40, 10))
    (21, 1)
    """
    row, column = (int((at + 0.5) * there / here) for at, here, there in zip(place, of, on, strict=True))
    return row, column


@dataclass(frozen=True, eq=False)
class SliceReader:
    """Reads slices of one series with one network in one ``look``, and knows the size of the network's pixels."""

    series: SagittalSeries
    model: LoadedModel
    look: Look = field(default=AS_IT_IS)

    @property
    def _spacing_mm(self) -> tuple[float, float]:
        _, row_mm, column_mm = self.series.grid.spacing_mm
        return row_mm, column_mm

    def read(self, slices: Sequence[Slice]) -> Prediction:
        """Return what the network sees on a few slices (rows, columns)."""
        return predict([self.look.shown(one) for one in slices], self.look.spacing_mm(self._spacing_mm), self.model)

    def pixel_area_mm2(self, shape: tuple[int, ...]) -> float:
        """Return the area in the patient of one pixel of what the network saw, whose shape ends in rows, columns."""
        _, rows, columns = self.series.grid.shape
        row_mm, column_mm = self._spacing_mm
        return float(rows * row_mm * columns * column_mm / (shape[-2] * shape[-1]))

    def pieces(self, probabilities: npt.NDArray[np.float32]) -> list[Component]:
        """Find bodies and discs on one slice of class probabilities (14, rows, columns), of the size that it shows."""
        return find_components(probabilities, self.pixel_area_mm2(probabilities.shape) * self.look.scale**2)

    def named(self, probabilities: npt.NDArray[np.float32]) -> Naming:
        """Find and name everything on one slice of class probabilities (14, rows, columns)."""
        return name_components(self.pieces(probabilities))

    def recounted(self, pixels: Slice, looks: Sequence[Look]) -> list[Naming]:
        """Name one slice (rows, columns) anew in each of several looks; those of one scale are read together."""
        found = []
        for scale, group in groupby(looks, key=lambda look: look.scale):
            alike = list(group)
            for start in range(0, len(alike), SLICES_AT_ONCE):
                shown = [look.shown(pixels) for look in alike[start : start + SLICES_AT_ONCE]]
                reader = SliceReader(self.series, self.model, Look(scale))
                found += [reader.named(seen) for seen in reader.read(shown).probabilities]
        return found

    def pixel_of(self, hint: LevelHint, probabilities: npt.NDArray[np.float32]) -> tuple[int, int] | None:
        """Return the network's pixel at the place of a hint, None for a hint without one.

        Raises:
            UsageError: the place lies outside the image.
        """
        if hint.at is None:
            return None
        size = self.series.grid.shape[1:]
        if hint.at[0] >= size[0] or hint.at[1] >= size[1]:
            place = {"row": hint.at[0], "column": hint.at[1]}
            raise UsageError(message("pixel-outside", **place, rows=size[0], columns=size[1]))
        return pixel_at(hint.at, size, probabilities.shape[1:])

    def refine(self, probabilities: npt.NDArray[np.float32], parts: Mapping[str, Component]) -> FineSlice:
        """Return class probabilities (14, rows, columns) and their named parts on the grid of the image."""
        return FineSlice.of(probabilities, parts, self.series.grid.shape[1:])
