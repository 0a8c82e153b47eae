"""Headers that are lines of text, as MetaImage and NRRD have them."""

from __future__ import annotations

import math
from typing import BinaryIO

from spoils.volume_files.volume import DamagedVolume

__all__ = ["numbers", "read_line", "three"]

_MAX_LINE_BYTES = 4096


def read_line(stream: BinaryIO) -> str:
    """Read a line without its end.

    Raises:
        DamagedVolume: the file ends, or the line is too long to be one of a header.
    """
    line = stream.readline(_MAX_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise DamagedVolume("the header is cut off")
    return line.decode("latin-1").rstrip("\r\n")


def numbers(text: str) -> list[float]:
    """Return the numbers of a text, which blanks divide.

    Raises:
        DamagedVolume: something else is among them.
    """
    try:
        return [float(part) for part in text.split()]
    except ValueError as error:
        raise DamagedVolume("the header holds something else than numbers") from error


def three(text: str) -> tuple[float, float, float]:
    """Return the three finite numbers of a text.

    Raises:
        DamagedVolume: there are more, fewer or others.
    """
    found = numbers(text)
    if len(found) != 3 or not all(math.isfinite(number) for number in found):
        raise DamagedVolume("the file does not say how it lies in the patient")
    return (found[0], found[1], found[2])
