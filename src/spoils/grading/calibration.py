"""From the two graders' probabilities to one calibrated answer, and to a set that holds the truth nine times in ten."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import ModelMismatch
from spoils.messages import message

__all__ = ["Calibration", "FloatArray"]

FloatArray = npt.NDArray[np.float64]

_FLOOR = 1e-6
"""Probability below which a class counts as this: no grader is surer than the labels it learned from."""


@dataclass(frozen=True)
class Calibration:
    """How the mean of both graders is read.

    ``temperature`` above one softens the mean, below one sharpens it (Guo et al., ICML 2017, arXiv:1706.04599).
    ``set_threshold`` is the least calibrated probability with which a class enters the prediction set: split conformal
    prediction with the score ``1 - probability of the true class`` (Sadinle et al., JASA 2019;114:223). Both are fitted
    on patients that the graders had not seen.

    Raises:
        ModelMismatch: a value is out of range.
    """

    temperature: float
    set_threshold: float

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and 0 <= self.set_threshold <= 1):
            raise ModelMismatch(message("calibration-out-of-range"))

    def combined(self, image: npt.ArrayLike, geometry: npt.ArrayLike) -> FloatArray:
        """Return the calibrated mean of both graders' probabilities, all (discs, 11).

        The most probable class is that of the plain mean: calibration never changes the answer, only its confidence.

        >>> Calibration(1.0, 0.2).combined([[0.6, 0.4]], [[0.2, 0.8]]).round(3).tolist()
        [[0.4, 0.6]]
        """
        mean = (np.asarray(image, dtype=np.float64) + np.asarray(geometry, dtype=np.float64)) / 2
        powered = np.maximum(mean, _FLOOR) ** (1 / self.temperature)
        return np.asarray(powered / powered.sum(axis=-1, keepdims=True))

    def prediction_set(self, probabilities: FloatArray) -> tuple[str, ...]:
        """Return the classes that can't be ruled out, mildest first, from probabilities (11,); never empty."""
        inside = probabilities >= self.set_threshold
        inside[int(probabilities.argmax())] = True
        return tuple(name for name, is_in in zip(GRADE_CLASSES, inside, strict=True) if is_in)
