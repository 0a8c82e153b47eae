"""Reading of every kind of input: one function, which finds out what the input is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TypeGuard

import numpy as np
from pydicom.dataset import Dataset

from spoils.errors import InputUnreadable, UsageError
from spoils.io.arrays import read_pixels
from spoils.io.dicom_study import read_datasets, read_dicom_file, read_dicom_folder
from spoils.io.inputs import FileSource, InputSource, Spacing, is_folder
from spoils.io.limits import DEFAULT_MAX_PIXELS
from spoils.io.png import read_png
from spoils.io.source import SourceSeries
from spoils.io.volumes import ItkImage, read_itk_image, read_volume
from spoils.messages import message

__all__ = ["read_input", "require_file"]


def read_input(
    source: InputSource, *, spacing_mm: Spacing | None = None, max_pixels: int = DEFAULT_MAX_PIXELS
) -> SourceSeries:
    """Read an input as one canonical sagittal T2 series.

    The format of a file follows from its content, so that names do not matter.

    Args:
        source: one of

            - a path: a DICOM file, a folder that is searched for a DICOM study with all its subfolders, a NIfTI,
              MetaImage or NRRD volume, or a PNG of one mid-sagittal slice,
            - the content of such a file as bytes, or an open binary file,
            - a DICOM dataset, or a list of them,
            - a SimpleITK image,
            - a NumPy array: (rows, columns) of one mid-sagittal slice or (slices, rows, columns), with slices from the
              patient's right to left, rows from superior to inferior and columns from anterior to posterior.
        spacing_mm: distance of pixel centres, for a PNG and an array alone: one number for square pixels or
            (row, column) for a slice, (slice, row, column) for a volume.
        max_pixels: largest number of pixels of one slice; larger ones are not decoded.

    Raises:
        UsageError: ``spacing_mm`` is missing where it is needed, or given where the input has its own; or ``source``
            is of no such type.
        InputUnreadable: the input is missing, damaged, of no known format, or without its geometry.
        UnsuitableInput: the input was understood, but is not a sagittal T2-weighted lumbar series.
    """
    if isinstance(source, np.ndarray):
        return read_pixels(source, spacing_mm, max_pixels)
    if isinstance(source, str | os.PathLike) and is_folder(Path(source)):
        _require_no_spacing(spacing_mm)
        return read_dicom_folder(Path(source), max_pixels)
    if _is_file(source):
        return _read_file(FileSource.of(source), spacing_mm, max_pixels)
    _require_no_spacing(spacing_mm)
    if _is_itk_image(source):
        return read_itk_image(source, max_pixels)
    if isinstance(source, Dataset):
        return read_datasets([source], max_pixels)
    if _are_datasets(source):
        return read_datasets(source, max_pixels)
    raise UsageError(message("input-kind-unknown", kind=type(source).__name__))


def _read_file(file: FileSource, spacing_mm: Spacing | None, max_pixels: int) -> SourceSeries:
    """Read one file by its format; a further format is a further branch."""
    suffix = file.suffix
    if suffix == ".png":
        return read_png(file, spacing_mm, max_pixels)
    _require_no_spacing(spacing_mm)
    if suffix == ".dcm":
        return read_dicom_file(file, max_pixels)
    if suffix is None:
        raise InputUnreadable(message("format-unknown"))
    return read_volume(file, suffix, max_pixels)


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
