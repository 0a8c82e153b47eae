"""NIfTI-1 and NIfTI-2 in one file, plain or gzipped (https://nifti.nimh.nih.gov).

Where a file holds two orientations, the one by matrix (sform) counts if it is said to be that of the scanner (code 1),
else the one by quaternion (qform), else whichever is there: as ITK decides. NIfTI speaks RAS, everything here LPS.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from spoils.spatial import Grid
from spoils.volume_files.volume import CutOffVolume, DamagedVolume, Volume, array_of, read_exactly

__all__ = ["nifti_bytes", "open_nifti"]

_TYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
_CODES = {np.dtype(name): code for code, name in _TYPES.items()}
_COLOURS = {128: 3, 2304: 4}
_VECTOR_INTENTS = frozenset({1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 2003, 2004})
"""What a fifth axis means: with one of these codes it holds the values of one voxel."""

_SCANNER = 1
_MILLIMETRES_OF_UNIT = {1: 1000.0, 3: 0.001}
_RAS_TO_LPS = np.array((-1.0, -1.0, 1.0))
_GZIP_MAGIC = b"\x1f\x8b"
_SINGLE_FILE = {348: b"n+1\0", 540: b"n+2\0"}
_VERSION_1: dict[str, tuple[str, int]] = {
    "dim": ("8h", 40),
    "intent_code": ("h", 68),
    "datatype": ("h", 70),
    "pixdim": ("8f", 76),
    "vox_offset": ("f", 108),
    "slope": ("2f", 112),
    "units": ("b", 123),
    "codes": ("2h", 252),
    "quaternion": ("3f", 256),
    "q_offset": ("3f", 268),
    "sform": ("12f", 280),
    "magic": ("4s", 344),
}
_VERSION_2: dict[str, tuple[str, int]] = {
    "magic": ("4s", 4),
    "datatype": ("h", 12),
    "dim": ("8q", 16),
    "pixdim": ("8d", 104),
    "vox_offset": ("q", 168),
    "slope": ("2d", 176),
    "codes": ("2i", 344),
    "quaternion": ("3d", 352),
    "q_offset": ("3d", 376),
    "sform": ("12d", 400),
    "units": ("i", 500),
    "intent_code": ("i", 504),
}
_FIELDS = {348: _VERSION_1, 540: _VERSION_2}


@dataclass(frozen=True)
class _Header:
    """The fields of the file, as tuples by name, and the byte order of the file (``<`` or ``>``)."""

    order: str
    length: int
    fields: dict[str, tuple[Any, ...]]

    def __getitem__(self, name: str) -> tuple[Any, ...]:
        return self.fields[name]


def open_nifti(stream: BinaryIO) -> Volume:
    """Read the header of a NIfTI file.

    Raises:
        DamagedVolume: the file is no NIfTI, or holds a type or an orientation that is not read.
    """
    packed = stream.read(2) == _GZIP_MAGIC
    stream.seek(0)
    plain = cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if packed else stream
    try:
        header = _read_header(plain)
    except (OSError, EOFError, zlib.error) as error:
        raise DamagedVolume("the compressed file is damaged") from error
    size, components = _size_of(header)
    spacing_mm, axes, origin_mm = _position_of(header)
    return Volume(size, components, spacing_mm, axes, origin_mm, lambda: _voxels(plain, header, size, components))


def _read_header(stream: BinaryIO) -> _Header:
    start = read_exactly(stream, 4)
    for order in "<>":
        (length,) = struct.unpack(f"{order}i", start)
        if length in _FIELDS:
            content = start + read_exactly(stream, length - 4)
            places = _FIELDS[length].items()
            fields = {name: struct.unpack_from(order + form, content, place) for name, (form, place) in places}
            if fields["magic"][0] != _SINGLE_FILE[length]:
                raise DamagedVolume("the file is not a NIfTI file that holds its voxels")
            return _Header(order, length, fields)
    raise DamagedVolume("the file is not NIfTI")


def _size_of(header: _Header) -> tuple[tuple[int, ...], int]:
    """Return the size, fastest axis first, and the values per voxel; last axes of length 1 are not counted."""
    dimensions, *extents = header["dim"]
    if not 1 <= dimensions <= 7 or min(extents[:dimensions]) < 1:
        raise DamagedVolume("the file says an impossible size")
    size = tuple(int(n) for n in extents[:dimensions])
    components = _COLOURS.get(header["datatype"][0], 1)
    if dimensions == 5 and header["intent_code"][0] in _VECTOR_INTENTS:
        size, components = size[:4], size[4]
    while len(size) > 3 and size[-1] == 1:
        size = size[:-1]
    return size, components


def _position_of(
    header: _Header,
) -> tuple[tuple[float, float, float], npt.NDArray[np.float64], tuple[float, float, float]]:
    """Return spacing, axis directions and origin in LPS millimetres."""
    steps = np.array([step if math.isfinite(step) and step != 0 else 1.0 for step in header["pixdim"][1:4]])
    millimetres = _MILLIMETRES_OF_UNIT.get(header["units"][0] & 7, 1.0)
    q_code, s_code = header["codes"]
    if s_code == _SCANNER or (s_code > 0 and q_code <= 0):
        matrix = np.array(header["sform"]).reshape(3, 4)
        axes, origin = _directions(matrix[:, :3]), matrix[:, 3]
    elif q_code > 0:
        axes, origin = _turned(header, steps), np.array(header["q_offset"])
    else:
        axes, origin = np.diag(_RAS_TO_LPS), np.zeros(3)
    spacing, origin = np.abs(steps) * millimetres, origin * _RAS_TO_LPS * millimetres
    return _three(spacing), (axes * _RAS_TO_LPS), _three(origin)


def _directions(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the directions of a matrix's columns, one a row, as far from right angles as they are."""
    lengths = np.linalg.norm(matrix, axis=0)
    if not np.isfinite(matrix).all() or not (lengths > 0).all():
        raise DamagedVolume("the file does not say how it lies in the patient")
    return np.asarray((matrix / lengths).T)


