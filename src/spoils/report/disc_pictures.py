"""A small picture of each rectified disc."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

import numpy as np
import numpy.typing as npt
from matplotlib.image import imsave

__all__ = ["disc_strip"]

_WINDOW_PERCENTILES = (0.5, 99.5)
_ENLARGEMENT = 2
"""Screen pixels per disc pixel and side, so that browsers do not blur a picture of about a hundred pixels."""


def disc_strip(volumes: Mapping[str, npt.NDArray[np.float32]]) -> dict[str, bytes]:
    """Return a grey PNG for each level of ``volumes``, a rectified disc as float32 (rows, columns).

    All share one grey window, so that a dark disc looks dark beside a bright one.

    >>> list(disc_strip({"L5-S1": np.zeros((4, 8), dtype=np.float32)}))
    ['L5-S1']
    """
    if not volumes:
        return {}
    signal = np.concatenate([volume.ravel() for volume in volumes.values()])
    black, white = (float(value) for value in np.percentile(signal, _WINDOW_PERCENTILES))
    return {level: _png(volume, black, white) for level, volume in volumes.items()}


def _png(volume: npt.NDArray[np.float32], black: float, white: float) -> bytes:
    enlarged = volume.repeat(_ENLARGEMENT, axis=0).repeat(_ENLARGEMENT, axis=1)
    target = BytesIO()
    imsave(target, enlarged, vmin=black, vmax=white, cmap="gray", format="png")
    return target.getvalue()
