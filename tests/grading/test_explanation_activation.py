import numpy as np
import pytest

from spoils.anatomy import GRADE_CLASSES
from spoils.grading import grade_probabilities
from spoils.grading.activation import grade_activation

RNG = np.random.default_rng(5)


def softmax(scores):
    shares = np.exp(scores - scores.max())
    return shares / shares.sum()


def log_odds(scores, grade):
    of_grade = grade_probabilities(softmax(scores))[grade - 1]
    return np.log(of_grade / (1 - of_grade))


@pytest.mark.parametrize("grade", [1, 3, 5])
def test_a_place_counts_as_the_log_odds_of_the_grade_change_with_it(grade):
    maps = RNG.normal(0, 1, (len(GRADE_CLASSES), 2, 3))
    scores = maps.sum(axis=(1, 2))
    found = grade_activation(maps, softmax(scores), grade)
    for place in np.ndindex(2, 3):
        little = 1e-4 * maps[:, *place]
        change = (log_odds(scores + little, grade) - log_odds(scores - little, grade)) / 2e-4
        assert found[place] == pytest.approx(change, abs=1e-3)


def test_what_speaks_for_all_classes_alike_counts_nothing():
    even = np.broadcast_to(RNG.normal(0, 1, (4, 5)), (len(GRADE_CLASSES), 4, 5))
    assert np.abs(grade_activation(even, softmax(RNG.normal(0, 1, 11)), 3)).max() < 1e-6


def test_a_grader_that_is_sure_still_tells_where():
    maps = RNG.normal(0, 1, (len(GRADE_CLASSES), 2, 2))
    sure = np.eye(len(GRADE_CLASSES))[GRADE_CLASSES.index("4M")]
    assert np.isfinite(grade_activation(maps, sure, 4)).all()
