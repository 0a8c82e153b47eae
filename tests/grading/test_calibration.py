import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import ModelMismatch
from spoils.grading import Calibration, grade_probabilities, severity_probabilities

weights = arrays(np.float64, (2, 4, len(GRADE_CLASSES)), elements=st.floats(0.01, 1.0))


@settings(max_examples=30, deadline=None)
@given(weights, st.floats(0.3, 3.0))
def test_calibrated_probabilities_sum_to_one_and_keep_the_answer(drawn, temperature):
    image, geometry = drawn / drawn.sum(axis=-1, keepdims=True)
    calibrated = Calibration(temperature, 0.1).combined(image, geometry)
    np.testing.assert_allclose(calibrated.sum(axis=-1), 1)
    best = calibrated.argmax(axis=-1)
    mean = (image + geometry) / 2
    np.testing.assert_allclose(mean[np.arange(4), best], mean.max(axis=-1))


@settings(max_examples=30, deadline=None)
@given(weights, st.floats(0.0, 1.0))
def test_a_prediction_set_holds_the_answer(drawn, threshold):
    probabilities = drawn[0, 0] / drawn[0, 0].sum()
    chosen = Calibration(1.0, threshold).prediction_set(probabilities)
    assert GRADE_CLASSES[int(probabilities.argmax())] in chosen
    assert list(chosen) == sorted(chosen, key=GRADE_CLASSES.index)


@settings(max_examples=20, deadline=None)
@given(weights)
def test_marginals_are_probabilities(drawn):
    probabilities = drawn[0] / drawn[0].sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(grade_probabilities(probabilities).sum(axis=-1), 1)
    np.testing.assert_allclose(severity_probabilities(probabilities).sum(axis=-1), 1)


@pytest.mark.parametrize(("temperature", "threshold"), [(0.0, 0.1), (-1.0, 0.1), (1.0, 1.1), (float("nan"), 0.1)])
def test_an_impossible_calibration_is_refused(temperature, threshold):
    with pytest.raises(ModelMismatch):
        Calibration(temperature, threshold)