def _turned(header: _Header, steps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the axis directions by quaternion; the sign of the first ``pixdim`` says which hand they are of."""
    b, c, d = header["quaternion"]
    if not np.isfinite((b, c, d)).all():
        raise DamagedVolume("the file does not say how it lies in the patient")
    rest = 1.0 - (b * b + c * c + d * d)
    rotation = Rotation.from_quat([b, c, d, math.sqrt(rest) if rest >= 1e-7 else 0.0])
    axes = np.asarray(rotation.as_matrix().T * np.sign(steps)[:, np.newaxis])
    if header["pixdim"][0] < 0:
        axes[2] *= -1.0
    return axes


def _voxels(stream: BinaryIO, header: _Header, size: tuple[int, ...], components: int) -> npt.NDArray[Any]:
    coloured = header["datatype"][0] in _COLOURS
    kind = "u1" if coloured else _TYPES.get(header["datatype"][0])
    if kind is None:
        raise DamagedVolume("the voxels are of a type that is not read")
    stored = np.dtype(header.order + kind)
    offset = header["vox_offset"][0]
    if not math.isfinite(offset) or offset < header.length:
        raise DamagedVolume("the file does not say where its voxels begin")
    try:
        read_exactly(stream, int(offset) - header.length)
        content = read_exactly(stream, math.prod(size) * components * stored.itemsize)
        values = array_of(content, stored, size, components, apart=not coloured)
        stream.read(1)  # the end of a compressed file holds its checksum
    except EOFError as error:
        raise CutOffVolume("the compressed file is cut off") from error
    except (OSError, zlib.error) as error:
        raise DamagedVolume("the compressed voxels are damaged") from error
    return _scaled(values, *header["slope"])


def _scaled(values: npt.NDArray[Any], slope: float, intercept: float) -> npt.NDArray[Any]:
    """Apply the scale of the header, in single precision unless the voxels are stored in double."""
    slope = slope if math.isfinite(slope) and slope != 0 else 1.0
    intercept = intercept if math.isfinite(intercept) else 0.0
    if (slope, intercept) == (1.0, 0.0):
        return values
    given = np.float64 if values.dtype == np.float64 else np.float32
    return (values.astype(given).astype(np.float64) * slope + intercept).astype(given)


def nifti_bytes(values: npt.NDArray[Any], grid: Grid, *, packed: bool) -> bytes:
    """Return a NIfTI-1 file of an array in the axis order of ``grid``; gzipped if ``packed``, without time or name.

    Both orientations are written and say the same.

    Raises:
        ValueError: NIfTI has no such type of voxels, or no room for so large a shape.
    """
    values = np.ascontiguousarray(values)
    if values.dtype.newbyteorder("=") not in _CODES or max(values.shape) > 2**15 - 1:
        raise ValueError(f"NIfTI holds no array of {values.dtype} and shape {values.shape}")
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    content = _header_bytes(grid, np.dtype(values.dtype.newbyteorder("="))) + little.tobytes()
    if not packed:
        return content
    file = BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as stream:
        stream.write(content)
    return file.getvalue()


def _header_bytes(grid: Grid, kind: np.dtype[Any]) -> bytes:
    header = bytearray(352)
    spacing = grid.spacing_mm[::-1]
    axes = grid.axes[::-1].T * _RAS_TO_LPS[:, np.newaxis]  # columns are axes, fastest first
    origin = grid.affine[:3, 3] * _RAS_TO_LPS
    left_handed = np.linalg.det(axes) < 0
    quaternion = Rotation.from_matrix(axes * (1, 1, -1 if left_handed else 1)).as_quat(canonical=True)
    rows = np.column_stack((axes * spacing, origin))
    written: dict[str, tuple[Any, ...]] = {
        "dim": (3, *grid.shape[::-1], 1, 1, 1, 1),
        "datatype": (_CODES[kind],),
        "pixdim": (-1.0 if left_handed else 1.0, *spacing, 0.0, 0.0, 0.0, 0.0),
        "vox_offset": (float(len(header)),),
        "slope": (1.0, 0.0),
        "units": (2,),
        "codes": (_SCANNER, _SCANNER),
        "quaternion": tuple(quaternion[:3]),
        "q_offset": tuple(origin),
        "sform": tuple(rows.ravel()),
        "magic": (_SINGLE_FILE[348],),
    }
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<h", header, 72, 8 * kind.itemsize)
    for name, numbers in written.items():
        form, place = _VERSION_1[name]
        struct.pack_into(f"<{form}", header, place, *numbers)
    return bytes(header)


def _three(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    first, second, third = values.tolist()
    return (first, second, third)
