"""NIfTI, MetaImage and NRRD volumes and SimpleITK images, as sagittal series and as arrays on their grid."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note, SagittalSeries
from spoils.io.canonical import canonical_layout, require_sagittal, to_canonical
from spoils.io.checks import require_contrast, require_lumbar_extent, require_size
from spoils.io.inputs import FileSource
from spoils.io.limits import DEFAULT_MAX_PIXELS, MAX_SHEAR_DEG, ROUNDING_SHEAR_DEG
from spoils.io.source import SourceSeries
from spoils.messages import message
from spoils.spatial import Grid, right_angled
from spoils.volume_files import SUFFIXES, CutOffVolume, DamagedVolume, open_volume

__all__ = [
    "VOLUME_SUFFIXES",
    "ItkImage",
    "read_canonical_voxels",
    "read_itk_image",
    "read_volume",
    "read_voxels",
    "series_of_volume",
]

VOLUME_SUFFIXES: tuple[str, ...] = SUFFIXES

_FORMATS = {".nii.gz": "NIfTI", ".nii": "NIfTI", ".mha": "MetaImage", ".nrrd": "NRRD"}
_UNCHECKED_SEQUENCE = Note("sequence-unknown", message("format-without-sequence"))


class ItkImage(Protocol):
    """What is used of ``SimpleITK.Image``; sizes and positions are fastest axis first, positions in LPS mm."""

    def GetSize(self) -> tuple[int, ...]: ...  # noqa: D102, N802 - SimpleITK's own name

    def GetSpacing(self) -> tuple[float, ...]: ...  # noqa: D102, N802 - SimpleITK's own name

    def GetOrigin(self) -> tuple[float, ...]: ...  # noqa: D102, N802 - SimpleITK's own name

    def GetDirection(self) -> tuple[float, ...]: ...  # noqa: D102, N802 - SimpleITK's own name

    def GetNumberOfComponentsPerPixel(self) -> int: ...  # noqa: D102, N802 - SimpleITK's own name


def read_volume(file: FileSource, suffix: str, max_pixels: int) -> SourceSeries:
    """Read a volume whose fine plane is sagittal. The format holds no sequence, so T2 weighting is assumed.

    Raises:
        InputUnreadable: the file is damaged or does not say how it lies in the patient.
        UnsuitableInput: the image is coloured, has a time axis, is not sagittal, empty or of an impossible size.
    """
    values, grid, notes = _read_oriented(file, suffix, max_pixels)
    return series_of_volume(values, grid, _FORMATS[suffix], notes)


def read_itk_image(image: ItkImage, max_pixels: int) -> SourceSeries:
    """Read a SimpleITK image whose fine plane is sagittal, as ``read_volume`` does.

    SimpleITK is no part of SPOILS: the package that the image comes from gives its voxels.

    Raises:
        InputUnreadable: the image has two dimensions.
        UnsuitableInput: as ``read_volume``.
    """
    _require_plain_volume(image.GetSize(), image.GetNumberOfComponentsPerPixel(), max_pixels)
    values = import_module(type(image).__module__.partition(".")[0]).GetArrayFromImage(image)
    directions = np.array(image.GetDirection()).reshape(3, 3).T  # one axis per row, fastest first
    axes, notes = _right_angled(directions[::-1])
    grid = Grid.from_axes(values.shape, image.GetSpacing()[::-1], axes, image.GetOrigin())
    return series_of_volume(values, grid, "SimpleITK", notes)


def series_of_volume(values: npt.NDArray[Any], grid: Grid, kind: str, notes: tuple[Note, ...] = ()) -> SourceSeries:
    """Return the series of voxels on their grid, both in the axis order of the input; ``kind`` names its format.

    Raises:
        InputUnreadable: a voxel is not a finite number.
        UnsuitableInput: the image is not sagittal, empty or of an impossible size.
    """
    layout = canonical_layout(grid)
    require_sagittal(layout.canonical_grid)
    require_lumbar_extent(layout.canonical_grid)
    require_contrast(values)
    pixels = to_canonical(values, layout).astype(np.float32)
    pixels.setflags(write=False)
    series = SagittalSeries(pixels, layout.canonical_grid)
    source = message("volume-source", format=kind, count=series.grid.shape[0])
    return SourceSeries(series, layout, "unknown", None, source, (_UNCHECKED_SEQUENCE, *notes))


def read_voxels(file: FileSource, suffix: str, max_pixels: int) -> tuple[npt.NDArray[Any], Grid]:
    """Read the voxels of a volume in file order, slowest axis first, with their grid.

    Args:
        file: the volume.
        suffix: which of ``VOLUME_SUFFIXES`` its format has.
        max_pixels: largest number of pixels of one slice.

    Raises:
        InputUnreadable: the file is damaged or does not say how it lies in the patient.
        UnsuitableInput: the image has several channels or a time axis, or is too large.
    """
    values, grid, _ = _read_oriented(file, suffix, max_pixels)
    return values, grid


def _read_oriented(file: FileSource, suffix: str, max_pixels: int) -> tuple[npt.NDArray[Any], Grid, tuple[Note, ...]]:
    """Return voxels, grid, and a note where the axes had to be brought to right angles."""
    try:
        with file.open() as stream:
            volume = open_volume(stream, suffix)
            _require_plain_volume(volume.size, volume.components, max_pixels)
            values = volume.read()
    except CutOffVolume as error:
        raise InputUnreadable(message("volume-cut-off")) from error
    except (OSError, DamagedVolume) as error:
        raise InputUnreadable(message("volume-damaged")) from error
    axes, notes = _right_angled(volume.axes[::-1])
    shape = (values.shape[0], values.shape[1], values.shape[2])
    return values, Grid.from_axes(shape, volume.spacing_mm[::-1], axes, volume.origin_mm), notes


def _right_angled(axes: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], tuple[Note, ...]]:
    """Return axes at right angles; registration and rounding leave them sheared by a few per mille.

    Raises:
        InputUnreadable: they are sheared by more.
    """
    nearest, off_deg = right_angled(axes)
    if not off_deg > ROUNDING_SHEAR_DEG:
        return axes, ()
    if off_deg > MAX_SHEAR_DEG:
        raise InputUnreadable(message("volume-sheared", angle=off_deg, limit=MAX_SHEAR_DEG))
    return nearest, (Note("axes-sheared", message("axes-sheared", angle=off_deg)),)


def read_canonical_voxels(path: Path, max_pixels: int = DEFAULT_MAX_PIXELS) -> tuple[npt.NDArray[Any], Grid]:
    """Read the voxels of a volume in canonical order, such as label values of another scheme, with their grid.

    Raises:
        InputUnreadable: the file is damaged or does not say how it lies in the patient.
        UnsuitableInput: the image has several channels or a time axis, or is too large.
    """
    file = FileSource(path)
    values, grid = read_voxels(file, file.suffix or path.suffix, max_pixels)
    layout = canonical_layout(grid)
    return to_canonical(values, layout), layout.canonical_grid


def _require_plain_volume(size: tuple[int, ...], channels: int, max_pixels: int) -> None:
    if channels != 1:
        raise UnsuitableInput(message("volume-coloured"))
    if len(size) < 3:
        raise InputUnreadable(message("volume-flat"))
    if len(size) > 3:
        raise UnsuitableInput(message("volume-fourth-axis"))
    columns, rows, slices = sorted(size, reverse=True)
    require_size(rows, columns, slices, max_pixels)
