"""Where to write labels so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["spread"]


def spread(wished: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions at least ``gap`` apart, as near to the ``wished`` ones as possible, from ``low`` to ``high``.

    Nearness is the sum of squared shifts. The order of ``wished`` must be rising; where there is too little room,
    ``low`` is kept and ``high`` is overrun.

    >>> spread([0.0, 9.0, 10.0], gap=4.0, low=1.0, high=20.0)
    [1.0, 7.5, 11.5]
    """
    if not wished:
        return []
    # With the gaps taken out, "at least a gap apart" becomes "never falling": an isotonic regression. Its min-max
    # formula suits a handful of labels; SciPy's optimizers take longer to import than to draw the picture around them.
    gaps = np.arange(len(wished)) * gap
    room = max(low, high - float(gaps[-1]))
    level = _rising(np.asarray(wished, dtype=np.float64) - gaps)
    return [float(position) for position in np.clip(level, low, room) + gaps]


def _rising(values: npt.NDArray[np.float64]) -> list[float]:
    """Return the never falling sequence nearest to ``values``, by the sum of squared differences.

    >>> _rising(np.array([1.0, 4.0, 2.0, 5.0]))
    [1.0, 3.0, 3.0, 5.0]
    """
    n = len(values)
    return [max(min(float(values[j:k].mean()) for k in range(i + 1, n + 1)) for j in range(i + 1)) for i in range(n)]
