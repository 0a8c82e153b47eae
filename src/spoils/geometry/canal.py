"""The canal at each disc over several slices: where it is narrowest, and how large it is beside its neighbours.

At the mid-height line of a disc on the middle slice, the canal of every slice has a shortest chord. Together these are
the axial section of the canal there: it is as wide as slices have a chord, and its area is their sum times the slice
spacing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from spoils.anatomy import CANAL, DISCS
from spoils.findings import STENOSIS_MEASUREMENTS, Measured, Measurement, NotMeasured
from spoils.geometry.contouring import contour_of
from spoils.geometry.lengths import canal_chord
from spoils.geometry.slice_contours import SliceContours
from spoils.geometry.volume import is_cropped_to_content
from spoils.images import LabelMap
from spoils.messages import message

__all__ = ["CanalSection", "canal_sections", "stenosis_measurements"]

CENTRAL_MM: Final = 5.0
"""Slices up to this distance from the middle of the canal are central."""

ROUND_SAC: Final = 0.85
"""A round sac is shorter beside its middle, but within ``CENTRAL_MM`` hardly below this share: less is a stenosis."""

_MOST_AT_END: Final = 0.75
"""A canal whose first or last slice holds this share of its longest chord extends beyond the series."""
_LEAST_SLICES: Final = 3
"""With fewer slices a sum of chords is no area."""


@dataclass(frozen=True)
class CanalSection:
    """The AP diameter (mm) of the canal at one disc by slice, rising, and the distance of slices (mm).

    Raises:
        ValueError: no slice, a diameter that is not above zero, or a spacing that is not.
    """

    diameters_mm: Mapping[int, float]
    slice_mm: float

    def __post_init__(self) -> None:
        if not self.diameters_mm or not all(value > 0 for value in self.diameters_mm.values()):
            raise ValueError("a canal has diameters above zero")
        if list(self.diameters_mm) != sorted(self.diameters_mm) or not self.slice_mm > 0:
            raise ValueError("slices rise, at a distance above zero")

    @property
    def area_mm2(self) -> float:
        """Area of the axial section.

        >>> CanalSection({6: 8.0, 7: 14.0, 8: 8.0}, 4.0).area_mm2
        120.0
        """
        return sum(self.diameters_mm.values()) * self.slice_mm

    @property
    def central(self) -> dict[int, float]:
        """The diameters on the central slices, the one nearest to the canal's middle first."""
        # Halfway between the first and the last slice: a stenosis to one side must not move the middle away from it.
        middle = (min(self.diameters_mm) + max(self.diameters_mm)) / 2
        off = {index: abs(index - middle) * self.slice_mm for index in self.diameters_mm}
        nearest = sorted(self.diameters_mm, key=lambda index: (off[index], -self.diameters_mm[index]))
        return {index: self.diameters_mm[index] for index in nearest if index == nearest[0] or off[index] <= CENTRAL_MM}

    @property
    def narrowest(self) -> int:
        """The central slice on which the canal is narrowest; the middle one, unless another is narrower than round.

        >>> CanalSection({6: 12.5, 7: 14.0, 8: 9.0}, 4.0).narrowest
        8
        >>> CanalSection({6: 12.5, 7: 14.0, 8: 12.5}, 4.0).narrowest
        7
        """
        central = self.central
        middle = next(iter(central))
        least = min(central, key=lambda index: central[index])
        return least if central[least] < ROUND_SAC * central[middle] else middle

    def is_whole(self, slices: int) -> bool:
        """Say whether the section lies within a series of so many slices, and has enough of them for an area."""
        longest = max(self.diameters_mm.values())
        ends = [self.diameters_mm.get(index, 0.0) for index in (0, slices - 1)]
        return len(self.diameters_mm) >= _LEAST_SLICES and max(ends) <= _MOST_AT_END * longest


def canal_sections(labels: LabelMap, contours: SliceContours) -> dict[str, CanalSection]:
    """Return the section of the canal at each disc of the middle slice that it passes.

    The middle slice keeps the contour that it was measured on; those of the others are traced from the labels.
    """
    slice_mm, row_mm, column_mm = labels.grid.spacing_mm
    border_cuts = not is_cropped_to_content(labels)
    canals = {}
    for index, mask in enumerate(labels.mask(CANAL)):
        own = contours.by_name.get(CANAL) if index == contours.index else None
        found = own or contour_of(np.asarray(mask), (row_mm, column_mm), border_cuts=border_cuts)
        if found is not None:
            canals[index] = found
    sections = {}
    for disc in DISCS:
        if disc not in contours.frames:
            continue
        chords = {index: canal_chord(canal, contours.frames[disc]) for index, canal in canals.items()}
        diameters = {
            index: float(np.linalg.norm(chord[1] - chord[0])) for index, chord in chords.items() if chord is not None
        }
        if diameters and min(diameters.values()) > 0:
            sections[disc] = CanalSection(diameters, slice_mm)
    return sections


def stenosis_measurements(sections: Mapping[str, CanalSection], slices: int, level: str) -> dict[str, Measured]:
    """Return the ``STENOSIS_MEASUREMENTS`` of a disc level.

    Args:
        sections: of all levels.
        slices: how many the series has.
        level: the disc.
    """
    section = sections.get(level)
    if section is None:
        return dict.fromkeys(STENOSIS_MEASUREMENTS, NotMeasured.because(message("canal-not-at-disc", level=level)))
    at = section.narrowest
    narrowest = Measurement.by(message("method-slice", slice=at), section.diameters_mm[at], "mm")
    if not section.is_whole(slices):
        unknown = NotMeasured.because(message("canal-area-needs-slices"))
        return {"ap_diameter_min_mm": narrowest, "area_mm2": unknown, "area_ratio": unknown}
    summed = message("method-volume", slices=len(section.diameters_mm))
    place = DISCS.index(level)
    neighbours = [
        found.area_mm2
        for name in DISCS[max(place - 1, 0) : place + 2]
        if name != level and (found := sections.get(name)) is not None and found.is_whole(slices)
    ]
    ratio: Measured = NotMeasured.because(message("canal-area-alone", level=level))
    if neighbours:
        ratio = Measurement.by(summed, section.area_mm2 / float(np.mean(neighbours)), "1")
    return {
        "ap_diameter_min_mm": narrowest,
        "area_mm2": Measurement.by(summed, section.area_mm2, "mm2"),
        "area_ratio": ratio,
    }
