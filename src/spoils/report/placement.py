"""Where to write labels so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import isotonic_regression

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
    # With the gaps taken out, "at least a gap apart" becomes "never falling": an isotonic regression.
    gaps = np.arange(len(wished)) * gap
    room = max(low, high - float(gaps[-1]))
    level = isotonic_regression(np.asarray(wished, dtype=np.float64) - gaps).x
    return [float(position) for position in np.clip(level, low, room) + gaps]
