"""What every grader promises, whatever it is made of."""

from dataclasses import replace

import numpy as np
import pytest

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import UsageError
from spoils.grading import CHANNELS, FEATURES
from spoils.training.disc_table.arrays import Discs
from spoils.training.grading.models.augmentation import DiscAugmentation
from spoils.training.grading.models.image import ImageGrader
from spoils.training.grading.models.registry import GRADERS, IMAGE_GRADERS, build_grader

from ..fit_warnings import LIGHTNING_ADVICE

pytestmark = [pytest.mark.filterwarnings(advice) for advice in LIGHTNING_ADVICE]

STILL = DiscAugmentation(0, 0, 0, 0, 0, 0, 0, 0)
TINY_WIDTHS = {"disc": (4, 8), "cnn": (4, 4, 8), "mobilenet-v2": (8,), "vgg16": (4, 4, 4, 4, 8)}
PATIENTS, LEVELS = 20, 6
SEEN = (0, 1, 3, 7)
ROWS, COLUMNS = 48, 80


def separable_discs(seed: int) -> Discs:
    """Discs whose class is plain from brightness and from a third of the features; some were not measured."""
    rng = np.random.default_rng(seed)
    n = PATIENTS * LEVELS
    rank = rng.integers(len(SEEN), size=n)
    images = np.zeros((n, len(CHANNELS), ROWS, COLUMNS), dtype=np.float32)
    images[:, 0] = 0.2 + 0.2 * rank[:, None, None] + 0.01 * rng.normal(size=(n, ROWS, COLUMNS))
    images[:, 1:, 8:40, 8:72] = 1
    features = rng.normal(size=(n, len(FEATURES))).astype(np.float32)
    features[:, ::3] += 3 * rank[:, None]
    features[rng.random(features.shape) < 0.03] = np.nan
    patients = np.repeat([f"p{number}" for number in range(PATIENTS)], LEVELS)
    return Discs(images, features, np.array(SEEN)[rank], patients, np.tile(np.arange(LEVELS), PATIENTS))


def quick(grader: ImageGrader) -> ImageGrader:
    """The same network, narrow and soon done."""
    plan = replace(grader.plan, widths=TINY_WIDTHS[grader.plan.architecture], epochs=24, batch=24, learning_rate=1e-2)
    return replace(grader, plan=replace(plan, averaging=0.8, grade_reach=0.1, severity_reach=0.1, augmentation=STILL))


@pytest.fixture(scope="module")
def known() -> Discs:
    return separable_discs(0)


@pytest.fixture(scope="module")
def asked() -> Discs:
    return separable_discs(1)


@pytest.fixture(scope="module", params=GRADERS)
def grader(request):
    grader = build_grader(request.param)
    return quick(grader) if request.param in IMAGE_GRADERS else grader


@pytest.fixture(scope="module")
def answers(grader, known, asked):
    return grader.fit(known, seed=0).probabilities(asked)


@pytest.fixture(scope="module")
def fitted(grader, known):
    return grader.fit(known, seed=0)


def test_answers_are_probabilities(answers, asked):
    assert answers.shape == (len(asked), len(GRADE_CLASSES))
    assert answers.dtype == np.float64
    assert np.isfinite(answers).all()
    assert answers.min() >= 0
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-6)


def test_the_plain_is_learned(answers, asked):
    assert (answers.argmax(axis=1) == asked.classes).mean() > 0.9


def test_a_class_that_was_never_seen_is_answered_small(answers):
    unseen = np.setdiff1d(np.arange(len(GRADE_CLASSES)), SEEN)
    assert answers[:, unseen].mean(axis=0).max() < 1 / len(GRADE_CLASSES)


def test_the_same_seed_gives_the_same_answers(fitted, answers, asked):
    np.testing.assert_array_equal(fitted.probabilities(asked), answers)


def test_the_order_of_the_discs_does_not_matter(fitted, answers, asked):
    order = np.random.default_rng(2).permutation(len(asked))
    np.testing.assert_allclose(fitted.probabilities(asked.take(order)), answers[order], atol=1e-5)


def test_the_classes_of_the_discs_asked_are_not_looked_at(fitted, answers, asked):
    hidden = replace(asked, classes=np.zeros_like(asked.classes))
    np.testing.assert_array_equal(fitted.probabilities(hidden), answers)


def test_what_was_not_measured_is_borne(fitted, asked):
    blank = replace(asked, features=np.full_like(asked.features, np.nan))
    found = fitted.probabilities(blank)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="boosting"):
        build_grader("oracle")
