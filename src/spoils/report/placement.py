"""Where to write labels so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["spread"]


def spread(wished: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Return the centres of labels, as near to the ``wished`` ones as possible, that keep all labels apart.

    Nearness is the sum of squared shifts.

    Args:
        wished: the centres that would be best, rising.
        sizes: extent of each label along the line.
        low: where the first label may begin.
        high: where the last label should end; where there is too little room it ends later.

    >>> spread([0.0, 9.0, 10.0], [4.0, 4.0, 4.0], low=-1.0, high=20.0)
    [1.0, 7.5, 11.5]
    """
    if not wished:
        return []
    # With the sizes taken out, "not overlapping" becomes "never falling": an isotonic regression. Its
    # min-max formula suits a handful of labels; SciPy's optimizers take longer to import than to draw the picture.
    extents = np.asarray(sizes, dtype=np.float64)
    offsets = np.cumsum(extents) - extents / 2
    room = max(low, high - float(extents.sum()))
    starts = _rising(np.asarray(wished, dtype=np.float64) - offsets)
    return [float(centre) for centre in np.clip(starts, low, room) + offsets]


def _rising(values: npt.NDArray[np.float64]) -> list[float]:
    """Return the never falling sequence nearest to ``values``, by the sum of squared differences.

    >>> _rising(np.array([1.0, 4.0, 2.0, 5.0]))
    [1.0, 3.0, 3.0, 5.0]
    """
    n = len(values)
    return [max(min(float(values[j:k].mean()) for k in range(i + 1, n + 1)) for j in range(i + 1)) for i in range(n)]
