"""The size that a compressed image states itself: JPEG, JPEG-LS and JPEG 2000.

A decoder allocates what the code stream says, whatever the header of the file says. So both are compared first.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

__all__ = ["CodeStreamSize", "DamagedCodeStream", "size_of_code_stream"]

_JPEG_START = b"\xff\xd8"
_J2K_START = b"\xff\x4f\xff\x51"
_JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
"""Start of frame of JPEG and, 0xF7, of JPEG-LS."""
_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_PRESETS, _OVERSIZE = 0xF8, 4
_SCAN, _END = 0xDA, 0xD9
_MAX_TILES: Final = 65535
"""Tiles have numbers of 16 bits (ISO/IEC 15444-1, A.4.2)."""


class DamagedCodeStream(ValueError):
    """The code stream does not say its size, or not in a way that is read."""


@dataclass(frozen=True, slots=True)
class CodeStreamSize:
    """Rows, columns and samples per pixel."""

    rows: int
    columns: int
    samples: int


def size_of_code_stream(content: bytes) -> CodeStreamSize:
    """Return the size that a JPEG, JPEG-LS or JPEG 2000 image states.

    Raises:
        DamagedCodeStream: the content is none of these, or does not state its size.
    """
    try:
        if content.startswith(_JP2_SIGNATURE):
            content = content[max(content.find(_J2K_START), 0) :]
        if content.startswith(_J2K_START):
            return _size_of_jpeg_2000(content)
        if content.startswith(_JPEG_START):
            return _size_of_jpeg(content)
    except (struct.error, IndexError) as error:
        raise DamagedCodeStream("the code stream is cut off") from error
    raise DamagedCodeStream("the code stream is of no known kind")


def _size_of_jpeg_2000(content: bytes) -> CodeStreamSize:
    right, bottom, left, top, tile_width, tile_height, tile_left, tile_top, samples = struct.unpack_from(
        ">8IH", content, 8
    )
    if right <= left or bottom <= top or not tile_width or not tile_height:
        raise DamagedCodeStream("the code stream states an impossible size")
    across = -(-(right - tile_left) // tile_width)
    down = -(-(bottom - tile_top) // tile_height)
    if not 0 < across * down <= _MAX_TILES:
        raise DamagedCodeStream("the code stream states too many tiles")
    return CodeStreamSize(bottom - top, right - left, samples)


def _size_of_jpeg(content: bytes) -> CodeStreamSize:
    place = 2
    while True:
        if content[place] != 0xFF:
            raise DamagedCodeStream("the code stream has no marker where one must be")
        marker = content[place + 1]
        if marker == 0xFF:  # filling
            place += 1
            continue
        if marker in _FRAME_MARKERS:
            rows, columns, samples = struct.unpack_from(">HHB", content, place + 5)
            if not rows or not columns:
                raise DamagedCodeStream("the code stream states its size elsewhere")
            return CodeStreamSize(rows, columns, samples)
        if marker in {_SCAN, _END} or (marker == _PRESETS and content[place + 4] == _OVERSIZE):
            raise DamagedCodeStream("the code stream does not state its size where it should")
        place += 2 if marker in _WITHOUT_LENGTH else 2 + struct.unpack_from(">H", content, place + 2)[0]
