"""Components: connected pieces of body, disc and canal on one slice, before they have a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spoils.anatomy import BODIES, CANAL, DISCS, Kind, structure

__all__ = ["KIND_LABELS", "Component", "body_pitch_px", "canal_component", "find_components", "kind_probabilities"]

Mask = npt.NDArray[np.bool_]
Probabilities = npt.NDArray[np.float32]

KIND_LABELS: dict[Kind, tuple[int, ...]] = {
    Kind.BODY: tuple(structure(name).label for name in BODIES),
    Kind.DISC: tuple(structure(name).label for name in DISCS),
    Kind.CANAL: (structure(CANAL).label,),
}
"""Label values of each kind, cranial to caudal."""

_MIN_AREA_MM2 = {Kind.BODY: 80.0, Kind.DISC: 20.0}
"""Smaller pieces are noise: a lumbar body covers about 800 mm2 of a mid-sagittal slice, a collapsed disc 80 mm2."""

_MIN_SHARE = {Kind.BODY: 0.2, Kind.DISC: 0.1}
"""So are pieces that cover less than this share of what is typical on the slice: a vessel that crosses a body cuts off
such fragments, and a body cut by the edge of the picture to less can't be judged. A crushed body keeps a third."""

_CANAL_GAP_MM = 60.0
"""A narrowed or tilted canal may vanish from a slice over two levels; what lies further away is no canal."""

_FUSED_AREA = 1.6
"""A body piece this many times the median holds two bodies that touch (fused, or a disc gone)."""

_NECK_MM = 10.0
"""Bodies that grew together are joined by less than twice this; a body itself is 25 mm high."""

_LEAST_BODY = 0.4
"""What is cut off at a neck is a body only if it covers this share of what is typical; else it is an osteophyte."""

_COLUMN_TILT_DEG = 15.0
"""Pieces are ordered along an axis that leans forward by this much going up. On a steep sacrum S1 lies behind the disc
on it, or even a little higher, while the upper lumbar spine rarely leans back by more than 30 degrees."""


