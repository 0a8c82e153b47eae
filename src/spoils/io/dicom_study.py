"""Reading of a DICOM file, or of a folder with a whole study: find the sagittal T2 series and its pixels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note, SagittalSeries
from spoils.io.canonical import canonical_layout, to_canonical
from spoils.io.checks import require_contrast, require_lumbar_extent, require_size
from spoils.io.dicom_headers import DicomFrame, is_dicom, read_frames
from spoils.io.dicom_patient import read_subject
from spoils.io.dicom_pixels import stack_pixels
from spoils.io.dicom_stacks import placed, stacks_of
from spoils.io.series_choice import choose_sagittal_t2
from spoils.io.source import SourceSeries
from spoils.messages import message

__all__ = ["read_dicom_file", "read_dicom_folder"]


def read_dicom_file(path: Path, max_pixels: int) -> SourceSeries:
    """Read one DICOM file: a single slice, or an enhanced multi-frame series.

    Raises:
        InputUnreadable: the file is damaged, holds no image, or does not say how it lies in the patient.
        UnsuitableInput: the image is not sagittal T2-weighted MR, or is empty or of an impossible size.
    """
    frames = read_frames(path)
    if not frames:
        raise InputUnreadable(message("dicom-without-image"))
    return _read_series(frames, (), max_pixels)


def read_dicom_folder(folder: Path, max_pixels: int) -> SourceSeries:
    """Read the sagittal T2 series of a study; files that are hidden or not DICOM images are passed over.

    Raises:
        InputUnreadable: no image can be read, or the chosen series is damaged or lacks its geometry.
        UnsuitableInput: there is no sagittal T2-weighted series, or it is incomplete, empty or of an impossible size.
    """
    frames: list[DicomFrame] = []
    damaged = 0
    for path in _dicom_files(folder):
        try:
            frames.extend(read_frames(path))
        except InputUnreadable:
            damaged += 1
    if not frames:
        raise InputUnreadable(message("folder-all-damaged") if damaged else message("folder-without-dicom"))
    notes: tuple[Note, ...] = ()
    if damaged:
        notes = (Note("damaged-files", message("dicom-files-damaged", count=damaged)),)
    return _read_series(frames, notes, max_pixels)


def _dicom_files(folder: Path) -> Iterator[Path]:
    """Walk the folder in a fixed order; a DICOMDIR is an index of the study, not a part of it."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and name.upper() != "DICOMDIR" and path.is_file() and is_dicom(path):
                yield path


def _read_series(
    frames: list[DicomFrame] | tuple[DicomFrame, ...], notes: tuple[Note, ...], max_pixels: int
) -> SourceSeries:
    choice = choose_sagittal_t2(stacks_of(frames))
    stack, grid, stack_notes = placed(choice.stack)
    layout = canonical_layout(grid)
    require_size(grid.shape[1], grid.shape[2], grid.shape[0], max_pixels)
    require_lumbar_extent(layout.canonical_grid)
    if layout.order[0] != 0:
        raise UnsuitableInput(message("slices-not-sagittal"))
    pixels = stack_pixels(stack.frames)
    require_contrast(pixels)
    in_order = stack.frames[::-1] if layout.flipped[0] else stack.frames
    return SourceSeries(
        series=SagittalSeries(to_canonical(pixels, layout), layout.canonical_grid),
        layout=layout,
        modality=stack.first.modality,
        series_uid=stack.first.series_uid,
        source=choice.reason,
        notes=notes + choice.notes + stack_notes,
        dicom_files=tuple(dict.fromkeys(frame.path for frame in in_order)),
        dicom_frames=tuple(frame.index for frame in in_order),
        subject=read_subject(in_order[0].path),
    )
