"""Detection of text that is burned into the pixels: rows of small, sharp, evenly bright shapes near the border.

Scanners and viewers write names and dates in a bright, constant value near the edges. Glyphs stand out from their
surroundings, have about equal heights, share one line and follow each other closely; anatomy rarely does. Text that is
dark, vertical or large is not detected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

__all__ = ["holds_text"]

BORDER_FRACTION: Final = 0.25
"""Text is searched for in this outer part of the image, on each side."""
MIN_CONTRAST: Final = 0.35
"""How far a glyph rises above its surroundings, as part of the image's range from 1st percentile to maximum."""
SAME_BRIGHTNESS: Final = 0.06
"""Largest difference between the peaks of glyphs on one line, as part of that range."""
GLYPH_ROWS: Final = (5, 40)
MIN_GLYPHS: Final = 4
"""This many glyphs on one line count as text."""

_STROKE_PIXELS = 9
_LINE_TOLERANCE = 0.25
_WIDTH_HEIGHTS = 1.6
_GAP_HEIGHTS = 1.2


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A bright shape: rows from ``top`` to before ``bottom``, columns likewise, and its peak (0 to 1 of the range)."""

    top: int
    bottom: int
    left: int
    right: int
    peak: float

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def is_followed_by(self, other: _Glyph) -> bool:
        """Say whether the other may be the next glyph of the line: similar, level with it, and close on the right."""
        tolerance = max(1.0, _LINE_TOLERANCE * self.height)
        return (
            0 <= other.left - self.right <= max(2.0, _GAP_HEIGHTS * self.height)
            and abs(other.bottom - self.bottom) <= tolerance
            and abs(other.height - self.height) <= 2 * tolerance
            and abs(other.peak - self.peak) <= SAME_BRIGHTNESS
        )


def holds_text(pixels: npt.NDArray[np.generic]) -> bool:
    """Say whether one image, (rows, columns) of numbers, looks as if text were drawn into it near its border."""
    values = np.asarray(pixels, dtype=np.float32)
    low, high = float(np.percentile(values, 1)), float(values.max())
    if high <= low:
        return False
    values = (values - low) / (high - low)
    rise = values - ndimage.grey_opening(values, size=(_STROKE_PIXELS, _STROKE_PIXELS))
    marks, _ = ndimage.label(rise > MIN_CONTRAST, structure=np.ones((3, 3)))
    return _has_line(_glyphs(values, marks))


def _glyphs(values: npt.NDArray[np.float32], marks: npt.NDArray[np.int32]) -> list[_Glyph]:
    glyphs = []
    for index, (rows, columns) in enumerate(ndimage.find_objects(marks), start=1):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if not (GLYPH_ROWS[0] <= height <= GLYPH_ROWS[1] and width <= _WIDTH_HEIGHTS * height):
            continue
        if _is_near_border((rows.start + rows.stop) / 2, marks.shape[0]) or _is_near_border(
            (columns.start + columns.stop) / 2, marks.shape[1]
        ):
            peak = float(values[rows, columns][marks[rows, columns] == index].max())
            glyphs.append(_Glyph(rows.start, rows.stop, columns.start, columns.stop, peak))
    return sorted(glyphs, key=lambda glyph: glyph.left)


def _is_near_border(place: float, size: int) -> bool:
    return min(place, size - place) <= BORDER_FRACTION * size


def _has_line(glyphs: list[_Glyph]) -> bool:
    """Say whether enough of the glyphs, sorted from left to right, follow one another."""
    lengths: list[int] = []
    for place, glyph in enumerate(glyphs):
        before = (lengths[k] for k, other in enumerate(glyphs[:place]) if other.is_followed_by(glyph))
        lengths.append(1 + max(before, default=0))
    return max(lengths, default=0) >= MIN_GLYPHS
