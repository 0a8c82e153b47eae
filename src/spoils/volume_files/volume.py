"""What every format gives: a header that was checked, and voxels that are read when they are asked for."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

__all__ = ["CutOffVolume", "DamagedVolume", "Volume", "array_of", "inflated", "read_exactly"]

_CHUNK_BYTES = 2**20


class DamagedVolume(ValueError):
    """The file is damaged, cut off, or uses a part of its format that is not read."""


class CutOffVolume(DamagedVolume):
    """The file ends before its voxels do."""


@dataclass(frozen=True, eq=False)
class Volume:
    """An open file: its header now, its voxels by ``read``, as long as the stream is open.

    ``size`` counts voxels along each axis of the file, fastest first; ``components`` is the number of values per voxel.
    For files with three axes, ``spacing_mm`` has one value an axis, ``axes`` one direction (LPS) a row, which may
    be sheared, and ``origin_mm`` is the centre of the first voxel (LPS); all fastest first. Other files have none.
    """

    size: tuple[int, ...]
    components: int
    spacing_mm: tuple[float, float, float]
    axes: npt.NDArray[np.float64]
    origin_mm: tuple[float, float, float]
    read: Callable[[], npt.NDArray[Any]]
    """Return the voxels, slowest axis first, in native byte order; several values of one voxel are the last axis.

    Raises ``DamagedVolume``, or ``CutOffVolume`` where some are missing.
    """


def read_exactly(stream: BinaryIO, count: int) -> bytes:
    """Read ``count`` bytes, piece by piece: a header that promises too much does not cost its memory.

    Raises:
        CutOffVolume: the stream ends before.
    """
    pieces: list[bytes] = []
    missing = count
    while missing > 0:
        piece = stream.read(min(missing, _CHUNK_BYTES))
        if not piece:
            raise CutOffVolume("the file is cut off")
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def inflated(stream: BinaryIO, count: int, window_bits: int) -> bytes:
    """Inflate exactly ``count`` bytes from a zlib (15) or gzip (31) stream, and never more.

    Raises:
        DamagedVolume: the data are damaged, or give fewer bytes (``CutOffVolume``).
    """
    pieces = []
    missing = count
    try:
        for piece in _inflated_pieces(stream, window_bits):
            pieces.append(piece[:missing])
            missing -= len(pieces[-1])
            if missing == 0:
                break
    except zlib.error as error:
        raise DamagedVolume("the compressed voxels are damaged") from error
    if missing:
        raise CutOffVolume("the file is cut off")
    return b"".join(pieces)


def _inflated_pieces(stream: BinaryIO, window_bits: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=window_bits)
    while not inflater.eof:
        packed = inflater.unconsumed_tail or stream.read(_CHUNK_BYTES)
        if not packed:
            return
        yield inflater.decompress(packed, _CHUNK_BYTES)


def array_of(
    content: bytes, stored: np.dtype[Any], size: tuple[int, ...], components: int = 1, *, apart: bool = False
) -> npt.NDArray[Any]:
    """Return bytes as an array, slowest axis first, in native byte order; its memory is its own.

    The values of one voxel become the last axis; in the file they stand together, or, if ``apart``, one volume after
    the other.
    """
    shape = size[::-1]
    if components > 1:
        shape = (components, *shape) if apart else (*shape, components)
    values = np.frombuffer(content, dtype=stored, count=math.prod(shape)).reshape(shape)
    return (np.moveaxis(values, 0, -1) if components > 1 and apart else values).astype(stored.newbyteorder("="))
