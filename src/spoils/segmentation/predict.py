"""Prediction: slices to class probabilities and features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.models import LoadedModel
from spoils.segmentation.preprocess import normalised, padded, resampled

__all__ = ["INT8_NAME", "MODEL_NAME", "SLICES_AT_ONCE", "Prediction", "predict"]

MODEL_NAME = "segmentation"
INT8_NAME = "segmentation-int8"

SLICES_AT_ONCE = 2
"""Slices in one call of the network. More are no faster, as each is shared among all cores, but need more memory."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """The output of the network for some slices.

    ``probabilities`` is float32 (slices, 14, rows, columns), of each class on the network's pixels, which cover the
    field of view of the slices exactly; ``features`` is float32 (slices, n), of the pixels that it takes for spine.
    """

    probabilities: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]


def predict(slices: Sequence[npt.NDArray[Any]], spacing_mm: tuple[float, float], model: LoadedModel) -> Prediction:
    """Run the network on slices.

    Args:
        slices: images (rows, columns) of one shape; a few at a time, see ``SLICES_AT_ONCE``.
        spacing_mm: their pixel spacing (row, column).
        model: a network from ``image`` (batch, 1, rows, columns) to ``probabilities`` and ``features``.
    """
    images = [normalised(resampled(pixels, spacing_mm)) for pixels in slices]
    rows, columns = images[0].shape
    found = model.run(image=np.stack([padded(image) for image in images])[:, None])
    return Prediction(np.asarray(found["probabilities"][:, :, :rows, :columns]), np.asarray(found["features"]))
