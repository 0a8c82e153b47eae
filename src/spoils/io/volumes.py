"""NIfTI, MHA and NRRD volumes, read and written with SimpleITK, which keeps positions in LPS millimetres."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note, SagittalSeries
from spoils.io.canonical import canonical_layout, require_sagittal, to_canonical
from spoils.io.checks import require_contrast, require_lumbar_extent, require_size
from spoils.io.source import SourceSeries
from spoils.messages import message
from spoils.spatial import Grid

__all__ = ["VOLUME_SUFFIXES", "read_array", "read_volume", "write_array"]

VOLUME_SUFFIXES: tuple[str, ...] = (".nii.gz", ".nii", ".mha", ".nrrd")

_FORMATS = {".nii.gz": "NIfTI", ".nii": "NIfTI", ".mha": "MetaImage", ".nrrd": "NRRD"}
_NIFTI_HEADER_BYTES = 352
_CHUNK_BYTES = 2**20
_UNCHECKED_SEQUENCE = Note("sequence-unknown", message("format-without-sequence"))


def read_volume(path: Path, max_pixels: int) -> SourceSeries:
    """Read a volume whose fine plane is sagittal. The format holds no sequence, so T2 weighting is taken on trust.

    Raises:
        InputUnreadable: the file is damaged or does not say how it lies in the patient.
        UnsuitableInput: the image is coloured, has a time axis, is not sagittal, empty or of an impossible size.
    """
    values, grid = read_array(path, max_pixels)
    layout = canonical_layout(grid)
    require_sagittal(layout.canonical_grid)
    require_lumbar_extent(layout.canonical_grid)
    require_contrast(values)
    series = SagittalSeries(to_canonical(values, layout).astype(np.float32), layout.canonical_grid)
    kind = next(name for suffix, name in _FORMATS.items() if path.name.lower().endswith(suffix))
    source = message("volume-source", format=kind, count=series.grid.shape[0])
    return SourceSeries(series, layout, "unknown", None, source, (_UNCHECKED_SEQUENCE,))


def read_array(path: Path, max_pixels: int) -> tuple[npt.NDArray[Any], Grid]:
    """Read the voxels of a volume in file order, slowest axis first, with their grid.

    Raises:
        InputUnreadable: the file is damaged or does not say how it lies in the patient.
        UnsuitableInput: the image has several channels or a time axis, or is too large.
    """
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        _require_plain_volume(reader, max_pixels)
        _require_whole_nifti(path, reader)
        image = reader.Execute()
    except (RuntimeError, OSError, EOFError, zlib.error) as error:
        raise InputUnreadable(message("volume-damaged")) from error
    return sitk.GetArrayFromImage(image), _grid_of(image)


def write_array(values: npt.NDArray[Any], grid: Grid, path: Path) -> None:
    """Write an array in the axis order of ``grid`` (slowest first) to a file whose suffix names the format.

    Raises:
        OSError: the file can't be written.
    """
    image = sitk.GetImageFromArray(np.ascontiguousarray(values))
    image.SetSpacing(grid.spacing_mm[::-1])
    image.SetDirection(grid.axes[::-1].T.ravel().tolist())
    image.SetOrigin(grid.affine[:3, 3].tolist())
    try:
        sitk.WriteImage(image, str(path), useCompression=True)
    except RuntimeError as error:
        raise OSError("SimpleITK could not write the file") from error


def _require_plain_volume(reader: sitk.ImageFileReader, max_pixels: int) -> None:
    size = reader.GetSize()
    if reader.GetNumberOfComponents() != 1:
        raise UnsuitableInput(message("volume-coloured"))
    if len(size) < 3:
        raise InputUnreadable(message("volume-flat"))
    if len(size) > 3:
        raise UnsuitableInput(message("volume-fourth-axis"))
    columns, rows, slices = sorted(size, reverse=True)
    require_size(rows, columns, slices, max_pixels)


def _require_whole_nifti(path: Path, reader: sitk.ImageFileReader) -> None:
    """Refuse a NIfTI file that was cut off: SimpleITK fills what is missing with zeros."""
    name = path.name.lower()
    if not name.endswith((".nii", ".nii.gz")):
        return
    missing = _NIFTI_HEADER_BYTES + math.prod(reader.GetSize()) * int(reader.GetMetaData("bitpix")) // 8
    with gzip.open(path) if name.endswith(".gz") else path.open("rb") as file:
        while missing > 0:
            read = len(file.read(_CHUNK_BYTES))
            if read == 0:
                raise InputUnreadable(message("nifti-cut-off"))
            missing -= read


def _grid_of(image: sitk.Image) -> Grid:
    directions = np.array(image.GetDirection()).reshape(3, 3).T  # one axis per row, fastest first
    columns, rows, slices = image.GetSize()
    return Grid.from_axes((slices, rows, columns), image.GetSpacing()[::-1], directions[::-1], image.GetOrigin())
