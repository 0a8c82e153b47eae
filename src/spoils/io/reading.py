"""Reading of every kind of input: one function, which finds out what the input is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, TypeGuard

import numpy as np
from pydicom.dataset import Dataset

from spoils.errors import InputUnreadable, UsageError
from spoils.files import is_folder
from spoils.io.arrays import read_pixels
from spoils.io.dicom_objects import is_dicom
from spoils.io.dicom_owner import Selection
from spoils.io.dicom_study import read_datasets, read_dicom_file, read_dicom_files, read_dicom_folder
from spoils.io.inputs import FileSource, InputSource, Spacing
from spoils.io.limits import DEFAULT_MAX_PIXELS
from spoils.io.png import read_png
from spoils.io.source import SourceSeries
from spoils.io.volumes import VOLUME_SUFFIXES, ItkImage, read_itk_image, read_volume
from spoils.io.zip_archives import zip_members
from spoils.messages import message

__all__ = ["read_input", "require_file"]

_NOTHING_SELECTED: Final = Selection()
_PLAIN_FORMATS: Final = (".png", *VOLUME_SUFFIXES)


def read_input(
    source: InputSource,
    *,
    spacing_mm: Spacing | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    selection: Selection = _NOTHING_SELECTED,
) -> SourceSeries:
    """Read an input as one canonical sagittal T2 series.

    Of a DICOM study, the series that suits best by its headers is read. Where its images prove unsuited later,
    ``next_series`` reads the next. Patients and studies are never mixed.

    The format of a file follows from its content, so that names do not matter.

    Args:
        source: one of

            - a path: a DICOM file, a folder that is searched for a DICOM study with all its subfolders, the DICOMDIR of
              one, a ZIP archive with a study, a NIfTI, MetaImage or NRRD volume, or a PNG of one mid-sagittal slice,
            - the content of such a file as bytes, or an open binary file,
            - a DICOM dataset, or a list of them,
            - a SimpleITK image,
            - a NumPy array: (rows, columns) of one mid-sagittal slice or (slices, rows, columns), with slices from the
              patient's right to left, rows from superior to inferior and columns from anterior to posterior.
        spacing_mm: distance of pixel centres, for a PNG and an array alone: one number for square pixels or
            (row, column) for a slice, (slice, row, column) for a volume.
        max_pixels: largest number of pixels of one slice; larger ones are not decoded.
        selection: the patient, study or series wanted, for DICOM alone. Without it, the newest study of one patient.

    Raises:
        UsageError: ``spacing_mm`` is missing where it is needed, or given where the input has its own; no image is of
            the selected patient, study or series; or ``source`` is of no such type.
        InputUnreadable: the input is missing, damaged, of no known format, or without its geometry.
        UnsuitableInput: the input was understood, but is not a sagittal T2-weighted lumbar series, or holds images of
            several patients.
    """
    if isinstance(source, np.ndarray):
        _require_no_selection(selection)
        return read_pixels(source, spacing_mm, max_pixels)
    if isinstance(source, str | os.PathLike) and is_folder(Path(source)):
        _require_no_spacing(spacing_mm)
        return read_dicom_folder(Path(source), max_pixels, selection)
    if _is_file(source):
        return _read_file(FileSource.of(source), spacing_mm, max_pixels, selection)
    _require_no_spacing(spacing_mm)
    if _is_itk_image(source):
        _require_no_selection(selection)
        return read_itk_image(source, max_pixels)
    if isinstance(source, Dataset):
        return read_datasets([source], max_pixels, selection)
    if _are_datasets(source):
        return read_datasets(source, max_pixels, selection)
    raise UsageError(message("input-kind-unknown", kind=type(source).__name__))


def _read_file(file: FileSource, spacing_mm: Spacing | None, max_pixels: int, selection: Selection) -> SourceSeries:
    """Read one file by its format; a further format is a further branch."""
    suffix = file.suffix
    if suffix == ".zip":
        return _read_archive(file, spacing_mm, max_pixels, selection)
    if suffix in _PLAIN_FORMATS:
        _require_no_selection(selection)
    if suffix == ".png":
        return read_png(file, spacing_mm, max_pixels)
    _require_no_spacing(spacing_mm)
    if suffix == ".dcm":
        return read_dicom_file(file, max_pixels, selection)
    if suffix is None:
        raise InputUnreadable(message("format-unknown"))
    return read_volume(file, suffix, max_pixels)


def _read_archive(file: FileSource, spacing_mm: Spacing | None, max_pixels: int, selection: Selection) -> SourceSeries:
    """Read the DICOM study in a ZIP archive, or the single file of another format that it holds."""
    place = (
        file.place if isinstance(file.place, Path) else BytesIO(file.place) if isinstance(file.place, bytes) else None
    )
    if place is None:
        raise InputUnreadable(message("zip-without-dicom"))
    members = [FileSource(member) for member in zip_members(place)]
    images = [member for member in members if is_dicom(member)]
    if images or len(members) != 1:
        _require_no_spacing(spacing_mm)
        return read_dicom_files(images, max_pixels, selection)
    return _read_file(members[0], spacing_mm, max_pixels, selection)


def _require_no_selection(selection: Selection) -> None:
    if not selection.is_empty:
        raise UsageError(message("selection-needs-dicom"))


def _require_no_spacing(spacing_mm: Spacing | None) -> None:
    if spacing_mm is not None:
        raise UsageError(message("spacing-not-needed"))


def _is_file(source: object) -> TypeGuard[str | os.PathLike[str] | bytes | BinaryIO]:
    return isinstance(source, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(source, "read")


def _are_datasets(source: object) -> TypeGuard[Sequence[Dataset]]:
    return isinstance(source, Sequence) and all(isinstance(one, Dataset) for one in source)


def _is_itk_image(source: object) -> TypeGuard[ItkImage]:
    return type(source).__module__.partition(".")[0] == "SimpleITK"


def require_file(path: Path) -> None:
    """Refuse a path that is not a file.

    Raises:
        InputMissing: there is nothing at the path, or it may not be accessed.
        InputUnreadable: it is a folder.
    """
    if is_folder(path):
        raise InputUnreadable(message("file-expected"))
