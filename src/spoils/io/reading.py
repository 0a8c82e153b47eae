"""One door for every input: a DICOM file or folder, a NIfTI, MHA or NRRD volume, or a PNG picture."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISDIR

from spoils.errors import InputMissing, InputUnreadable, UsageError
from spoils.io.dicom_headers import is_dicom
from spoils.io.dicom_study import read_dicom_file, read_dicom_folder
from spoils.io.limits import DEFAULT_MAX_PIXELS
from spoils.io.pictures import read_png
from spoils.io.source import SourceSeries
from spoils.io.volumes import VOLUME_SUFFIXES, read_volume
from spoils.messages import message

__all__ = ["read_input", "require_file"]


def read_input(path: Path, *, spacing_mm: float | None = None, max_pixels: int = DEFAULT_MAX_PIXELS) -> SourceSeries:
    """Read an input as one canonical sagittal T2 series.

    A folder is searched for a DICOM study with all its subfolders. ``spacing_mm`` is the pixel spacing of a PNG, and
    only of a PNG. No slice of more than ``max_pixels`` pixels is decoded.

    Raises:
        UsageError: ``spacing_mm`` is missing for a PNG, or given for a format that holds its own.
        InputMissing: there is no such file or folder, or it may not be looked at.
        InputUnreadable: the input is damaged, of no known format, or without its geometry.
        UnsuitableInput: the input was understood, but is not a sagittal T2-weighted lumbar series.
    """
    name = path.name.lower()
    folder = _is_folder(path)
    if name.endswith(".png") and not folder:
        return read_png(path, spacing_mm, max_pixels)
    if spacing_mm is not None:
        raise UsageError(message("spacing-not-needed"))
    if folder:
        return read_dicom_folder(path, max_pixels)
    if name.endswith(VOLUME_SUFFIXES):
        return read_volume(path, max_pixels)
    if is_dicom(path):
        return read_dicom_file(path, max_pixels)
    raise InputUnreadable(message("format-unknown"))


def require_file(path: Path) -> None:
    """Refuse a path that is not a file.

    Raises:
        InputMissing: there is no such file, or it may not be looked at.
        InputUnreadable: it is a folder.
    """
    if _is_folder(path):
        raise InputUnreadable(message("file-expected"))


def _is_folder(path: Path) -> bool:
    try:
        return S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise InputMissing from error
