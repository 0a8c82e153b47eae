"""Parts: connected pieces of body, disc and canal on one slice, before they have a level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spoils.anatomy import BODIES, CANAL, DISCS, Kind, structure

__all__ = ["KIND_LABELS", "Part", "canal_part", "find_parts", "kind_probabilities"]

Mask = npt.NDArray[np.bool_]
Probabilities = npt.NDArray[np.float32]

KIND_LABELS: dict[Kind, tuple[int, ...]] = {
    Kind.BODY: tuple(structure(name).label for name in BODIES),
    Kind.DISC: tuple(structure(name).label for name in DISCS),
    Kind.CANAL: (structure(CANAL).label,),
}
"""Label values of each kind, cranial to caudal."""

_MIN_AREA_MM2 = {Kind.BODY: 80.0, Kind.DISC: 20.0}
"""Smaller pieces are specks: a lumbar body covers about 800 mm2 of a mid-sagittal slice, a collapsed disc 80 mm2."""

_FUSED_AREA = 1.6
"""A body piece this many times the median holds two bodies that touch (fused, or a disc gone)."""


@dataclass(frozen=True, eq=False)
class Part:
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
        row, column = ndimage.center_of_mass(self.mask)
        return float(row), float(column)


def kind_probabilities(probabilities: Probabilities) -> dict[Kind, npt.NDArray[np.float32]]:
    """Sum class probabilities (14, rows, columns) to one map a kind: where any body, any disc, the canal is."""
    return {kind: probabilities[list(labels)].sum(axis=0) for kind, labels in KIND_LABELS.items()}


def _part(kind: Kind, mask: Mask, probabilities: Probabilities) -> Part:
    return Part(kind, mask, probabilities[:, mask].mean(axis=1).astype(np.float64))


def _pieces(mask: Mask, min_px: float) -> list[Mask]:
    labelled, _ = ndimage.label(mask)
    sizes = np.bincount(labelled.ravel())
    return [np.asarray(labelled == index) for index in range(1, len(sizes)) if sizes[index] >= min_px]


def _split_by_class(mask: Mask, kind: Kind, probabilities: Probabilities, min_px: float) -> list[Mask]:
    """Split a piece that holds two neighbours where the network's own class changes."""
    labels = KIND_LABELS[kind]
    winner = probabilities[list(labels)].argmax(axis=0)
    pieces = [piece for index in range(len(labels)) for piece in _pieces(mask & (winner == index), min_px)]
    return pieces if len(pieces) > 1 else [mask]


def find_parts(probabilities: Probabilities, pixel_area_mm2: float) -> list[Part]:
    """Find bodies and discs on a slice, from caudal to cranial.

    Args:
        probabilities: (14, rows, columns) class probabilities.
        pixel_area_mm2: area of one pixel.

    Returns:
        Parts without holes or specks, the lowest first. Bodies that touch are split where the network's class changes.
    """
    kinds = kind_probabilities(probabilities)
    strongest = np.stack([probabilities[0], *(kinds[kind] for kind in Kind)]).argmax(axis=0)
    parts = []
    for number, kind in enumerate(Kind, start=1):
        if kind is Kind.CANAL:
            continue
        min_px = _MIN_AREA_MM2[kind] / pixel_area_mm2
        pieces = _pieces(ndimage.binary_fill_holes(strongest == number), min_px)
        typical = float(np.median([piece.sum() for piece in pieces])) if pieces else 0.0
        for piece in pieces:
            fused = kind is Kind.BODY and piece.sum() > _FUSED_AREA * typical
            halves = _split_by_class(piece, kind, probabilities, min_px) if fused else [piece]
            parts += [_part(kind, half, probabilities) for half in halves]
    return sorted(parts, key=lambda part: -part.centre[0])


def canal_part(probabilities: Probabilities, pixel_area_mm2: float) -> Part | None:
    """Return the canal: its pieces of at least 20 mm2 taken together, or None when there is none."""
    kinds = kind_probabilities(probabilities)
    strongest = np.stack([probabilities[0], *(kinds[kind] for kind in Kind)]).argmax(axis=0)
    number = list(Kind).index(Kind.CANAL) + 1
    pieces = _pieces(ndimage.binary_fill_holes(strongest == number), _MIN_AREA_MM2[Kind.DISC] / pixel_area_mm2)
    if not pieces:
        return None
    return _part(Kind.CANAL, np.logical_or.reduce(pieces), probabilities)
