"""Scores of one structure against its annotation: overlap, boundary distance, and assigned names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from monai.metrics.utils import get_mask_edges, get_surface_distance

from spoils.anatomy import STRUCTURES, Kind, structure

__all__ = ["FIGURES", "SPLIT_SHARE", "BoundaryDistance", "Overlap", "StructureScore", "name_shares", "score_structure"]

Mask = npt.NDArray[np.bool_]

FIGURES = ("accuracy", "precision", "recall", "dice", "iou", "assd_mm", "hausdorff95_mm")
"""The five figures of the published study, followed by the boundary distances."""

SPLIT_SHARE = 0.10
"""A body is split if a second name covers more than this share of it."""


@dataclass(frozen=True)
class Overlap:
    """Pixel counts of one class in one image: annotated and found, found only, annotated only, neither."""

    both: int
    found_only: int
    drawn_only: int
    neither: int

    @classmethod
    def of(cls, drawn: Mask, found: Mask) -> Overlap:
        """Count the pixels of two masks of one shape.

        >>> Overlap.of(np.array([True, True]), np.array([True, False])).dice
        0.6666666666666666
        """
        both = int((drawn & found).sum())
        found_only, drawn_only = int(found.sum()) - both, int(drawn.sum()) - both
        return cls(both, found_only, drawn_only, drawn.size - both - found_only - drawn_only)

    @property
    def accuracy(self) -> float:
        """Share of all pixels on which both agree."""
        return (self.both + self.neither) / (self.both + self.found_only + self.drawn_only + self.neither)

    @property
    def precision(self) -> float | None:
        """Share of the found pixels that were annotated; None if nothing was found."""
        found = self.both + self.found_only
        return self.both / found if found else None

    @property
    def recall(self) -> float | None:
        """Share of the annotated pixels that were found; None if nothing was annotated."""
        drawn = self.both + self.drawn_only
        return self.both / drawn if drawn else None

    @property
    def dice(self) -> float:
        """Twice the overlap over the sum of sizes; one if both are empty."""
        sizes = 2 * self.both + self.found_only + self.drawn_only
        return 2 * self.both / sizes if sizes else 1.0

    @property
    def iou(self) -> float:
        """Overlap over union; one if both are empty."""
        union = self.both + self.found_only + self.drawn_only
        return self.both / union if union else 1.0


@dataclass(frozen=True)
class BoundaryDistance:
    """Distance of two boundaries (mm): symmetric mean, and the larger of the two one-way 95th percentiles."""

    assd_mm: float
    hausdorff95_mm: float

    @classmethod
    def of(cls, drawn: Mask, found: Mask, spacing_mm: tuple[float, float]) -> BoundaryDistance | None:
        """Measure between the edge pixels of two masks (rows, columns); None if one is empty.

        The definitions are those of MONAI's ``compute_average_surface_distance`` (symmetric) and
        ``compute_hausdorff_distance``. Their parts are called directly, so that both need only one search.
        """
        if not (drawn.any() and found.any()):
            return None
        found_edge, drawn_edge = get_mask_edges(found, drawn)
        there = np.asarray(get_surface_distance(found_edge, drawn_edge, spacing=spacing_mm))
        back = np.asarray(get_surface_distance(drawn_edge, found_edge, spacing=spacing_mm))
        farthest = max(np.percentile(there, 95), np.percentile(back, 95))
        return cls(float(np.concatenate((there, back)).mean()), float(farthest))


def name_shares(drawn: Mask, labels: npt.NDArray[np.uint8], kind: Kind) -> dict[str, float]:
    """Return the share of an annotated mask that each name of its ``kind`` covers, largest first.

    ``labels`` are predicted label values of the mask's shape. Labels of other kinds are left out.

    >>> name_shares(np.ones(10, bool), np.array([1] * 7 + [2] * 2 + [0], np.uint8), Kind.BODY)
    {'L1': 0.7, 'L2': 0.2}
    """
    counts = np.bincount(labels[drawn], minlength=len(STRUCTURES) + 1)
    area = int(drawn.sum())
    shares = {s.name: float(counts[s.label] / area) for s in STRUCTURES if s.kind is kind and counts[s.label]}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


@dataclass(frozen=True)
class StructureScore:
    """Scores of one annotated structure.

    ``boundary`` is None if the structure is missing. ``shares`` are those of ``name_shares``, empty for the canal.
    """

    name: str
    overlap: Overlap
    boundary: BoundaryDistance | None
    shares: Mapping[str, float]

    @property
    def missing(self) -> bool:
        """Whether nothing in the image has its name."""
        return self.overlap.precision is None

    @property
    def named(self) -> str | None:
        """The name of most pixels of its kind found inside it; None if no name has more than half."""
        total = sum(self.shares.values())
        return next((name for name, share in self.shares.items() if share > total / 2), None)

    @property
    def named_right(self) -> bool | None:
        """Whether that name is correct; None for the canal, which has no level."""
        return None if structure(self.name).kind is Kind.CANAL else self.named == self.name

    @property
    def second_share(self) -> float:
        """Share of the annotated area that the second name covers."""
        return sorted((0.0, 0.0, *self.shares.values()))[-2]

    @property
    def split(self) -> bool:
        """Whether this is a body that is split between two names."""
        return structure(self.name).kind is Kind.BODY and self.second_share > SPLIT_SHARE

    @property
    def figures(self) -> dict[str, float | None]:
        """All of ``FIGURES``; None for undefined figures, such as the boundary distance of a missing structure."""
        values = {name: getattr(self.overlap, name) for name in FIGURES[:5]}
        return values | {name: getattr(self.boundary, name, None) for name in FIGURES[5:]}


def score_structure(
    name: str, drawn: npt.NDArray[np.uint8], found: npt.NDArray[np.uint8], spacing_mm: tuple[float, float]
) -> StructureScore:
    """Compare one structure in two label images (rows, columns) of one shape; ``spacing_mm`` is (row, column)."""
    wanted = structure(name)
    truth, predicted = drawn == wanted.label, found == wanted.label
    shares = {} if wanted.kind is Kind.CANAL else name_shares(truth, found, wanted.kind)
    distance = BoundaryDistance.of(truth, predicted, spacing_mm)
    return StructureScore(name, Overlap.of(truth, predicted), distance, shares)
