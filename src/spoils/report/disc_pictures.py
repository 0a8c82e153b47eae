"""A small picture of a rectified disc."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.image import imsave

__all__ = ["disc_strip"]

_WHITE = 1.0
"""Signal shown white: that of CSF. One window for all, so that a dark disc looks dark beside a bright one."""

_ENLARGEMENT = 3
"""Picture pixels per disc pixel and side, so that a printer or browser need not enlarge it."""


def disc_strip(pixels: npt.NDArray[np.float32]) -> bytes:
    """Return the middle slice of a disc volume as a grey PNG.

    ``pixels`` is (slices, rows, columns), rows downward and columns backward, with the signal of CSF as 1.

    >>> disc_strip(np.zeros((3, 4, 8), dtype=np.float32))[1:4]
    b'PNG'
    """
    middle: npt.NDArray[Any] = pixels[pixels.shape[0] // 2]
    enlarged = middle.repeat(_ENLARGEMENT, axis=0).repeat(_ENLARGEMENT, axis=1)
    target = BytesIO()
    imsave(target, enlarged, vmin=0.0, vmax=_WHITE, cmap="gray", format="png")
    return target.getvalue()
