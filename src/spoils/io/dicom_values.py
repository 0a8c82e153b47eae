"""What stored pixel values mean: the bits that count, and values that stand for no picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

__all__ = ["is_padding", "stored_values"]

_PADDING, _PADDING_LIMIT = Tag("PixelPaddingValue"), Tag("PixelPaddingRangeLimit")


def stored_values(pixels: npt.NDArray[Any], image: Dataset) -> npt.NDArray[Any]:
    """Return decoded pixels (rows, columns) with the bits of BitsStored alone, and their sign where they have one.

    Old scanners keep overlays in the bits above. A decoder of compressed data gives these, too.
    """
    allocated, stored = int(image.BitsAllocated), int(image.BitsStored)
    lowest = int(image.get("HighBit", stored - 1)) + 1 - stored
    if pixels.dtype.kind not in "iu" or not 0 < stored < allocated or allocated > 32 or not 0 <= lowest < allocated:
        return pixels
    values = pixels.astype(np.int64) >> lowest & ((1 << stored) - 1)
    if image.get("PixelRepresentation") == 1:
        values = np.where(values >= 1 << (stored - 1), values - (1 << stored), values)
    return values


def is_padding(stored: npt.NDArray[Any], header: Dataset) -> npt.NDArray[np.bool_]:
    """Return where stored values (rows, columns) are padding: a value, or a range of values, that the header names."""
    limits = [value for tag in (_PADDING, _PADDING_LIMIT) if (value := _padding_value(header, tag)) is not None]
    if not limits or _padding_value(header, _PADDING) is None:
        return np.zeros(stored.shape, dtype=bool)
    return np.asarray((stored >= min(limits)) & (stored <= max(limits)))


def _padding_value(header: Dataset, tag: BaseTag) -> int | None:
    """Return a padding value in the sign of the pixels; writers confuse the two."""
    value = header[tag].value if tag in header else None
    if isinstance(value, bytes) and len(value) == 2:
        value = int.from_bytes(value, "little")
    if not isinstance(value, int):
        return None
    bits = int(header.BitsAllocated)
    is_signed = header.get("PixelRepresentation") == 1
    value %= 1 << bits
    return value - (1 << bits) if is_signed and value >= 1 << (bits - 1) else value
