"""NRRD with its voxels in the same file (https://teem.sourceforge.net/nrrd/format.html). Others are not followed."""

from __future__ import annotations

import gzip
import math
import re
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from spoils.spatial import Grid
from spoils.volume_files.text_header import numbers, read_line, three
from spoils.volume_files.volume import CutOffVolume, DamagedVolume, Volume, array_of, inflated, read_exactly

__all__ = ["nrrd_bytes", "open_nrrd"]

_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_KINDS = {name: kind for kind, names in _TYPES.items() for name in names}
_WRITTEN = {np.dtype(kind): names[1] if len(names) > 1 else names[0] for kind, names in _TYPES.items()}
_SPACES = {
    "lps": (1.0, 1.0, 1.0),
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
}
"""What turns a space into LPS. Spaces that are not of the patient are taken to be LPS."""

_OF_A_VOXEL = frozenset({"vector", "list", "point", "normal", "covariant-vector", "3-color", "rgb-color", "4-color",
                         "rgba-color", "complex", "2-vector", "3-vector", "4-vector", "scalar", "stub"})  # fmt: skip
"""Kinds of an axis along which one voxel's values lie."""

_MAX_LINES = 200


def open_nrrd(stream: BinaryIO) -> Volume:
    """Read the header of an NRRD file.

    Raises:
        DamagedVolume: the file is no NRRD, keeps its voxels elsewhere, or uses what is not read.
    """
    header = _read_header(stream)
    sizes = [int(n) for n in numbers(header.get("sizes", ""))]
    if not sizes or min(sizes) < 1 or header.get("dimension") != str(len(sizes)):
        raise DamagedVolume("the file says an impossible size")
    kinds = header.get("kinds", "").lower().split()
    of_a_voxel = [axis for axis, kind in enumerate(kinds[: len(sizes)]) if kind in _OF_A_VOXEL]
    if of_a_voxel not in ([], [0], [len(sizes) - 1]):
        raise DamagedVolume("the values of a voxel are neither the first axis nor the last")
    components = sizes[of_a_voxel[0]] if of_a_voxel else 1
    size = tuple(n for axis, n in enumerate(sizes) if axis not in of_a_voxel)
    with_position = len(sizes) == 3 and not of_a_voxel
    spacing_mm, axes, origin_mm = (
        _position_of(header, size) if with_position else ((1.0, 1.0, 1.0), np.eye(3), (0.0, 0.0, 0.0))
    )
    return Volume(
        size,
        components,
        spacing_mm,
        axes,
        origin_mm,
        lambda: _voxels(stream, header, size, components, apart=of_a_voxel != [0]),
    )


def _read_header(stream: BinaryIO) -> dict[str, str]:
    if not re.fullmatch(r"NRRD000\d", read_line(stream)):
        raise DamagedVolume("the file is not NRRD")
    header: dict[str, str] = {}
    for _ in range(_MAX_LINES):
        line = read_line(stream)
        if not line:
            return header
        field, colon, value = line.partition(":")
        if line.startswith("#") or value.startswith("="):
            continue
        if not colon:
            raise DamagedVolume("the header holds something else than fields")
        header[field.strip().lower()] = value.strip()
    raise DamagedVolume("the header does not end")


def _position_of(
    header: dict[str, str], size: tuple[int, ...]
) -> tuple[tuple[float, float, float], npt.NDArray[np.float64], tuple[float, float, float]]:
    if "space directions" in header:
        to_lps = np.array(_SPACES.get(header.get("space", "").lower(), (1.0, 1.0, 1.0)))
        vectors = np.array([_vector(text) for text in re.findall(r"none|\([^)]*\)", header["space directions"])])
        lengths = np.linalg.norm(vectors, axis=-1) if vectors.shape == (3, 3) else np.zeros(3)
        if not (lengths > 0).all():
            raise DamagedVolume("the file does not say how it lies in the patient")
        origin = np.array(_vector(header.get("space origin", "(0,0,0)"))) * to_lps
        return _three(lengths), vectors / lengths[:, np.newaxis] * to_lps, _three(origin)
    if {"space", "space dimension"} & header.keys():
        if "spacings" in header:
            raise DamagedVolume("the file does not say how it lies in the patient")
        return (1.0, 1.0, 1.0), np.eye(3), _vector(header.get("space origin", "(0,0,0)"))
    spacing = np.array([step if math.isfinite(step) else 1.0 for step in numbers(header.get("spacings", "1 1 1"))])
    if len(spacing) != 3 or not (spacing > 0).all():
        raise DamagedVolume("the file does not say how it lies in the patient")
    return _three(spacing), np.eye(3), _three(_first_centre(header, size, spacing))


