"""NIfTI, MetaImage and NRRD volumes as sagittal series and as arrays on their grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note, SagittalSeries
from spoils.io.canonical import canonical_layout, require_sagittal, to_canonical
from spoils.io.checks import require_contrast, require_lumbar_extent, require_size
from spoils.io.source import SourceSeries
from spoils.messages import message
from spoils.spatial import Grid
from spoils.volume_files import SUFFIXES, CutOffVolume, DamagedVolume, Volume, open_volume

__all__ = ["VOLUME_SUFFIXES", "read_array", "read_volume"]

VOLUME_SUFFIXES: tuple[str, ...] = SUFFIXES

_FORMATS = {".nii.gz": "NIfTI", ".nii": "NIfTI", ".mha": "MetaImage", ".nrrd": "NRRD"}
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
    source = message("volume-source", format=_FORMATS[_suffix_of(path)], count=series.grid.shape[0])
    return SourceSeries(series, layout, "unknown", None, source, (_UNCHECKED_SEQUENCE,))


def read_array(path: Path, max_pixels: int) -> tuple[npt.NDArray[Any], Grid]:
    """Read the voxels of a volume in file order, slowest axis first, with their grid.

    Raises:
        InputUnreadable: the file is damaged or does not say how it lies in the patient.
        UnsuitableInput: the image has several channels or a time axis, or is too large.
    """
    try:
        with path.open("rb") as stream:
            volume = open_volume(stream, _suffix_of(path))
            _require_plain_volume(volume, max_pixels)
            values = volume.read()
    except CutOffVolume as error:
        raise InputUnreadable(message("volume-cut-off")) from error
    except (OSError, DamagedVolume) as error:
        raise InputUnreadable(message("volume-damaged")) from error
    return values, Grid.from_axes(
        (values.shape[0], values.shape[1], values.shape[2]),
        volume.spacing_mm[::-1],
        volume.axes[::-1],
        volume.origin_mm,
    )


def _suffix_of(path: Path) -> str:
    return next(suffix for suffix in VOLUME_SUFFIXES if path.name.lower().endswith(suffix))


def _require_plain_volume(volume: Volume, max_pixels: int) -> None:
    if volume.components != 1:
        raise UnsuitableInput(message("volume-coloured"))
    if len(volume.size) < 3:
        raise InputUnreadable(message("volume-flat"))
    if len(volume.size) > 3:
        raise UnsuitableInput(message("volume-fourth-axis"))
    columns, rows, slices = sorted(volume.size, reverse=True)
    require_size(rows, columns, slices, max_pixels)
