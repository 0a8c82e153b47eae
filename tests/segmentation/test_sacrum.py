"""Shape and place of a body say whether it is S1 or L5, whatever the network calls it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from spoils.phantom import PhantomSpec, draw_slice
from spoils.segmentation import load_limits, name_components, name_slice
from spoils.segmentation.counting import Countings
from spoils.segmentation.sacrum import load_sacral_evidence, sacral_log_odds, weights_of_context

BANDS = load_limits().endplate_bands


@pytest.fixture(scope="module")
def naming(phantom_labels, as_seen):
    return name_slice(as_seen(phantom_labels), 0.64)[0]


@pytest.mark.parametrize("lordosis_deg", [20.0, 36.8, 55.0])
def test_the_sacrum_of_a_phantom_is_one_and_its_lumbar_bodies_are_none(as_seen, lordosis_deg):
    _, labels = draw_slice(PhantomSpec(spacing_mm=0.8, noise_sd=0.0, lordosis_deg=lordosis_deg))
    found = name_slice(as_seen(labels), 0.64)[0]
    assert sacral_log_odds(found, "S1", BANDS) > 0.0
    assert all(sacral_log_odds(found, body, BANDS) < 0.0 for body in ("L3", "L4"))
    assert sacral_log_odds(found, "L5", BANDS) < sacral_log_odds(found, "S1", BANDS)


def test_the_log_odds_are_those_of_a_straight_column(column):
    """Squares of one size, one below the other: every measure is 0, and the constant is left."""
    found = name_components(column())
    evidence = load_sacral_evidence()
    assert sacral_log_odds(found, "S1", BANDS) == pytest.approx(max(evidence.constant, -evidence.most))


def test_a_body_without_its_disc_or_its_upper_neighbour_is_not_judged(naming):
    assert sacral_log_odds(naming, "L1", BANDS) is None
    for missing in ("L5-S1", "L5", "S1"):
        less = replace(naming, parts={name: part for name, part in naming.parts.items() if name != missing})
        assert sacral_log_odds(less, "S1", BANDS) is None


def test_an_s1_that_looks_lumbar_speaks_for_a_count_that_begins_below_it(column):
    weights, prior = weights_of_context(name_components(column()), BANDS)
    assert weights == {1: pytest.approx(math.exp(load_sacral_evidence().most)), -1: 1.0}
    doubtful = Countings({0: 1.0}).weighed(weights, prior)
    assert doubtful.plausible(load_limits().plausible_counting) == (0, 1)


def test_an_ordinary_sacrum_leaves_one_plausible_count(naming):
    weights, prior = weights_of_context(naming, BANDS)
    assert Countings({0: 1.0}).weighed(weights, prior).plausible(load_limits().plausible_counting) == (0,)


def test_the_context_never_outvotes_a_look(naming):
    votes = Countings({0: 0.75, 1: 0.25})
    weights, prior = weights_of_context(naming, BANDS)
    assert all(weight >= 1.0 for weight in weights.values())
    assert votes.weighed(weights, prior).of_shift(1) >= 0.24
    assert np.isclose(sum(votes.weighed(weights, prior).probabilities.values()), 1.0)
