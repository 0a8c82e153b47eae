"""Small images of a rectified disc: the image alone, and coloured by the evidence for its grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from skimage.transform import resize

from spoils.canvas import to_rgb
from spoils.report.palette import AGAINST, FOR
from spoils.report.png import encoded_png

__all__ = ["DiscPictures", "draw_disc"]

_WHITE = 1.0
"""Signal shown as white, which is that of CSF. All discs share one window, so that they can be compared."""

_ENLARGEMENT = 3
"""Magnification, so that printers and browsers need not enlarge the image."""

_OPACITY = 0.8
"""Opacity of the colour at the strongest evidence. The tissue below must stay visible."""

FloatPicture = npt.NDArray[np.floating]


@dataclass(frozen=True)
class DiscPictures:
    """PNGs of one disc: the image alone, and if known the image with the evidence for and against its grade."""

    strip: bytes
    activation: bytes | None = None


def draw_disc(pixels: npt.NDArray[np.float32], activation: npt.NDArray[np.float32] | None = None) -> DiscPictures:
    """Draw the middle slice of a disc volume.

    Args:
        pixels: (slices, rows, columns), rows downward and columns backward, with the signal of CSF as 1.
        activation: contribution of each place to the grade, (row, column) over the same field of view, at any
            resolution. Colours are relative to the strongest place of this disc.

    >>> draw_disc(np.zeros((3, 4, 8), dtype=np.float32)).strip[1:4]
    b'PNG'
    """
    middle = pixels[len(pixels) // 2].clip(0.0, _WHITE) / _WHITE
    grey = middle.repeat(_ENLARGEMENT, axis=0).repeat(_ENLARGEMENT, axis=1)
    return DiscPictures(_png(grey), None if activation is None else _png(_coloured(grey, activation)))


def _coloured(grey: FloatPicture, activation: FloatPicture) -> FloatPicture:
    """Return a grey image (rows, columns) with the colours of ``activation`` on it, (rows, columns, 3)."""
    loudest = float(np.abs(activation).max()) or 1.0
    loud = resize(activation / loudest, grey.shape, order=1, mode="edge")
    colour = np.where(loud[..., None] > 0, to_rgb(FOR), to_rgb(AGAINST))
    opacity = _OPACITY * np.abs(loud)[..., None]
    blended = (1 - opacity) * grey[..., None] + opacity * colour
    return np.asarray(blended.clip(0.0, 1.0))  # rounding can leave the range


def _png(picture: FloatPicture) -> bytes:
    """Return an image with values from 0 to 1 as PNG."""
    return encoded_png((picture * 255).round().astype(np.uint8))
