"""Grouping of frames into stacks: frames of one series with the same plane, size and contrast, by position."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note
from spoils.io.dicom_headers import DicomFrame, SequenceParameters
from spoils.io.limits import MAX_SHIFT_MM, NOMINAL_SLICE_MM, SAME_PLANE_TOLERANCE
from spoils.messages import message
from spoils.spatial import POSITION_TOLERANCE_MM, SPACING_RELATIVE_TOLERANCE, Grid

__all__ = ["SliceStack", "arrange", "group_into_stacks"]


@dataclass(frozen=True)
class SliceStack:
    """Frames that make up one volume: of the same series, size, plane and contrast. There is at least one."""

    frames: tuple[DicomFrame, ...]

    @property
    def first(self) -> DicomFrame:
        """The first frame: all others differ from it in position and pixels alone."""
        return self.frames[0]

    @property
    def acquisition(self) -> SequenceParameters:
        """How the frames were acquired."""
        return self.first.acquisition

    @property
    def normal(self) -> tuple[float, ...] | None:
        """Unit normal of the slices (LPS), None where the header has no orientation."""
        if self.first.orientation is None:
            return None
        directions = np.array(self.first.orientation).reshape(2, 3)
        return tuple(np.cross(directions[0], directions[1]).tolist())


def group_into_stacks(frames: Iterable[DicomFrame]) -> tuple[SliceStack, ...]:
    """Group frames into stacks; a series may hold several, such as two echoes or the planes of a localiser."""
    alike: dict[object, list[list[DicomFrame]]] = {}
    for frame in frames:
        acquisition = frame.acquisition
        key = (frame.series_uid, frame.shape, frame.photometric, acquisition.echo_time_ms, acquisition.image_type)
        groups = alike.setdefault(key, [])
        home = next((group for group in groups if _same_plane(group[0], frame)), None)
        if home is None:
            groups.append([frame])
        else:
            home.append(frame)
    return tuple(SliceStack(tuple(group)) for groups in alike.values() for group in groups)


def arrange(stack: SliceStack) -> tuple[SliceStack, Grid, tuple[Note, ...]]:
    """Order the frames along their normal and find the grid of their array (slice, row, column).

    Raises:
        InputUnreadable: the frames do not say where they lie or how large their pixels are.
        UnsuitableInput: slices are missing, unevenly spaced or shifted against each other.
    """
    first, normal = stack.first, stack.normal
    if first.spacing_mm is None:
        raise InputUnreadable(message("dicom-no-spacing"))
    if normal is None or first.orientation is None or any(frame.position_mm is None for frame in stack.frames):
        raise InputUnreadable(message("dicom-no-position"))
    frames, notes = _one_per_position(stack.frames, normal)
    positions = np.array([frame.position_mm for frame in frames])
    slice_mm, gap_notes = _slice_spacing(frames, positions @ normal)
    travelled = np.outer((positions - positions[0]) @ normal, normal)
    if np.abs(positions - positions[0] - travelled).max() > MAX_SHIFT_MM:
        raise UnsuitableInput(message("slices-shifted"))
    row_mm, column_mm = first.spacing_mm
    along_row, along_column = np.array(first.orientation).reshape(2, 3)
    axes = np.array((normal, along_column, along_row))
    grid = Grid.from_axes((len(frames), *first.shape), (slice_mm, row_mm, column_mm), axes, positions[0])
    return replace(stack, frames=frames), grid, notes + gap_notes


def _same_plane(one: DicomFrame, other: DicomFrame) -> bool:
    for mine, theirs in ((one.orientation, other.orientation), (one.spacing_mm, other.spacing_mm)):
        if mine is None or theirs is None:
            if mine is not theirs:
                return False
        elif not np.allclose(mine, theirs, rtol=0.0, atol=SAME_PLANE_TOLERANCE):
            return False
    return True


def _one_per_position(
    frames: tuple[DicomFrame, ...], normal: tuple[float, ...]
) -> tuple[tuple[DicomFrame, ...], tuple[Note, ...]]:
    """Sort by position, then keep the earliest instance of each; copies of one object need no note."""
    depth = {frame: float(np.dot(frame.position_mm or (), normal)) for frame in frames}
    kept: list[DicomFrame] = []
    repeated = False
    for frame in sorted(frames, key=lambda frame: (round(depth[frame], 2), frame.instance, frame.index)):
        if kept and abs(depth[frame] - depth[kept[-1]]) <= POSITION_TOLERANCE_MM:
            repeated |= frame.instance != kept[-1].instance or frame.index != kept[-1].index
            continue
        kept.append(frame)
    return tuple(kept), ((Note("repeated-slices", message("slices-repeated")),) if repeated else ())


def _slice_spacing(
    frames: tuple[DicomFrame, ...], depths_mm: npt.NDArray[np.float64]
) -> tuple[float, tuple[Note, ...]]:
    if len(frames) == 1:
        if frames[0].slice_mm is not None:
            return frames[0].slice_mm, ()
        return NOMINAL_SLICE_MM, (Note("slice-thickness-unknown", message("dicom-no-slice-thickness")),)
    gaps = np.diff(depths_mm)
    usual = float(np.median(gaps))
    if np.abs(gaps - usual).max() > max(SPACING_RELATIVE_TOLERANCE * usual, 2 * POSITION_TOLERANCE_MM):
        raise UnsuitableInput(message("slices-uneven"))
    return float(gaps.mean()), ()