@dataclass(frozen=True, eq=False)
class Component:
    """One connected piece: its kind, its pixels (rows, columns) and how strongly the network saw each class in it.

    ``evidence`` is float (14,): the mean probability of each class over the piece.
    """

    kind: Kind
    mask: Mask
    evidence: npt.NDArray[np.float64]

    @cached_property
    def area_px(self) -> int:
        """Number of pixels."""
        return int(self.mask.sum())

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Row and column of the centroid."""
        rows, columns = np.nonzero(self.mask)
        return float(rows.mean()), float(columns.mean())


def kind_probabilities(probabilities: Probabilities) -> dict[Kind, npt.NDArray[np.float32]]:
    """Sum class probabilities (14, rows, columns) to one map a kind: where any body, any disc, the canal is."""
    return {kind: probabilities[list(labels)].sum(axis=0) for kind, labels in KIND_LABELS.items()}


def _part(kind: Kind, mask: Mask, probabilities: Probabilities) -> Component:
    return Component(kind, mask, probabilities[:, mask].mean(axis=1).astype(np.float64))


def _without_holes(mask: Mask) -> Mask:
    """Fill all background from which no way of edge neighbours leads out of the picture.

    Equal to ``ndimage.binary_fill_holes``, which grows the background from the border one pixel at a time.

    >>> _without_holes(np.array([[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 1]], dtype=bool)).astype(int).tolist()
    [[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    """
    background, n_regions = ndimage.label(~mask)
    is_open = np.zeros(n_regions + 1, dtype=np.bool_)
    for border in (background[0], background[-1], background[:, 0], background[:, -1]):
        is_open[border] = True
    is_open[0] = False  # the mask itself
    return np.asarray(~is_open[background])


def _pieces(mask: Mask, min_px: float) -> list[Mask]:
    labelled, _ = ndimage.label(mask)
    sizes = np.bincount(labelled.ravel())
    return [np.asarray(labelled == index) for index in range(1, len(sizes)) if sizes[index] >= min_px]


def _divided(mask: Mask, seeds: Sequence[Mask]) -> list[Mask]:
    """Give every pixel of a piece to the nearest of its seeds, so that none is lost."""
    numbered = sum((number * seed for number, seed in enumerate(seeds, start=1)), np.zeros(mask.shape, dtype=np.intp))
    row, column = ndimage.distance_transform_edt(numbered == 0, return_distances=False, return_indices=True)
    nearest = np.where(mask, numbered[row, column], 0)
    return [np.asarray(nearest == number) for number in range(1, len(seeds) + 1)]


def _split_at_neck(mask: Mask, most_px: float, least_px: float) -> list[Mask]:
    """Split a piece at its narrowest place, where a disc reaches into it from both sides, if there is one.

    Each half covers ``least_px`` or more; the neck is at most twice ``most_px`` wide.
    """
    depth = ndimage.distance_transform_edt(mask)
    for inside_px in range(1, int(most_px) + 1):
        seeds = _pieces(depth > inside_px, 1)
        halves = _divided(mask, seeds) if len(seeds) > 1 else []
        large = [seed for seed, half in zip(seeds, halves, strict=False) if half.sum() >= least_px]
        if len(large) > 1:
            return _divided(mask, large)
    return [mask]


def _split_by_class(mask: Mask, kind: Kind, probabilities: Probabilities, min_px: float) -> list[Mask]:
    """Split a piece that holds two neighbours where the network's own class changes."""
    labels = KIND_LABELS[kind]
    winner = probabilities[list(labels)].argmax(axis=0)
    seeds = [piece for index in range(len(labels)) for piece in _pieces(mask & (winner == index), min_px)]
    return _divided(mask, seeds) if len(seeds) > 1 else [mask]


def _single_bodies(mask: Mask, typical_px: float, probabilities: Probabilities, pixel_area_mm2: float) -> list[Mask]:
    """Split a piece of body until nothing far larger than ``typical_px`` can be split any more.

    Each half is looked at again: of three bodies the widest neck is left when the first has been cut.
    """
    if mask.sum() <= _FUSED_AREA * typical_px:
        return [mask]
    halves = _split_at_neck(mask, _NECK_MM / np.sqrt(pixel_area_mm2), _LEAST_BODY * typical_px)
    if len(halves) == 1:
        halves = _split_by_class(mask, Kind.BODY, probabilities, _MIN_AREA_MM2[Kind.BODY] / pixel_area_mm2)
    if len(halves) == 1:
        return halves
    return [body for half in halves for body in _single_bodies(half, typical_px, probabilities, pixel_area_mm2)]


def _depth_along_column(part: Component) -> float:
    row, column = part.centre
    tilt = np.deg2rad(_COLUMN_TILT_DEG)
    return float(row * np.cos(tilt) + column * np.sin(tilt))


def body_pitch_px(parts: Sequence[Component]) -> float:
    """Return the typical distance of two neighbouring bodies; infinity when fewer than two were found."""
    centres = np.array([part.centre for part in parts if part.kind is Kind.BODY])
    return float(np.median(np.linalg.norm(np.diff(centres, axis=0), axis=1))) if len(centres) > 1 else np.inf


def _without_fragments(pieces: list[Mask], kind: Kind) -> list[Mask]:
    """Drop fragments. The typical area is weighted by area, so that many fragments can't become typical."""
    areas = np.array([piece.sum() for piece in pieces], dtype=np.float64)
    typical = areas @ areas / max(areas.sum(), 1.0)
    return [piece for piece, area in zip(pieces, areas, strict=True) if area >= _MIN_SHARE[kind] * typical]


def find_components(probabilities: Probabilities, pixel_area_mm2: float) -> list[Component]:
    """Find bodies and discs on a slice, from caudal to cranial.

    Args:
        probabilities: (14, rows, columns) class probabilities.
        pixel_area_mm2: area of one pixel.

    Returns:
        Pieces without holes and noise, the lowest first. Bodies that touch are split at the neck between
        them or, without one, where the network's class changes.
    """
    kinds = kind_probabilities(probabilities)
    strongest = np.stack([probabilities[0], *(kinds[kind] for kind in Kind)]).argmax(axis=0)
    parts = []
    for number, kind in enumerate(Kind, start=1):
        if kind is Kind.CANAL:
            continue
        min_px = _MIN_AREA_MM2[kind] / pixel_area_mm2
        pieces = _without_fragments(_pieces(_without_holes(strongest == number), min_px), kind)
        typical = float(np.median([piece.sum() for piece in pieces])) if pieces else 0.0
        for piece in pieces:
            single = [piece]
            if kind is Kind.BODY:
                single = _single_bodies(piece, typical, probabilities, pixel_area_mm2)
            parts += [_part(kind, mask, probabilities) for mask in single]
    return sorted(parts, key=_depth_along_column, reverse=True)


def canal_component(probabilities: Probabilities, pixel_area_mm2: float) -> Component | None:
    """Return the canal: its pieces of at least 20 mm2 taken together, or None when there is none.

    Pieces far from the chain that holds the largest are something else, such as fluid at the edge of the picture.
    """
    kinds = kind_probabilities(probabilities)
    strongest = np.stack([probabilities[0], *(kinds[kind] for kind in Kind)]).argmax(axis=0)
    number = list(Kind).index(Kind.CANAL) + 1
    pieces = _pieces(_without_holes(strongest == number), _MIN_AREA_MM2[Kind.DISC] / pixel_area_mm2)
    if not pieces:
        return None
    together = np.logical_or.reduce(pieces)
    if len(pieces) > 1:
        reach_px = _CANAL_GAP_MM / 2 / np.sqrt(pixel_area_mm2)
        chains, _ = ndimage.label(ndimage.distance_transform_edt(~together) <= reach_px)
        largest = max(pieces, key=lambda piece: int(piece.sum()))
        together &= chains == chains[largest][0]
    return _part(Kind.CANAL, together, probabilities)
