"""Fitting the error of measurement: an error that is put in must come out."""

import numpy as np
import pytest

from spoils.anatomy import BODIES, DISCS
from spoils.followup import BODY_WIDTH, MeasuredErrors
from spoils.training.reference_values.errors import error_lines, errors_of, errors_text
from spoils.training.reference_values.pairs import Pair

SD = 0.5


def pairs(name, sd, *, bias=0.0, basis="contours", source="vb1", count=2000):
    """Pairs whose two values both have an error of ``sd``."""
    rng = np.random.default_rng(count)
    truth = rng.uniform(8, 12, count)
    first, second = (truth + rng.normal(0, sd, count) for _ in range(2))
    return [
        Pair(basis, source, f"{source}-{number % 50}", DISCS[3], name, one, other + bias)
        for number, (one, other) in enumerate(zip(first, second, strict=True))
    ]


def test_the_standard_error_comes_out():
    error = errors_of(pairs("height_mean_mm", SD)).measurements["height_mean_mm"]
    assert error.sem == pytest.approx(SD, rel=0.05)
    assert error.detectable(10, 10) == pytest.approx(1.96 * np.sqrt(2) * SD, rel=0.05)
    assert (error.repeats["contours"].pairs, error.repeats["contours"].patients) == (2000, 50)


def test_a_convention_of_drawing_is_no_error():
    one = pairs("height_mean_mm", SD, source="vb1", bias=3.0)
    other = pairs("height_mean_mm", SD, source="vb2", bias=-1.0)
    assert errors_of(one + other).measurements["height_mean_mm"].sem == pytest.approx(SD, rel=0.05)


def test_a_few_gross_failures_do_not_decide():
    failed = [
        Pair("contours", "vb1", "vb1-1", DISCS[3], "height_mean_mm", 10.0, 10.0 + sign * 40) for sign in [-1, 1] * 10
    ]
    assert errors_of(pairs("height_mean_mm", SD) + failed).measurements["height_mean_mm"].sem < 1.1 * SD


def test_the_larger_basis_counts_and_a_scant_one_does_not():
    found = pairs("height_index", 0.01) + pairs("height_index", 0.03, basis="positions")
    error = errors_of(found + pairs("volume_mm3", 1.0, count=19)).measurements
    assert set(error) == {"height_index"}
    assert (error["height_index"].basis, error["height_index"].sem) == ("positions", pytest.approx(0.03, rel=0.1))


def test_the_error_of_volume_is_a_share():
    error = errors_of(pairs("volume_mm3", SD)).measurements["volume_mm3"]
    assert error.relative
    assert error.sem == pytest.approx(SD / 10, rel=0.1)


def test_bodies_are_compared_by_their_mean_without_the_sacrum():
    widths = [
        Pair("contours", "vb1", str(patient), body, BODY_WIDTH, 30.0, 30.0 + (10.0 if body == BODIES[-1] else offset))
        for patient in range(30)
        for body, offset in zip(BODIES, (2, -2, 2, -2, patient % 2, 0), strict=True)
    ]
    found = errors_of(widths).measurements[BODY_WIDTH].repeats["contours"]
    assert found.pairs == 30
    assert found.within_95 == pytest.approx(0.1 / 30, rel=0.05)


def test_the_text_is_read_back_and_the_lines_name_the_basis_that_counts():
    errors = errors_of(pairs("height_index", 0.01) + pairs("height_index", 0.03, basis="positions"))
    assert MeasuredErrors.model_validate_json(errors_text(errors)) == errors
    head, *lines = error_lines(errors)
    assert "SDC95" in head
    assert [("*" in line) for line in lines] == [False, True]
