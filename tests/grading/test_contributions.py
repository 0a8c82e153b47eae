from itertools import permutations

import numpy as np
import pytest

from spoils.anatomy import GRADE_CLASSES
from spoils.grading import FEATURE_KINDS, FEATURES
from spoils.grading.contributions import contributions, kind_of_feature

KINDS = [kind_of_feature(name) for name in FEATURES]
RNG = np.random.default_rng(7)
WEIGHTS = RNG.normal(0, 0.1, (len(FEATURES), len(GRADE_CLASSES)))
USUAL = RNG.normal(0, 1, len(FEATURES)).astype(np.float32)


def answering(rows):
    """Class probabilities in which features work together: the product of two sums."""
    scores = (rows @ WEIGHTS) * (1 + np.tanh(rows @ WEIGHTS[:, ::-1]))
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def log_odds(row, grade):
    of_grade = sum(p for name, p in zip(GRADE_CLASSES, answering(row[None])[0], strict=True) if name[0] == str(grade))
    return np.log(of_grade / (1 - of_grade))


def with_kinds(row, kept):
    return np.array([row[i] if kind is None or kind in kept else USUAL[i] for i, kind in enumerate(KINDS)])


def by_brute_force(row, grade):
    """Shapley's own definition: the mean over every order of what a kind adds to those before it."""
    worth = {}
    total = dict.fromkeys(FEATURE_KINDS, 0.0)
    orders = list(permutations(FEATURE_KINDS))
    for order in orders:
        for place, kind in enumerate(order):
            before, after = frozenset(order[:place]), frozenset(order[: place + 1])
            for kinds in (before, after):
                if kinds not in worth:
                    worth[kinds] = log_odds(with_kinds(row, kinds), grade)
            total[kind] += (worth[after] - worth[before]) / len(orders)
    return total


def discs(count):
    return RNG.normal(0, 1, (count, len(FEATURES))).astype(np.float32)


def test_every_feature_has_a_kind_and_every_kind_a_feature():
    assert set(KINDS) == {None, *FEATURE_KINDS}
    assert KINDS.count(None) == 1


def test_contributions_are_shapley_values():
    row = discs(1)
    assert contributions(row, [4], USUAL, answering)[0] == pytest.approx(by_brute_force(row[0], 4), abs=1e-5)


def test_each_disc_has_its_own_grade_and_its_sum_is_the_distance_from_the_usual_disc_of_its_level():
    rows, grades = discs(3), [1, 3, 5]
    for row, grade, of_disc in zip(rows, grades, contributions(rows, grades, USUAL, answering), strict=True):
        distance = log_odds(row, grade) - log_odds(with_kinds(row, ()), grade)
        assert sum(of_disc.values()) == pytest.approx(distance, abs=1e-5)


def test_what_the_grader_does_not_look_at_adds_nothing():
    signal = np.array([kind == "signal" for kind in KINDS])
    found = contributions(discs(2), [2, 2], USUAL, lambda rows: answering(np.where(signal, rows, 0)))
    assert all(of_disc["signal"] != 0 for of_disc in found)
    assert all(of_disc[kind] == pytest.approx(0, abs=1e-9) for of_disc in found for kind in FEATURE_KINDS[1:])


def test_what_was_not_measured_adds_nothing_where_the_grader_itself_knows_what_is_usual():
    usual = np.full(len(FEATURES), np.nan, dtype=np.float32)
    rows = discs(1)
    rows[0, [kind == "canal" for kind in KINDS]] = np.nan
    found = contributions(rows, [3], usual, lambda mixed: answering(np.where(np.isnan(mixed), USUAL, mixed)))[0]
    assert found["canal"] == pytest.approx(0, abs=1e-9)
    assert abs(found["signal"]) > 1e-3


def test_the_grader_is_asked_once():
    calls = []
    contributions(discs(6), [3] * 6, USUAL, lambda rows: calls.append(len(rows)) or answering(rows))
    assert calls == [6 * 2 ** len(FEATURE_KINDS)]
