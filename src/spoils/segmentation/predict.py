"""Class probabilities of every slice from the packaged network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from spoils.images import SagittalSeries
from spoils.models import LoadedModel
from spoils.segmentation.preprocess import normalised, padded, resampled

__all__ = ["MODEL_NAME", "predict_probabilities"]

MODEL_NAME = "segmentation"

_SLICES_AT_ONCE = 4
"""Slices in one call of the network: enough to keep all cores busy, few enough to stay below 1 GB."""


def predict_probabilities(
    series: SagittalSeries, model: LoadedModel, tell: Callable[[float], None] = lambda done: None
) -> npt.NDArray[np.float32]:
    """Return class probabilities (slices, 14, rows, columns) at the network's pixel size.

    Rows and columns cover the field of view of ``series`` exactly.

    Args:
        series: the images.
        model: a network from (batch, 1, rows, columns) to probabilities (batch, 14, rows, columns).
        tell: told the share of slices done.
    """
    _, row_mm, column_mm = series.grid.spacing_mm
    slices = [normalised(resampled(pixels, (row_mm, column_mm))) for pixels in series.pixels]
    rows, columns = slices[0].shape
    parts = []
    for start in range(0, len(slices), _SLICES_AT_ONCE):
        batch = np.stack([padded(pixels) for pixels in slices[start : start + _SLICES_AT_ONCE]])[:, None]
        parts.append(model.run(image=batch)["probabilities"][:, :, :rows, :columns])
        tell(min(1.0, (start + _SLICES_AT_ONCE) / len(slices)))
    return np.concatenate(parts)
