"""From probabilities and names on the network's grid to a label map on the image's own grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spoils.anatomy import Kind, structure
from spoils.segmentation.parts import Part, kind_probabilities

__all__ = ["label_slice", "linear_weights", "named_like"]

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


def label_slice(
    probabilities: npt.NDArray[np.float32], parts: Mapping[str, Part], shape: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Return label values of one slice on the image's own grid.

    Kinds are decided after linear interpolation of their probabilities, so that outlines are finer than the network's
    pixels; the level of a pixel is that of the nearest part of its kind.

    Args:
        probabilities: (14, rows, columns) at the network's pixel size.
        parts: named bodies and discs and, if found, the canal, as masks on the same grid.
        shape: rows and columns of the image.
    """
    kinds = kind_probabilities(probabilities)
    small = (int(probabilities.shape[1]), int(probabilities.shape[2]))
    down, across = linear_weights(shape[0], small[0]), linear_weights(shape[1], small[1]).T
    row, column = (
        np.minimum((np.arange(n) + 0.5) * m / n, m - 1).astype(int) for n, m in zip(shape, small, strict=True)
    )
    fields, levels = [], []
    for kind in Kind:
        masks = [part.mask for part in parts.values() if part.kind is kind]
        # A rim of one pixel around the named parts lets the interpolated boundary fall where it belongs.
        near = ndimage.binary_dilation(np.logical_or.reduce(masks)) if masks else np.zeros(small, dtype=bool)
        fields.append(down @ np.where(near, kinds[kind], 0.0).astype(np.float32) @ across)
        levels.append(_nearest_level(parts, kind, small)[np.ix_(row, column)])
    background = 1 - np.sum(fields, axis=0)
    winner = np.argmax([background, *fields], axis=0)
    return np.asarray(np.choose(winner, [np.zeros(shape, dtype=np.uint8), *levels]), dtype=np.uint8)
