"""MetaImage with its voxels in the same file (``.mha``). A file that names another one is not followed."""

from __future__ import annotations

import math
import zlib
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from spoils.spatial import Grid
from spoils.volume_files.text_header import numbers, read_line, three
from spoils.volume_files.volume import DamagedVolume, Volume, array_of, inflated, read_exactly

__all__ = ["metaimage_bytes", "open_metaimage"]

_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
"""Long numbers have four bytes here: the format dates from when they did."""

_NAMES = {np.dtype(kind): name for name, kind in reversed(_TYPES.items())}
_LAST_KEY = "ElementDataFile"
_MAX_LINES = 200


def open_metaimage(stream: BinaryIO) -> Volume:
    """Read the header of a MetaImage file.

    Raises:
        DamagedVolume: the file is no MetaImage, keeps its voxels elsewhere, or uses what is not read.
    """
    header = _read_header(stream)
    size = tuple(int(n) for n in numbers(header.get("DimSize", "")))
    components = int(header.get("ElementNumberOfChannels", "1"))
    if not size or min(*size, components) < 1 or header.get("NDims", str(len(size))) != str(len(size)):
        raise DamagedVolume("the file says an impossible size")
    spacing_mm, axes, origin_mm = _position_of(header) if len(size) == 3 else ((1.0,) * 3, np.eye(3), (0.0,) * 3)
    return Volume(size, components, spacing_mm, axes, origin_mm, lambda: _voxels(stream, header, size, components))


def _read_header(stream: BinaryIO) -> dict[str, str]:
    header: dict[str, str] = {}
    for _ in range(_MAX_LINES):
        line = read_line(stream)
        places = [place for place in (line.find("="), line.find(":")) if place > 0]
        if not places:
            raise DamagedVolume("the file is not MetaImage")
        key, value = line[: min(places)].strip(), line[min(places) + 1 :].strip()
        header[key] = value
        if key == _LAST_KEY:
            return header
    raise DamagedVolume("the header does not end")


def _position_of(
    header: dict[str, str],
) -> tuple[tuple[float, float, float], npt.NDArray[np.float64], tuple[float, float, float]]:
    spacing = np.array(three(_first(header, "ElementSpacing", "ElementSize", default="1 1 1")))
    matrix = np.array(
        numbers(_first(header, "TransformMatrix", "Rotation", "Orientation", default="1 0 0 0 1 0 0 0 1"))
    )
    if len(matrix) != 9 or not (spacing != 0).all():
        raise DamagedVolume("the file does not say how it lies in the patient")
    axes = matrix.reshape(3, 3) * np.sign(spacing)[:, np.newaxis]
    origin = three(_first(header, "Offset", "Position", "Origin", default="0 0 0"))
    first, second, third = np.abs(spacing).tolist()
    return (first, second, third), axes, origin


def _first(header: dict[str, str], *keys: str, default: str) -> str:
    return next((header[key] for key in keys if key in header), default)


def _is_set(header: dict[str, str], *keys: str) -> bool:
    return _first(header, *keys, default="False").lower() == "true"


def _voxels(stream: BinaryIO, header: dict[str, str], size: tuple[int, ...], components: int) -> npt.NDArray[Any]:
    if header[_LAST_KEY] != "LOCAL":
        raise DamagedVolume("the file keeps its voxels in another file")
    if not _is_set(header | {"BinaryData": header.get("BinaryData", "True")}, "BinaryData"):
        raise DamagedVolume("the voxels are written as text")
    kind = _TYPES.get(header.get("ElementType", ""))
    if kind is None or int(header.get("HeaderSize", "-1")) > 0:
        raise DamagedVolume("the voxels are of a type that is not read")
    stored = np.dtype((">" if _is_set(header, "BinaryDataByteOrderMSB", "ElementByteOrderMSB") else "<") + kind)
    count = math.prod(size) * components * stored.itemsize
    content = inflated(stream, count, 15) if _is_set(header, "CompressedData") else read_exactly(stream, count)
    return array_of(content, stored, size, components)


def metaimage_bytes(values: npt.NDArray[Any], grid: Grid) -> bytes:
    """Return a compressed MetaImage file of an array in the axis order of ``grid``.

    Raises:
        ValueError: the format has no such type of voxels.
    """
    kind = np.dtype(values.dtype.newbyteorder("="))
    if kind not in _NAMES:
        raise ValueError(f"MetaImage holds no array of {kind}")
    packed = zlib.compress(np.ascontiguousarray(values, dtype=kind.newbyteorder("<")).tobytes(), 6)
    lines = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "True",
        "CompressedDataSize": str(len(packed)),
        "TransformMatrix": _spelled(grid.axes[::-1].ravel()),
        "Offset": _spelled(grid.affine[:3, 3]),
        "CenterOfRotation": "0 0 0",
        "ElementSpacing": _spelled(np.array(grid.spacing_mm[::-1])),
        "DimSize": " ".join(str(n) for n in grid.shape[::-1]),
        "ElementType": _NAMES[kind],
        _LAST_KEY: "LOCAL",
    }
    return "".join(f"{key} = {value}\n" for key, value in lines.items()).encode("ascii") + packed


def _spelled(values: npt.NDArray[np.float64]) -> str:
    return " ".join(repr(float(value) + 0.0) for value in values)
