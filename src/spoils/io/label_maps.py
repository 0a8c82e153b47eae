"""Label maps on the grid of their input: read from and written to NIfTI, MHA, NRRD and single-channel PNG."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from spoils.anatomy import BACKGROUND
from spoils.errors import InputUnreadable, UsageError
from spoils.files import write_file
from spoils.images import LabelMap
from spoils.io.canonical import canonical_layout, to_canonical, to_source
from spoils.io.inputs import FileSource, Spacing
from spoils.io.limits import DEFAULT_MAX_PIXELS
from spoils.io.png import read_label_png
from spoils.io.reading import require_file
from spoils.io.source import SourceLayout
from spoils.io.volumes import VOLUME_SUFFIXES, read_voxels
from spoils.messages import Message, message
from spoils.spatial import Grid
from spoils.volume_files import volume_bytes

__all__ = [
    "LABEL_MAP_SUFFIXES",
    "THORACIC_BODY",
    "encoded_label_map",
    "read_label_map",
    "require_same_grid",
    "write_label_map",
]

LABEL_MAP_SUFFIXES: tuple[str, ...] = (*VOLUME_SUFFIXES, ".png")

THORACIC_BODY = 20
"""Value that some data sets give to thoracic vertebral bodies; they are background in our scheme."""


def read_label_map(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    *,
    spacing_mm: Spacing | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
) -> tuple[LabelMap, SourceLayout]:
    """Read a label map into canonical order.

    Args:
        source: path, content or open binary file of a NIfTI, MetaImage or NRRD volume or a single-channel PNG.
        spacing_mm: distance of pixel centres of a PNG, and only of a PNG: one number or (row, column).
        max_pixels: largest number of pixels of one slice; larger ones are not decoded.

    Raises:
        UsageError: ``spacing_mm`` is missing for a PNG or given for another format, or the format is not known.
        InputUnreadable: the file is missing or damaged, or holds values that are not labels.
        UnsuitableInput: the image has several channels or a time axis, or is too large.
    """
    if isinstance(source, str | os.PathLike):
        require_file(Path(source))
    file = FileSource.of(source)
    suffix = file.suffix
    if suffix not in LABEL_MAP_SUFFIXES:
        raise _unknown_format()
    if suffix == ".png":
        values, grid = read_label_png(file, spacing_mm, max_pixels)
    elif spacing_mm is not None:
        raise UsageError(message("spacing-not-needed"))
    else:
        values, grid = read_voxels(file, suffix, max_pixels)
    layout = canonical_layout(grid)
    canonical = to_canonical(np.where(values == THORACIC_BODY, BACKGROUND, values), layout)
    return LabelMap(canonical, layout.canonical_grid), layout


def write_label_map(labels: LabelMap, layout: SourceLayout, path: Path) -> None:
    """Write a label map on the grid of the input that ``layout`` describes, as uint8; all of it or nothing.

    Raises:
        UsageError: the suffix names no known format, a PNG is asked for several slices, or the place is not writable.
        InputUnreadable: the label map lies on another grid than the input.
    """
    write_file(path, encoded_label_map(labels, layout, _known_suffix(path)))


def encoded_label_map(labels: LabelMap, layout: SourceLayout, suffix: str) -> bytes:
    """Return the content of the file that ``write_label_map`` writes under a name with this suffix.

    Raises:
        UsageError: a PNG is asked for several slices.
        InputUnreadable: the label map lies on another grid than the input.
    """
    require_same_grid(labels.grid, layout.canonical_grid)
    if suffix != ".png":
        return volume_bytes(to_source(labels.labels, layout), layout.grid, suffix)
    if labels.labels.shape[0] != 1:
        raise UsageError(message("label-png-one-slice"))
    return _png_bytes(labels.labels[0])


def require_same_grid(one: Grid, other: Grid) -> None:
    """Refuse a label map and an image that do not lie on the same grid.

    Raises:
        InputUnreadable: shape or position differ.
    """
    if not one.matches(other):
        raise InputUnreadable(message("label-grid-differs", labels=_described(one), image=_described(other)))


def _described(grid: Grid) -> Message:
    slices, rows, columns = grid.shape
    slice_mm, row_mm, column_mm = grid.spacing_mm
    x, y, z = (float(coordinate) for coordinate in grid.affine[:3, 3])
    return message(
        "grid-description",
        slices=slices,
        rows=rows,
        columns=columns,
        slice_mm=slice_mm,
        row_mm=row_mm,
        column_mm=column_mm,
        x=x,
        y=y,
        z=z,
    )


def _known_suffix(path: Path) -> str:
    for suffix in LABEL_MAP_SUFFIXES:
        if path.name.lower().endswith(suffix):
            return suffix
    raise _unknown_format()


def _unknown_format() -> UsageError:
    return UsageError(message("label-suffix-unknown", suffixes=[*LABEL_MAP_SUFFIXES]))


def _png_bytes(values: npt.NDArray[Any]) -> bytes:
    content = BytesIO()
    Image.fromarray(np.ascontiguousarray(values)).save(content, format="PNG")
    return content.getvalue()
