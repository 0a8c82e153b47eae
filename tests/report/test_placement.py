from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from spoils.report.placement import spread

positions = st.lists(st.floats(0, 100), max_size=6).map(sorted)


@settings(deadline=None)
@given(positions)
def test_labels_keep_their_gap_order_and_bounds(wished):
    placed = spread(wished, [10] * len(wished), low=-5, high=105)
    assert len(placed) == len(wished)
    assert all(b - a >= 10 - 1e-9 for a, b in pairwise(placed))
    assert all(-1e-9 <= place <= 100 + 1e-9 for place in placed)


def test_labels_with_room_stay_where_they_are():
    assert spread([5.0, 20.0, 40.0], [10, 10, 10], low=0, high=100) == [5.0, 20.0, 40.0]


def test_two_labels_at_one_place_part_evenly():
    assert spread([50.0, 50.0], [10, 10], low=0, high=100) == pytest.approx([45.0, 55.0])


def test_with_too_little_room_the_top_is_kept():
    assert spread([1.0, 2.0, 3.0], [10, 20, 10], low=0, high=15) == [5.0, 20.0, 35.0]


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=6).map(sorted), st.floats(0, 30))
def test_labels_move_as_little_as_an_isotonic_regression_allows(wished, size):
    offsets = (np.arange(len(wished)) + 0.5) * size
    best = isotonic_regression(np.array(wished) - offsets).x + offsets
    assert spread(wished, [size] * len(wished), low=-1000, high=1000) == pytest.approx(best.tolist(), abs=1e-9)
