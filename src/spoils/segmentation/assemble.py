"""From probabilities and names on the network's grid to a label map on the image's own grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spoils.anatomy import STRUCTURES, Kind, Structure, structure
from spoils.segmentation.components import Component, kind_probabilities

__all__ = ["FineSlice", "linear_weights", "named_like"]

Window = tuple[slice, slice]
"""Rows and columns of a slice that hold everything found on it."""

_MARGIN_PX = 2
"""A part keeps its probability for one pixel around it; interpolation and the nearest level reach one further."""

_MIN_CONTINUITY = 0.4
"""A piece continues that of the slice beside it when their overlap is at least this share of their union."""


def linear_weights(n_out: int, n_in: int) -> npt.NDArray[np.float32]:
    """Return the (n_out, n_in) matrix of linear interpolation between two samplings of one extent, edges held.

    >>> linear_weights(4, 2)[:, 1].tolist()
    [0.0, 0.25, 0.75, 1.0]
    """
    position = np.clip((np.arange(n_out) + 0.5) * n_in / n_out - 0.5, 0, n_in - 1)
    low = np.minimum(position.astype(int), max(n_in - 2, 0))
    weights = np.zeros((n_out, n_in), dtype=np.float32)
    weights[np.arange(n_out), low] = 1 - (position - low)
    if n_in > 1:
        weights[np.arange(n_out), low + 1] = position - low
    return weights


def _nearest_level(parts: Mapping[str, Component], kind: Kind, window: Window) -> npt.NDArray[np.uint8]:
    """Label every pixel of the window with the nearest part of this kind; zeros when there is none."""
    seeds = np.zeros(tuple(span.stop - span.start for span in window), dtype=np.uint8)
    for name, part in parts.items():
        if part.kind is kind:
            seeds[part.mask[window]] = structure(name).label
    if not seeds.any():
        return seeds
    row, column = ndimage.distance_transform_edt(seeds == 0, return_distances=False, return_indices=True)
    return np.asarray(seeds[row, column])


def named_like(parts: Iterable[Component], neighbour: Mapping[str, Component]) -> dict[str, Component]:
    """Name the parts of a slice after those of the slice beside it that they continue; the others are left out.

    A piece that continues two structures, such as two bodies grown together there, gets neither name. A structure that
    has ended is thus never found again further to the side.
    """
    named: dict[str, tuple[float, Component]] = {}
    for part in parts:
        for name, other in neighbour.items():
            if other.kind is not part.kind:
                continue
            shared = np.count_nonzero(part.mask & other.mask)
            continuity = shared / (part.area_px + other.area_px - shared)
            if continuity >= max(_MIN_CONTINUITY, named.get(name, (0.0, part))[0]):
                named[name] = (float(continuity), part)
    claims = Counter(id(part) for _, part in named.values())
    return {name: part for name, (_, part) in named.items() if claims[id(part)] == 1}


def _solid(probability: npt.NDArray[np.float32], masks: list[npt.NDArray[np.bool_]]) -> npt.NDArray[np.float32]:
    """Keep the probability of a kind near its named parts only, and close holes inside them.

    A rim of one pixel around the parts lets the interpolated boundary fall where it belongs.
    """
    if not masks:
        return np.zeros_like(probability)
    inside = np.logical_or.reduce(masks)
    near = np.where(ndimage.binary_dilation(inside), probability, 0.0)
    closed = np.where(ndimage.binary_erosion(inside) & (near < 0.5), 1.0, near)
    return np.asarray(closed, dtype=np.float32)


@dataclass(frozen=True)
class _Stretch:
    """One axis of a window: the span of coarse pixels, the span of fine ones that it reaches, and how they map."""

    coarse: slice
    fine: slice
    weights: npt.NDArray[np.float32]
    nearest: npt.NDArray[np.intp]

    @classmethod
    def of(cls, found: npt.NDArray[np.bool_], n_fine: int) -> _Stretch:
        """Span the coarse pixels that are ``found`` along the axis, and a margin, on ``n_fine`` fine ones."""
        inside, n_coarse = np.flatnonzero(found), len(found)
        coarse = slice(max(int(inside[0]) - _MARGIN_PX, 0), min(int(inside[-1]) + _MARGIN_PX + 1, n_coarse))
        weights = linear_weights(n_fine, n_coarse)[:, coarse]
        reached = np.flatnonzero(weights.any(axis=1))
        fine = slice(int(reached[0]), int(reached[-1]) + 1)
        position = ((np.arange(fine.start, fine.stop) + 0.5) * n_coarse / n_fine).astype(int)
        nearest = np.clip(position, coarse.start, coarse.stop - 1) - coarse.start
        return cls(coarse, fine, weights[fine], nearest)


@dataclass(frozen=True, eq=False)
class FineSlice:
    """One slice on the image's own grid: where each kind is, and which level is nearest.

    ``shape`` is that of the whole slice (rows, columns); the rest covers its ``window`` alone, outside of which nothing
    was found. ``fields`` holds the probability of each kind, float32, interpolated from the network's pixels so that
    contours are finer than these; ``levels`` the label value of the nearest part of the kind.
    """

    shape: tuple[int, int]
    window: Window
    fields: Mapping[Kind, npt.NDArray[np.float32]]
    levels: Mapping[Kind, npt.NDArray[np.uint8]]

    @classmethod
    def of(
        cls, probabilities: npt.NDArray[np.float32], parts: Mapping[str, Component], shape: tuple[int, int]
    ) -> FineSlice:
        """Interpolate class probabilities (14, rows, columns) and named parts on the same grid to ``shape``."""
        if not parts:
            return cls(shape, (slice(0, 0), slice(0, 0)), {}, {})
        found = np.logical_or.reduce([part.mask for part in parts.values()])
        rows, columns = (_Stretch.of(found.any(axis=1 - axis), shape[axis]) for axis in (0, 1))
        coarse = (rows.coarse, columns.coarse)
        kinds = kind_probabilities(probabilities[:, *coarse])
        fields, levels = {}, {}
        for kind in Kind:
            masks = [part.mask[coarse] for part in parts.values() if part.kind is kind]
            fields[kind] = np.asarray(rows.weights @ _solid(kinds[kind], masks) @ columns.weights.T, dtype=np.float32)
            levels[kind] = _nearest_level(parts, kind, coarse)[np.ix_(rows.nearest, columns.nearest)]
        return cls(shape, (rows.fine, columns.fine), fields, levels)

    @property
    def labels(self) -> npt.NDArray[np.uint8]:
        """Label values, uint8 (rows, columns): the most probable of background and kinds, with its level."""
        labels = np.zeros(self.shape, dtype=np.uint8)
        inside, strongest = labels[self.window], 1 - sum(self.fields.values(), start=np.float32(0))
        for kind, field in self.fields.items():
            wins = field > strongest
            np.copyto(inside, self.levels[kind], where=wins)
            strongest = np.maximum(strongest, field)
        return labels

    @property
    def coverage(self) -> dict[str, npt.NDArray[np.float32]]:
        """Share 0 to 1 by which each structure covers each pixel; its boundary lies where it passes one half."""
        return {
            s.name: self._share(s)
            for s in STRUCTURES
            if s.kind in self.levels and (self.levels[s.kind] == s.label).any()
        }

    def _share(self, wanted: Structure) -> npt.NDArray[np.float32]:
        share = np.zeros(self.shape, dtype=np.float32)
        np.copyto(share[self.window], self.fields[wanted.kind], where=self.levels[wanted.kind] == wanted.label)
        return share
