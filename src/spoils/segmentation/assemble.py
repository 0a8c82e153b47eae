"""From probabilities and names on the network's grid to a label map on the image's own grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spoils.anatomy import STRUCTURES, Kind, structure
from spoils.segmentation.parts import Part, kind_probabilities

__all__ = ["FineSlice", "linear_weights", "named_like"]

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


def _nearest_level(parts: Mapping[str, Part], kind: Kind, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Label every pixel with the nearest part of this kind; zeros when there is none."""
    seeds = np.zeros(shape, dtype=np.uint8)
    for name, part in parts.items():
        if part.kind is kind:
            seeds[part.mask] = structure(name).label
    if not seeds.any():
        return seeds
    row, column = ndimage.distance_transform_edt(seeds == 0, return_distances=False, return_indices=True)
    return np.asarray(seeds[row, column])


def named_like(parts: Iterable[Part], neighbour: Mapping[str, Part]) -> dict[str, Part]:
    """Name the parts of a slice after those of the slice beside it that they continue; the others are left out.

    A structure that has ended on the way outward is thus never found again further out.
    """
    named: dict[str, tuple[float, Part]] = {}
    for part in parts:
        for name, other in neighbour.items():
            if other.kind is not part.kind:
                continue
            continuity = (part.mask & other.mask).sum() / (part.mask | other.mask).sum()
            if continuity >= max(_MIN_CONTINUITY, named.get(name, (0.0, part))[0]):
                named[name] = (float(continuity), part)
    return {name: part for name, (_, part) in named.items()}


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


@dataclass(frozen=True, eq=False)
class FineSlice:
    """One slice on the image's own grid: where each kind is, and which level is nearest.

    ``fields`` holds the probability of each kind, float32 (rows, columns), interpolated from the network's pixels so
    that outlines are finer than these; ``levels`` the label value of the nearest part of the kind.
    """

    fields: Mapping[Kind, npt.NDArray[np.float32]]
    levels: Mapping[Kind, npt.NDArray[np.uint8]]

    @classmethod
    def of(cls, probabilities: npt.NDArray[np.float32], parts: Mapping[str, Part], shape: tuple[int, int]) -> FineSlice:
        """Interpolate class probabilities (14, rows, columns) and named parts on the same grid to ``shape``."""
        kinds = kind_probabilities(probabilities)
        small = (int(probabilities.shape[1]), int(probabilities.shape[2]))
        down, across = linear_weights(shape[0], small[0]), linear_weights(shape[1], small[1]).T
        sizes = zip(shape, small, strict=True)
        row, column = (np.minimum((np.arange(n) + 0.5) * m / n, m - 1).astype(int) for n, m in sizes)
        fields, levels = {}, {}
        for kind in Kind:
            masks = [part.mask for part in parts.values() if part.kind is kind]
            fields[kind] = np.asarray(down @ _solid(kinds[kind], masks) @ across, dtype=np.float32)
            levels[kind] = _nearest_level(parts, kind, small)[np.ix_(row, column)]
        return cls(fields, levels)

    @property
    def labels(self) -> npt.NDArray[np.uint8]:
        """Label values, uint8 (rows, columns): the most probable of background and kinds, with its level."""
        background = 1 - np.sum([*self.fields.values()], axis=0)
        winner = np.argmax([background, *self.fields.values()], axis=0)
        nothing = np.zeros(winner.shape, dtype=np.uint8)
        return np.asarray(np.choose(winner, [nothing, *self.levels.values()]), dtype=np.uint8)

    @property
    def coverage(self) -> dict[str, npt.NDArray[np.float32]]:
        """Share 0 to 1 by which each structure covers each pixel; its boundary lies where it passes one half."""
        return {
            s.name: np.where(self.levels[s.kind] == s.label, self.fields[s.kind], np.float32(0))
            for s in STRUCTURES
            if (self.levels[s.kind] == s.label).any()
        }
