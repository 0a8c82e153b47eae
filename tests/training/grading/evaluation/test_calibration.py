"""Calibration and prediction sets."""

import numpy as np
import pytest

from spoils.training.grading.evaluation.calibration import SET_TARGET, fit_calibration, prediction_sets


def test_overconfident_answers_are_softened_and_sets_cover_nine_in_ten():
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 11, 3000)
    scores = rng.normal(size=(3000, 11)) + 2 * np.eye(11)[classes]
    overconfident = np.exp(3 * scores)
    overconfident /= overconfident.sum(axis=1, keepdims=True)
    calibration = fit_calibration(overconfident[:2000], overconfident[:2000], classes[:2000])
    assert 1.2 < calibration.temperature < 2.5
    new = calibration.combined(overconfident[2000:], overconfident[2000:])
    covered = prediction_sets(new, calibration)[np.arange(1000), classes[2000:]].mean()
    assert covered == pytest.approx(SET_TARGET, abs=0.03)
