"""Scoring of ODI and NRS by the published rules."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoils.decision import ODI_SECTIONS
from spoils.errors import UsageError

from .patients import score_nrs, score_odi, score_odi_items


@pytest.mark.parametrize(
    ("percent", "band"),
    [
        (0, "minimal"),
        (20, "minimal"),
        (20.1, "moderate"),
        (40, "moderate"),
        (41, "severe"),
        (60, "severe"),
        (61, "crippled"),
        (80, "crippled"),
        (81, "bed-bound or exaggerating"),
        (100, "bed-bound or exaggerating"),
    ],
)
def test_odi_bands(percent, band):
    odi = score_odi(percent)
    assert (odi.percent, odi.band, odi.answered) == (percent, band, None)


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (0, "none"),
        (1, "mild"),
        (3, "mild"),
        (4, "moderate"),
        (6, "moderate"),
        (6.5, "severe"),
        (7, "severe"),
        (10, "severe"),
    ],
)
def test_nrs_bands(score, band):
    assert score_nrs(score).band == band


@pytest.mark.parametrize("value", [-0.1, 100.1, math.nan, math.inf])
def test_odi_out_of_range(value):
    with pytest.raises(UsageError, match="between 0 and 100"):
        score_odi(value)


@pytest.mark.parametrize("value", [-1, 11, math.nan])
def test_nrs_out_of_range(value):
    with pytest.raises(UsageError, match="between 0 and 10"):
        score_nrs(value)


@pytest.mark.parametrize(
    ("items", "percent", "answered"),
    [
        ([0] * 10, 0.0, 10),
        ([5] * 10, 100.0, 10),
        ([1, 2, 3, 1, 2, 1, 2, 1, 2, 1], 32.0, 10),
        ([2] * 9 + [None], 40.0, 9),
        ([None, *[3] * 8, None], 60.0, 8),
        ([(1, 3), *[3] * 9], 60.0, 10),
        ([(4,), *[4] * 9], 80.0, 10),
    ],
)
def test_odi_items(items, percent, answered):
    odi = score_odi_items(items)
    assert odi.percent == pytest.approx(percent)
    assert odi.answered == answered


def test_seven_answers_are_not_scorable():
    with pytest.raises(UsageError, match="not scorable: 7 of ten"):
        score_odi_items([1] * 7 + [None] * 3)


@pytest.mark.parametrize("items", [[1] * 9, [1] * 11, []])
def test_ten_sections_are_needed(items):
    with pytest.raises(UsageError, match="ten sections"):
        score_odi_items(items)


@pytest.mark.parametrize("answer", [6, -1, (2, 6), ()])
def test_a_box_outside_0_to_5_is_named_by_the_number_of_its_section(answer):
    with pytest.raises(UsageError, match=r"Section 4 of the ODI"):
        score_odi_items([1, 1, 1, answer, 1, 1, 1, 1, 1, 1])


def test_there_are_ten_neutral_sections():
    assert len(set(ODI_SECTIONS)) == 10
    assert all(len(section.split()) <= 2 for section in ODI_SECTIONS)


@given(st.lists(st.integers(0, 5) | st.none(), min_size=10, max_size=10).filter(lambda a: a.count(None) <= 2))
def test_skipping_never_counts_as_zero(items):
    answered = [item for item in items if item is not None]
    assert score_odi_items(items).percent == pytest.approx(20 * sum(answered) / len(answered))
