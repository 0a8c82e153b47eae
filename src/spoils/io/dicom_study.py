"""Reading of a DICOM file, a folder with a whole study, or datasets: find the sagittal T2 series and its pixels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydicom.dataset import Dataset

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note, SagittalSeries
from spoils.io.candidates import first_series
from spoils.io.canonical import canonical_layout, to_canonical
from spoils.io.checks import require_contrast, require_lumbar_extent, require_size
from spoils.io.dicom_headers import DicomFrame, read_frames
from spoils.io.dicom_objects import DicomObject, header_of, is_dicom, is_directory
from spoils.io.dicom_owner import Selection, choose_study
from spoils.io.dicom_patient import subject_of
from spoils.io.dicom_pixels import decode_stack
from spoils.io.dicom_stacks import arrange, group_into_stacks
from spoils.io.inputs import FileSource
from spoils.io.limits import MAX_FOLDER_FILES
from spoils.io.series_choice import SeriesChoice, ranked_sagittal_t2
from spoils.io.source import Candidate, SourceSeries
from spoils.messages import message

__all__ = ["read_datasets", "read_dicom_file", "read_dicom_files", "read_dicom_folder"]


def read_dicom_file(file: FileSource, max_pixels: int, selection: Selection) -> SourceSeries:
    """Read one DICOM file: a single slice, an enhanced multi-frame series, or the study of a DICOMDIR's folder.

    Raises:
        InputUnreadable: the file is damaged, holds no image, or does not say how it lies in the patient.
        UnsuitableInput: the image is not sagittal T2-weighted MR, or is empty or of an impossible size.
    """
    if is_directory(file):
        if not isinstance(file.place, Path):
            raise InputUnreadable(message("dicomdir-alone"))
        return read_dicom_folder(file.place.parent, max_pixels, selection)
    frames = read_frames(file)
    if not frames:
        raise InputUnreadable(message("dicom-without-image"))
    return _read_study(frames, (), max_pixels, selection)


def read_dicom_folder(folder: Path, max_pixels: int, selection: Selection) -> SourceSeries:
    """Read the sagittal T2 series of a study; files that are hidden or not DICOM images are skipped.

    Raises:
        InputUnreadable: no image can be read, or the chosen series is damaged or lacks its geometry.
        UnsuitableInput: there is no sagittal T2-weighted series, or it is incomplete, empty or of an impossible size.
    """
    files, unreadable = _dicom_files(folder)
    frames, damaged = _frames_of(files)
    notes = _damage_notes(damaged)
    if unreadable:
        notes += (Note("unreadable-files", message("files-not-accessible", count=unreadable)),)
    if not frames:
        raise InputUnreadable(
            message("folder-all-damaged") if damaged else notes[0].message if notes else message("folder-without-dicom")
        )
    return _read_study(frames, notes, max_pixels, selection)


def read_dicom_files(files: Iterable[FileSource], max_pixels: int, selection: Selection) -> SourceSeries:
    """Read the sagittal T2 series of DICOM files, as those of an archive.

    Raises:
        InputUnreadable: no image can be read, or the chosen series is damaged or lacks its geometry.
        UnsuitableInput: as ``read_dicom_folder``.
    """
    frames, damaged = _frames_of(files)
    if not frames:
        raise InputUnreadable(message("zip-all-damaged") if damaged else message("zip-without-dicom"))
    return _read_study(frames, _damage_notes(damaged), max_pixels, selection)


def read_datasets(datasets: Iterable[Dataset], max_pixels: int, selection: Selection) -> SourceSeries:
    """Read the sagittal T2 series of DICOM datasets in memory; those without an image are skipped.

    Raises:
        InputUnreadable: no dataset holds an image, or the chosen series is damaged or lacks its geometry.
        UnsuitableInput: as ``read_dicom_folder``.
    """
    frames, damaged = _frames_of(datasets)
    if not frames:
        raise InputUnreadable(message("datasets-all-damaged") if damaged else message("datasets-without-image"))
    return _read_study(frames, _damage_notes(damaged), max_pixels, selection)


def _dicom_files(folder: Path) -> tuple[list[FileSource], int]:
    """Return the DICOM files of a folder in a fixed order, and how many files and folders may not be read.

    A DICOMDIR is an index of the study, not a part of it.

    Raises:
        InputUnreadable: there are more than ``MAX_FOLDER_FILES`` files.
    """
    found: list[FileSource] = []
    unreadable: list[OSError | InputUnreadable] = []
    seen = 0
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen += len(names)
        if seen > MAX_FOLDER_FILES:
            raise InputUnreadable(message("folder-too-many-files", limit=MAX_FOLDER_FILES))
        for name in sorted(names):
            file = FileSource(Path(parent, name))
            if not name.startswith(".") and name.upper() != "DICOMDIR" and Path(parent, name).is_file():
                try:
                    found += [file] if is_dicom(file) else []
                except InputUnreadable as error:
                    unreadable.append(error)
    return found, len(unreadable)


def _frames_of(sources: Iterable[DicomObject]) -> tuple[list[DicomFrame], int]:
    """Return the frames of all objects, and how many objects are damaged."""
    frames: list[DicomFrame] = []
    damaged = 0
    for source in sources:
        try:
            frames.extend(read_frames(source))
        except InputUnreadable:
            damaged += 1
    return frames, damaged


def _damage_notes(damaged: int) -> tuple[Note, ...]:
    return (Note("damaged-files", message("dicom-files-damaged", count=damaged)),) if damaged else ()


def _read_study(
    frames: Sequence[DicomFrame], notes: tuple[Note, ...], max_pixels: int, selection: Selection
) -> SourceSeries:
    """Read the best series of one study of one patient; those behind it stay to be tried."""
    chosen, study_notes = choose_study(frames, selection)
    choices = ranked_sagittal_t2(group_into_stacks(chosen))
    all_notes = notes + study_notes
    return first_series(
        [
            Candidate(choice.name, choice.stack.first.series_uid, partial(_read_stack, choice, all_notes, max_pixels))
            for choice in choices
        ]
    )


def _read_stack(choice: SeriesChoice, notes: tuple[Note, ...], max_pixels: int) -> SourceSeries:
    stack, grid, stack_notes = arrange(choice.stack)
    layout = canonical_layout(grid)
    require_size(grid.shape[1], grid.shape[2], grid.shape[0], max_pixels)
    require_lumbar_extent(layout.canonical_grid)
    if layout.order[0] != 0:
        raise UnsuitableInput(message("slices-not-sagittal"))
    decoded = decode_stack(stack.frames)
    if len(decoded.frames) < len(stack.frames):
        lost = message("outer-slices-damaged", count=len(stack.frames) - len(decoded.frames))
        notes += (Note("damaged-slices", lost),)
        stack, grid, stack_notes = arrange(replace(stack, frames=decoded.frames))
        layout = canonical_layout(grid)
    require_contrast(decoded.pixels)
    step = -1 if layout.flipped[0] else 1
    headers = decoded.headers[::step]
    images = tuple({id(header): header for header in headers}.values())
    place = {id(header): index for index, header in enumerate(images)}
    return SourceSeries(
        series=SagittalSeries(to_canonical(decoded.pixels, layout), layout.canonical_grid),
        layout=layout,
        modality=stack.first.modality,
        series_uid=stack.first.series_uid,
        source=choice.reason,
        notes=notes + choice.notes + stack_notes,
        dicom_headers=images,
        instance_numbers=_instance_numbers(stack.frames[::step], len(images)),
        dicom_frames=tuple(frame.index for frame in stack.frames[::step]),
        dicom_objects=tuple(place[id(header)] for header in headers),
        subject=subject_of(header_of(images[0])),
        name=choice.name,
    )


def _instance_numbers(frames: Sequence[DicomFrame], objects: int) -> tuple[int | None, ...]:
    """Return the number of each frame: within its object where that holds several, else that of the object."""
    if objects < len(frames):
        return tuple(frame.index + 1 for frame in frames)
    return tuple(frame.instance[0] or None for frame in frames)
