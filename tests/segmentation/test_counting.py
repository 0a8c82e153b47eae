"""Votes on how to count add up to a distribution, and every look counts the same pieces."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoils.anatomy import CHAIN
from spoils.errors import UsageError
from spoils.segmentation import name_components
from spoils.segmentation.counting import Countings, ballot, counted
from spoils.segmentation.naming import shifted

WEIGHTS = st.dictionaries(st.integers(-3, 3), st.floats(0.0, 1e6), min_size=1).filter(lambda w: sum(w.values()) > 1e-6)
VOTES = WEIGHTS.map(Countings.of)


def called_lower(parts, levels):
    """The pieces from a level upward, each called as so many levels lower: the lowest is called S1."""
    return parts(dict(zip(CHAIN[: -2 * levels], CHAIN[2 * levels :], strict=True)))[2 * levels :]


def enlarged(parts, factor):
    return [replace(part, mask=np.kron(part.mask, np.ones((factor, factor), dtype=bool))) for part in parts]


@given(WEIGHTS)
def test_weights_become_a_distribution(weights):
    found = Countings.of(weights)
    values = list(found.probabilities.values())
    assert sum(values) == pytest.approx(1.0)
    assert values == sorted(values, reverse=True)
    assert found.probability == max(values)
    assert weights[found.best] == max(weights.values())
    assert set(found.probabilities) <= set(weights)


@given(VOTES, st.integers(-3, 3), st.floats(0.01, 0.9))
def test_an_alternative_is_raised_and_the_others_keep_their_proportions(votes, shift, least):
    raised = votes.with_alternative(shift, least)
    assert raised.of_shift(shift) >= min(least, 1.0) - 1e-9
    assert sum(raised.probabilities.values()) == pytest.approx(1.0)
    if votes.of_shift(shift) >= least:
        assert raised == votes


@given(st.lists(VOTES, min_size=1, max_size=6), st.randoms())
def test_the_order_of_votes_and_those_who_abstain_do_not_matter(votes, random):
    shuffled = [None, *votes, None]
    random.shuffle(shuffled)
    together, again = counted(votes), counted(shuffled)
    for shift in range(-3, 4):
        assert together.of_shift(shift) == pytest.approx(again.of_shift(shift), abs=1e-9)


@given(VOTES, st.integers(1, 5))
def test_a_unanimous_vote_is_the_vote_of_each(vote, voters):
    for shift, probability in counted([vote] * voters).probabilities.items():
        assert probability == pytest.approx(vote.of_shift(shift))


def test_one_of_four_against_the_rest_is_a_quarter():
    votes = counted([Countings({0: 1.0})] * 3 + [Countings({-1: 1.0})])
    assert votes.probabilities == {0: 0.75, -1: 0.25}
    assert votes.plausible(0.1) == (0, -1)
    assert votes.plausible(0.3) == (0,)


def test_nobody_can_count():
    assert counted([None, None]) is None


@pytest.mark.parametrize("probabilities", [{}, {0: 0.5}, {0: 1.5, 1: -0.5}, {0: 0.0, 1: 1.0}, {0: float("nan")}])
def test_what_is_no_distribution_is_refused(probabilities):
    with pytest.raises(UsageError, match="add up to 1"):
        Countings(probabilities)


@pytest.mark.parametrize("weights", [{}, {0: 0.0}, {0: float("inf")}, {0: float("nan")}])
def test_what_can_be_no_weight_is_refused(weights):
    with pytest.raises(UsageError, match="weights"):
        Countings.of(weights)


@pytest.mark.parametrize("factor", [1, 2])
def test_a_look_that_counts_alike_votes_for_the_names_as_they_are(column, factor):
    """Also where it sees the same pieces with more pixels."""
    vote = ballot(name_components(column()), name_components(enlarged(column(), factor)))
    assert vote.best == 0
    assert vote.probability > 0.98


def test_a_look_that_takes_l5_for_the_sacrum_moves_the_names_down(column):
    vote = ballot(name_components(column()), name_components(called_lower(column, 1)))
    assert vote.best == -1
    assert vote.probability > 0.9


def test_a_look_that_finds_a_sacrum_further_down_moves_the_names_up(column):
    """The first look took L5 for S1."""
    first = name_components(called_lower(column, 1))
    vote = ballot(first, name_components(column()))
    assert vote.best == 1
    assert vote.probability > 0.9


def test_a_look_at_something_else_abstains(column):
    reference = name_components(column())
    assert ballot(reference, name_components(column(left=90))) is None
    assert ballot(reference, name_components([])) is None
    assert ballot(name_components([]), reference) is None


@pytest.mark.parametrize("levels", [1, 2])
def test_names_move_up_and_back_again(column, levels):
    naming = name_components(column())
    up = shifted(naming, levels)
    for name, part in up.parts.items():
        assert naming.parts[CHAIN[CHAIN.index(name) + 2 * levels]] is part
    back = shifted(up, -levels)
    assert {name: id(part) for name, part in back.parts.items()} == {
        name: id(part) for name, part in naming.parts.items()
    }


def test_names_do_not_move_beyond_the_levels(column):
    with pytest.raises(UsageError, match="further up"):
        shifted(name_components(column()), 7)