def _first_centre(
    header: dict[str, str], size: tuple[int, ...], spacing: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the centre of the first voxel where only the borders of the axes are given."""
    if "axis mins" not in header:
        return np.zeros(3)
    low = np.array(three(header["axis mins"]))
    step = (np.array(three(header["axis maxs"])) - low) / size if "axis maxs" in header else spacing
    return np.asarray(low + step / 2.0)


def _vector(text: str) -> tuple[float, float, float]:
    if text == "none":
        return (0.0, 0.0, 0.0)
    return three(text.strip("() ").replace(",", " "))


def _voxels(
    stream: BinaryIO, header: dict[str, str], size: tuple[int, ...], components: int, *, apart: bool
) -> npt.NDArray[Any]:
    if {"data file", "datafile"} & header.keys():
        raise DamagedVolume("the file keeps its voxels in another file")
    kind, encoding = _KINDS.get(header.get("type", "").lower()), header.get("encoding", "").lower()
    order = {"little": "<", "big": ">"}.get(header.get("endian", "").lower())
    if kind is None or (order is None and kind[1] != "1" and encoding in {"raw", "gzip", "gz"}):
        raise DamagedVolume("the voxels are of a type that is not read")
    stored = np.dtype((order or "<") + kind)
    for _ in range(int(header.get("line skip", header.get("lineskip", "0")))):
        read_line(stream)
    skipped = int(header.get("byte skip", header.get("byteskip", "0")))
    count = math.prod(size) * components
    return array_of(_content(stream, encoding, stored, skipped, count), stored, size, components, apart=apart)


def _content(stream: BinaryIO, encoding: str, stored: np.dtype[Any], skipped: int, count: int) -> bytes:
    """Return ``count`` voxels' bytes, however they are packed."""
    if encoding == "raw":
        return _raw(stream, skipped, count * stored.itemsize)
    if encoding in {"gzip", "gz"} and skipped >= 0:
        return inflated(stream, skipped + count * stored.itemsize, 31)[skipped:]
    if encoding in {"text", "txt", "ascii"} and skipped == 0:
        return _written_out(stream, stored, count)
    raise DamagedVolume("the voxels are packed in a way that is not read")


def _raw(stream: BinaryIO, skipped: int, count: int) -> bytes:
    if skipped < 0:
        start, end = stream.seek(0, 1), stream.seek(0, 2)
        stream.seek(max(start, end - count))
    else:
        read_exactly(stream, skipped)
    return read_exactly(stream, count)


def _written_out(stream: BinaryIO, stored: np.dtype[Any], count: int) -> bytes:
    """Read voxels that are written as text; no number takes more than 32 signs."""
    values = stream.read(32 * count).replace(b",", b" ").split()
    if len(values) < count:
        raise CutOffVolume("the file is cut off")
    try:
        return np.array(values[:count]).astype(np.float64).astype(stored).tobytes()
    except ValueError as error:
        raise DamagedVolume("the voxels are not numbers") from error


def nrrd_bytes(values: npt.NDArray[Any], grid: Grid) -> bytes:
    """Return a gzipped NRRD file of an array in the axis order of ``grid``.

    Raises:
        ValueError: the format has no such type of voxels.
    """
    kind = np.dtype(values.dtype.newbyteorder("="))
    if kind not in _WRITTEN:
        raise ValueError(f"NRRD holds no array of {kind}")
    vectors = grid.affine[:3, :3].T[::-1]
    lines = (
        "NRRD0004",
        f"type: {_WRITTEN[kind]}",
        "dimension: 3",
        "space: left-posterior-superior",
        f"sizes: {' '.join(str(n) for n in grid.shape[::-1])}",
        f"space directions: {' '.join(_spelled(vector) for vector in vectors)}",
        "kinds: domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space origin: {_spelled(grid.affine[:3, 3])}",
    )
    file = BytesIO()
    file.write(("\n".join(lines) + "\n\n").encode("ascii"))
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as stream:
        stream.write(np.ascontiguousarray(values, dtype=kind.newbyteorder("<")).tobytes())
    return file.getvalue()


def _spelled(vector: npt.NDArray[np.float64]) -> str:
    return f"({','.join(repr(float(value) + 0.0) for value in vector)})"


def _three(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    first, second, third = values.tolist()
    return (first, second, third)
