"""One slice ready to be measured: its contours, their frames, and the pixels below them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from spoils.anatomy import CANAL, DISCS
from spoils.errors import UsageError
from spoils.geometry.contour import Contour, FloatArray, LocalFrame
from spoils.geometry.contouring import contours_of_coverage, contours_of_slice
from spoils.geometry.frames import body_frame, disc_frame, posterior_directions
from spoils.geometry.lengths import canal_chord
from spoils.geometry.signal import Csf, csf_at_discs
from spoils.geometry.volume import choose_mid_slice, is_cropped_to_content
from spoils.images import LabelMap, SagittalSeries
from spoils.messages import Message, message

__all__ = ["SliceContours", "slice_contours"]


@dataclass(frozen=True, eq=False)
class SliceContours:
    """The contours of one slice by structure name: the one contour of each that everything is taken from.

    ``spacing_mm`` is (row, column) and belongs to ``pixels`` (rows, columns), which are None where there is no image.
    ``index`` is that of the slice in its series, counted from 0. ``implausible`` names the structures whose contour
    can't be right: they have one, but are not measured.
    """

    by_name: Mapping[str, Contour]
    spacing_mm: tuple[float, float]
    pixels: npt.NDArray[np.float32] | None = None
    index: int = 0
    implausible: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def frames(self) -> dict[str, LocalFrame]:
        """The frame of every segmented disc and body."""
        directions = posterior_directions(self.by_name)
        return {
            name: (disc_frame if name in DISCS else body_frame)(self.by_name[name], direction)
            for name, direction in directions.items()
        }

    @cached_property
    def canal_chords(self) -> dict[str, FloatArray]:
        """The shortest chord across the canal ``(2, 2)``, anterior end first, at each disc that the canal passes."""
        canal = self.by_name.get(CANAL)
        if canal is None:
            return {}
        found = {disc: canal_chord(canal, self.frames[disc]) for disc in DISCS if disc in self.frames}
        return {disc: chord for disc, chord in found.items() if chord is not None}

    @cached_property
    def csf(self) -> dict[str, Csf]:
        """The signal of CSF at each segmented disc; empty without an image or without any CSF."""
        if self.pixels is None or CANAL not in self.by_name:
            return {}
        chords = {disc: self.canal_chords.get(disc) for disc in DISCS if disc in self.frames}
        return csf_at_discs(self.by_name[CANAL], chords, self.pixels, self.spacing_mm)

    def problem_with(self, name: str) -> Message | None:
        """Return why a structure can't be measured on this slice, or None."""
        if name not in self.by_name:
            return message("not-on-slice", level=name, slice=self.index)
        if self.by_name[name].is_cut:
            return message("cut-by-border", level=name)
        if name in self.implausible:
            return message("contour-implausible", level=name)
        return None


def slice_contours(
    labels: LabelMap,
    series: SagittalSeries | None = None,
    index: int | None = None,
    coverage: Mapping[str, npt.NDArray[np.floating]] | None = None,
) -> SliceContours:
    """Trace one slice: from the coverage of its pixels where that is known, else from its labels.

    Coverage places a boundary between two pixel centres, which whole labels can't.

    Args:
        labels: what to trace.
        series: image on the same grid; without it signal is not measured.
        index: of the slice; by default the one with the largest area of canal.
        coverage: share 0 to 1, (rows, columns), by which each structure covers each pixel of the slice, as a
            segmentation gives it; expert masks have none.

    Raises:
        UsageError: image and label map don't share a grid, or there is no such slice.
    """
    index = choose_mid_slice(labels) if index is None else index
    if series is not None and not labels.grid.matches(series.grid):
        raise UsageError(message("label-map-on-other-grid"))
    if not 0 <= index < labels.grid.shape[0]:
        raise UsageError(message("no-such-slice", slice=index, slices=labels.grid.shape[0]))
    _, row_mm, column_mm = labels.grid.spacing_mm
    spacing_mm = (row_mm, column_mm)
    if coverage is None:
        border_cuts = not is_cropped_to_content(labels)
        contours = contours_of_slice(labels.labels[index], spacing_mm, border_cuts=border_cuts)
    else:
        contours = contours_of_coverage(coverage, spacing_mm)
    pixels = None if series is None else series.pixels[index]
    return SliceContours(contours, spacing_mm, pixels, index)
