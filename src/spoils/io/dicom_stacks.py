"""Grouping of frames into stacks: frames of one series with the same plane, size and contrast, by position."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note
from spoils.io.dicom_headers import DicomFrame, SequenceParameters
from spoils.io.limits import (
    MAX_POSITION_SCATTER,
    MAX_SHIFT_MM,
    MIN_OMITTED_GAPS,
    MIN_STATION_MM,
    NOMINAL_SLICE_MM,
    SAME_PLANE_TOLERANCE,
)
from spoils.messages import message
from spoils.spatial import POSITION_TOLERANCE_MM, SPACING_RELATIVE_TOLERANCE, Grid

__all__ = ["SLICES_OMITTED", "SliceStack", "arrange", "group_into_stacks"]

SLICES_OMITTED = "slices-omitted"
"""Code of the note that slices between those of a series were not sent: their volumes are not measured."""


@dataclass(frozen=True)
class SliceStack:
    """Frames that make up one volume: of the same series, size, plane and contrast. There is at least one.

    ``station`` counts the table positions of the series from its lowest, 0.
    """

    frames: tuple[DicomFrame, ...]
    station: int = 0

    @property
    def first(self) -> DicomFrame:
        """The first frame: all others differ from it in position and pixels alone."""
        return self.frames[0]

    @property
    def acquisition(self) -> SequenceParameters:
        """How the frames were acquired."""
        return self.first.acquisition

    @cached_property
    def normal(self) -> tuple[float, ...] | None:
        """Unit normal of the slices (LPS), None where the header has no orientation."""
        if self.first.orientation is None:
            return None
        directions = np.array(self.first.orientation).reshape(2, 3)
        return tuple(np.cross(directions[0], directions[1]).tolist())


def group_into_stacks(frames: Iterable[DicomFrame]) -> tuple[SliceStack, ...]:
    """Group frames into stacks; a series may hold several.

    Frames are told apart by plane, size and contrast, by table position, and, where several lie in one place, by
    temporal position, acquisition or echo.
    """
    alike: dict[object, list[DicomFrame]] = {}
    for frame in frames:
        acquisition = frame.acquisition
        contrast = (acquisition.echo_time_ms, acquisition.image_type, acquisition.component, acquisition.is_diffusion)
        alike.setdefault((frame.series_uid, frame.shape, frame.photometric, *contrast), []).append(frame)
    return tuple(stack for group in alike.values() for plane in _planes(group) for stack in _stations(plane))


def _planes(frames: Sequence[DicomFrame]) -> list[list[DicomFrame]]:
    """Group frames by orientation and pixel spacing, which writers round."""
    unknown = (np.nan,) * 8
    planes = np.array([(*(f.orientation or unknown[:6]), *(f.spacing_mm or unknown[6:])) for f in frames])
    missing = np.isnan(planes)
    groups, left = [], np.arange(len(frames))
    while left.size:
        same = (missing[left] == missing[left[0]]).all(axis=1)
        same &= (np.nan_to_num(np.abs(planes[left] - planes[left[0]])) <= SAME_PLANE_TOLERANCE).all(axis=1)
        groups.append([frames[index] for index in left[same]])
        left = left[~same]
    return groups


def _stations(frames: Sequence[DicomFrame]) -> list[SliceStack]:
    """Split frames of one plane by table position, lowest first, and each of these by what repeats it."""
    positions = [frame.position_mm for frame in frames]
    if frames[0].orientation is None or any(position is None for position in positions):
        return [SliceStack(tuple(frames))]
    in_plane = np.array(positions) @ np.array(frames[0].orientation).reshape(2, 3).T
    _, place = np.unique(np.round(in_plane / MAX_SHIFT_MM), axis=0, return_inverse=True)
    places = [np.flatnonzero(place.ravel() == index) for index in range(place.max() + 1)]
    stations = _linked(places, in_plane)
    height = [float(np.mean([positions[index][2] for index in station])) for station in stations]  # type: ignore[index]
    lowest_first = [stations[index] for index in np.argsort(height)]
    return [
        SliceStack(tuple(part), station)
        for station, indices in enumerate(lowest_first)
        for part in _volumes([frames[index] for index in sorted(indices)])
    ]


def _linked(places: list[npt.NDArray[np.intp]], in_plane: npt.NDArray[np.float64]) -> list[list[int]]:
    """Join places that are linked by steps smaller than those between table positions."""
    if len(places) == 1:
        return [places[0].tolist()]
    centres = np.array([in_plane[place[0]] for place in places])
    pairs = cKDTree(centres).query_pairs(MIN_STATION_MM, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    count, group_of = connected_components(links, directed=False)
    groups: list[list[int]] = [[] for _ in range(count)]
    for place, group in zip(places, group_of, strict=True):
        groups[group] += place.tolist()
    return groups


def _volumes(frames: list[DicomFrame]) -> list[list[DicomFrame]]:
    """Split frames that lie in one place by the first number that leaves whole volumes without repetition.

    Numbers that differ from slice to slice, or between interleaved slices, split nothing. What no number tells apart
    stays together, and the earliest instance of each slice is used.
    """
    depths = _depths(frames)
    distinct = len(set(depths))
    if distinct == len(frames):
        return [frames]
    for numbers in zip(*(frame.acquisition.acquired for frame in frames), strict=True):
        parts: dict[int | None, list[int]] = {}
        for index, number in enumerate(numbers):
            parts.setdefault(number, []).append(index)
        unique = all(len({depths[index] for index in part}) == len(part) for part in parts.values())
        if len(parts) > 1 and unique and min(map(len, parts.values())) * 2 > distinct:
            return [[frames[index] for index in part] for part in parts.values()]
    return [frames]


def _depths(frames: Sequence[DicomFrame]) -> list[float]:
    normal = np.array(SliceStack(tuple(frames[:1])).normal)
    return [round(float(np.dot(frame.position_mm or (), normal)), 1) for frame in frames]


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
    scatter = _scatter(depths_mm)
    if scatter > MAX_POSITION_SCATTER * usual or np.abs(gaps - usual).max() > 2 * MAX_POSITION_SCATTER * usual:
        raise UnsuitableInput(message("slices-uneven"))
    notes = []
    if np.abs(gaps - usual).max() > max(SPACING_RELATIVE_TOLERANCE * usual, 2 * POSITION_TOLERANCE_MM):
        notes.append(Note("uneven-positions", message("slices-jittered", scatter=scatter, spacing=usual)))
    claims = [frame.gap_mm for frame in frames if frame.gap_mm]
    if claims and usual > MIN_OMITTED_GAPS * float(np.median(claims)):
        omitted = message("slices-omitted", spacing=usual, claimed=float(np.median(claims)))
        notes.append(Note(SLICES_OMITTED, omitted))
    return float(gaps.mean()), tuple(notes)


def _scatter(depths_mm: npt.NDArray[np.float64]) -> float:
    """Return the largest distance (mm) of a slice from its place in the most even spacing."""
    steps = np.arange(len(depths_mm))
    slope, start = np.polyfit(steps, depths_mm, 1)
    return float(np.abs(depths_mm - (start + slope * steps)).max())
