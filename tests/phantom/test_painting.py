import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoils.phantom.painting import coverage, inside


def circle(centre, radius, n=400):
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack((centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)), axis=1)


@settings(max_examples=50, deadline=None)
@given(st.floats(8, 30), st.floats(8, 30), st.floats(3, 8))
def test_coverage_of_a_disc_sums_to_its_area(x, y, radius):
    _, share = coverage(circle((x, y), radius), (40, 40))
    assert share.sum() == pytest.approx(np.pi * radius**2, rel=0.02, abs=0.08)
    assert share.min() >= 0
    assert share.max() <= 1


@settings(max_examples=50, deadline=None)
@given(st.floats(-5, 45), st.floats(-5, 45), st.floats(1, 9))
def test_inside_is_what_the_distance_to_the_centre_says(x, y, radius):
    found = inside(circle((x, y), radius, 2000), (40, 40))
    mask = np.zeros((40, 40), dtype=bool)
    if found is not None:
        mask[found[0]] = found[1]
    rows, columns = np.mgrid[:40, :40]
    distance = np.hypot(columns - x, rows - y)
    clear = np.abs(distance - radius) > 1e-3
    assert (mask == (distance < radius))[clear].all()


def test_a_half_covered_pixel_counts_half_and_direction_does_not_matter():
    square = np.array(((0.5, 0.5), (3.0, 0.5), (3.0, 2.5), (0.5, 2.5)))
    for polygon in (square, square[::-1]):
        window, share = coverage(polygon, (4, 5))
        picture = np.zeros((4, 5))
        picture[window] = share
        np.testing.assert_allclose(picture[1], (0, 1, 1, 0.5, 0))
        np.testing.assert_allclose(picture[0], 0)


def test_what_lies_out_of_view_is_none():
    assert inside(circle((-20, 5), 3), (10, 10)) is None
    assert coverage(circle((5, 30), 3), (10, 10)) is None
