"""Images as PNG bytes."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from spoils.canvas import Figure, FigureCanvasAgg

__all__ = ["Pixels", "drawn_pixels", "encoded_png"]

Pixels = npt.NDArray[np.uint8]
"""(rows, columns) grey, or (rows, columns, 3) red, green and blue."""

_COMPRESSION = 3
"""Compression level. It takes half the time of the default, for a file that is larger by a tenth."""


def drawn_pixels(figure: Figure, dots_per_inch: float) -> Pixels:
    """Draw a figure and return its pixels, (rows, columns, 3). Transparent parts are white."""
    figure.set_dpi(dots_per_inch)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn: Pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return np.ascontiguousarray(drawn[..., :3])


def encoded_png(pixels: Pixels, software: str = "") -> bytes:
    """Return pixels as PNG without a time stamp. The file names ``software`` if given."""
    target, info = BytesIO(), PngInfo()
    if software:
        info.add_text("Software", software)
    Image.fromarray(pixels).save(target, "PNG", compress_level=_COMPRESSION, pnginfo=info)
    return target.getvalue()
