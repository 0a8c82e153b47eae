"""One slice of a segmentation while lobes are cut off its discs: label values and coverage change together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BACKGROUND, STRUCTURES, structure
from spoils.geometry import Contour, EndplateEdge, RimLine, contours_of_coverage

__all__ = ["SegmentedSlice"]


@dataclass(frozen=True, eq=False)
class SegmentedSlice:
    """Label values (rows, columns) and the coverage of each structure, float32 (rows, columns), of one slice."""

    labels: npt.NDArray[np.uint8]
    coverage: Mapping[str, npt.NDArray[np.float32]]
    spacing_mm: tuple[float, float]

    @classmethod
    def of_labels(cls, labels: npt.NDArray[np.uint8], spacing_mm: tuple[float, float]) -> SegmentedSlice:
        """Return a slice that is known by its label values alone: every pixel is covered whole or not at all."""
        found = {one.name: labels == one.label for one in STRUCTURES}
        return cls(labels, {name: mask.astype(np.float32) for name, mask in found.items() if mask.any()}, spacing_mm)

    @cached_property
    def contours(self) -> dict[str, Contour]:
        """The contour of every structure."""
        return contours_of_coverage(self.coverage, self.spacing_mm)

    def cut(self, disc: str, endplate: RimLine, edge: EndplateEdge) -> SegmentedSlice:
        """Return the slice with a disc cut along an edge; what lies behind it goes to the body, or has no label.

        The share by which the edge leaves a pixel to the disc is found from the distance of its centre, so that the
        contour passes along the edge.
        """
        row_mm, column_mm = self.spacing_mm
        covered = np.nonzero((self.coverage[disc] > 0) | (self.labels == structure(disc).label))
        along, depth = endplate.along_and_depth(np.stack((covered[1] * column_mm, covered[0] * row_mm), axis=1)).T
        behind = depth - np.interp(along, edge.along_mm, edge.depth_mm)
        behind[(along < edge.along_mm[0]) | (along > edge.along_mm[-1])] = -np.inf
        before = self.coverage[disc][covered]
        after = np.minimum(before, np.clip(0.5 - behind / np.sqrt(row_mm * column_mm), 0.0, 1.0).astype(np.float32))
        coverage = {**self.coverage, disc: self.coverage[disc].copy()}
        coverage[disc][covered] = after
        labels, beyond = self.labels.copy(), BACKGROUND
        if endplate.body is not None:
            beyond = structure(endplate.body).label
            body = self.coverage[endplate.body].copy()
            body[covered] = np.minimum(body[covered] + before - after, 1.0)
            coverage[endplate.body] = body
        changed = tuple(index[(behind > 0) & (labels[covered] == structure(disc).label)] for index in covered)
        labels[changed] = beyond
        return SegmentedSlice(labels, coverage, self.spacing_mm)
