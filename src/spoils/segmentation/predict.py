"""Class probabilities of slices from the packaged network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.models import LoadedModel
from spoils.segmentation.preprocess import normalised, padded, resampled

__all__ = ["MODEL_NAME", "SLICES_AT_ONCE", "predict_probabilities"]

MODEL_NAME = "segmentation"

SLICES_AT_ONCE = 2
"""Slices in one call of the network. More are no faster, as each is shared among all cores, but need more memory."""


def predict_probabilities(
    slices: Sequence[npt.NDArray[Any]], spacing_mm: tuple[float, float], model: LoadedModel
) -> npt.NDArray[np.float32]:
    """Return class probabilities (slices, 14, rows, columns) at the network's pixel size.

    Rows and columns cover the field of view of the slices exactly.

    Args:
        slices: images (rows, columns) of one shape; a few at a time, see ``SLICES_AT_ONCE``.
        spacing_mm: their pixel spacing (row, column).
        model: a network from (batch, 1, rows, columns) to probabilities (batch, 14, rows, columns).
    """
    images = [normalised(resampled(pixels, spacing_mm)) for pixels in slices]
    rows, columns = images[0].shape
    batch = np.stack([padded(image) for image in images])[:, None]
    return np.asarray(model.run(image=batch)["probabilities"][:, :, :rows, :columns])
