"""Calibration of the graders' mean, fitted on patients that the graders had not seen.

A prediction set contains every class above one threshold. On SPIDER no other method gave smaller sets at the same
coverage:

- adaptive sets (APS, Romano et al., NeurIPS 2020, arXiv:2006.02544) were larger;
- regularised sets (RAPS, Angelopoulos et al., ICLR 2021, arXiv:2009.14193) were at best as large;
- a threshold per grade gave larger sets, though it covers every grade alike.

One threshold covers nine in ten of all discs, but not of each class or level. Coverage is therefore reported for each.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from spoils.grading import Calibration
from spoils.training.grading.models.base import Probabilities

__all__ = ["SET_TARGET", "Probabilities", "fit_calibration", "prediction_sets"]

SET_TARGET = 0.9
"""Share of discs whose prediction set must contain the true class."""

_LOG_TEMPERATURES = (-1.5, 1.5)


def fit_calibration(image: Probabilities, geometry: Probabilities, classes: npt.NDArray[np.intp]) -> Calibration:
    """Return the temperature with the best log-likelihood and the conformal threshold that follows.

    The threshold has the rank of split conformal prediction. Its guarantee does not fully hold here: discs of one
    patient are correlated, and the packaged graders are fitted anew on all patients.

    Args:
        image: class probabilities of the image grader for patients that it had not seen, (discs, 11).
        geometry: class probabilities of the geometry grader, likewise.
        classes: true class index of each disc.
    """
    rows = np.arange(len(classes))

    def loss(log_temperature: float) -> float:
        calibrated = Calibration(float(np.exp(log_temperature)), 0.0).combined(image, geometry)
        return float(-np.log(calibrated[rows, classes]).mean())

    best = minimize_scalar(loss, bounds=_LOG_TEMPERATURES, method="bounded")
    temperature = float(np.exp(best.x))
    true = Calibration(temperature, 0.0).combined(image, geometry)[rows, classes]
    # The finite-sample rank of split conformal prediction counts one more disc than was seen: the future one.
    rank = int(np.floor((len(true) + 1) * (1 - SET_TARGET)))
    threshold = float(np.sort(true)[rank - 1]) if rank >= 1 else 0.0
    return Calibration(temperature, threshold)


def prediction_sets(probabilities: Probabilities, calibration: Calibration) -> npt.NDArray[np.bool_]:
    """Return which classes are in the set of each disc, (discs, 11)."""
    inside = probabilities >= calibration.set_threshold
    inside[np.arange(len(probabilities)), probabilities.argmax(axis=1)] = True
    return inside
