"""Which format a file has, by the end of its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, BinaryIO, TypeVar

import numpy.typing as npt

from spoils.spatial import Grid
from spoils.volume_files.metaimage import metaimage_bytes, open_metaimage
from spoils.volume_files.nifti import nifti_bytes, open_nifti
from spoils.volume_files.nrrd import nrrd_bytes, open_nrrd
from spoils.volume_files.volume import DamagedVolume, Volume

__all__ = ["SUFFIXES", "open_volume", "volume_bytes"]

SUFFIXES: tuple[str, ...] = (".nii.gz", ".nii", ".mha", ".nrrd")

_Given = TypeVar("_Given")

_READERS = {".nii.gz": open_nifti, ".nii": open_nifti, ".mha": open_metaimage, ".nrrd": open_nrrd}


def open_volume(stream: BinaryIO, suffix: str) -> Volume:
    """Read the header of a volume from a seekable stream at its start; ``suffix`` is one of ``SUFFIXES``.

    Raises:
        DamagedVolume: the file is not in that format, or uses a part of it that is not read.
    """
    volume = _refused_if_damaged(lambda: _READERS[suffix](stream))
    return replace(volume, read=lambda: _refused_if_damaged(volume.read))


def _refused_if_damaged(step: Callable[[], _Given]) -> _Given:
    try:
        return step()
    except DamagedVolume:
        raise
    except (ValueError, OverflowError) as error:
        raise DamagedVolume("the header is damaged") from error


def volume_bytes(values: npt.NDArray[Any], grid: Grid, suffix: str) -> bytes:
    """Return a file of an array in the axis order of ``grid`` (slowest first); ``suffix`` is one of ``SUFFIXES``.

    The same array gives the same bytes.

    Raises:
        ValueError: the format has no such type of voxels.
    """
    if suffix == ".mha":
        return metaimage_bytes(values, grid)
    if suffix == ".nrrd":
        return nrrd_bytes(values, grid)
    return nifti_bytes(values, grid, packed=suffix == ".nii.gz")
