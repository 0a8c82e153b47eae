"""Placement of labels without overlaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["spread"]


def spread(wished: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Return the centres of labels without overlaps that are closest to the ``wished`` ones.

    The sum of squared shifts is minimal.

    Args:
        wished: preferred centres, in ascending order.
        sizes: extent of each label along the line.
        low: lower limit of the first label.
        high: upper limit of the last label. It is exceeded if there is not enough space.

    >>> spread([0.0, 9.0, 10.0], [4.0, 4.0, 4.0], low=-1.0, high=20.0)
    [1.0, 7.5, 11.5]
    """
    if not wished:
        return []
    # Without the sizes, "not overlapping" becomes "non-decreasing", which is an isotonic regression. Its
    # min-max formula suits a handful of labels; SciPy's optimizers take longer to import than to draw the picture.
    extents = np.asarray(sizes, dtype=np.float64)
    offsets = np.cumsum(extents) - extents / 2
    room = max(low, high - float(extents.sum()))
    starts = _rising(np.asarray(wished, dtype=np.float64) - offsets)
    return [float(centre) for centre in np.clip(starts, low, room) + offsets]


def _rising(values: npt.NDArray[np.float64]) -> list[float]:
    """Return the non-decreasing sequence closest to ``values``, by the sum of squared differences.

    >>> _rising(np.array([1.0, 4.0, 2.0, 5.0]))
    [1.0, 3.0, 3.0, 5.0]
    """
    n = len(values)
    return [max(min(float(values[j:k].mean()) for k in range(i + 1, n + 1)) for j in range(i + 1)) for i in range(n)]
