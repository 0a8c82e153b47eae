import numpy as np
import pytest

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import UsageError
from spoils.training.disc_table.arrays import Discs
from spoils.training.grading.models.ensemble import fit_stack, stack_out_of_fold, stacking_wins

N, N_PATIENTS = 600, 100
FOLDS = (np.arange(N) // (N // N_PATIENTS)) % 4


@pytest.fixture(scope="module")
def discs() -> Discs:
    classes = np.random.default_rng(0).integers(len(GRADE_CLASSES), size=N)
    patients = np.repeat([f"p{number}" for number in range(N_PATIENTS)], N // N_PATIENTS)
    return Discs(np.zeros((N, 0), np.float32), np.zeros((N, 1), np.float32), classes, patients, np.arange(N) % 6)


def answers_of(discs: Discs, knowledge: float, seed: int) -> np.ndarray:
    """Calibrated answers of a grader that sees the class through noise; nothing known, nothing told."""
    rng = np.random.default_rng(seed)
    seen = discs.classes + rng.normal(size=len(discs)) / max(knowledge, 1e-3)
    scores = np.exp(-0.5 * (knowledge * (seen[:, None] - np.arange(len(GRADE_CLASSES)))) ** 2)
    return scores / scores.sum(axis=1, keepdims=True)


def likelihood(answers: np.ndarray, discs: Discs) -> float:
    return float(np.log(np.maximum(answers[np.arange(len(discs)), discs.classes], 1e-6)).mean())


def test_answers_for_other_discs_are_refused(discs):
    with pytest.raises(UsageError, match="same discs"):
        fit_stack([np.full((2, 11), 1 / 11), np.full((3, 11), 1 / 11)], discs)
    with pytest.raises(UsageError, match="same discs"):
        fit_stack([], discs)
    with pytest.raises(UsageError):
        fit_stack([np.full((2, 11), 1 / 11)], discs)


def test_a_stack_learns_whom_to_believe(discs):
    """Beside a grader that knows nothing but is sure of it, the mean is spoilt and the stack is not."""
    knows = answers_of(discs, 1.5, 1)
    boasts = np.eye(len(GRADE_CLASSES))[np.random.default_rng(2).integers(len(GRADE_CLASSES), size=len(discs))]
    learned = stack_out_of_fold([boasts, knows], discs, FOLDS)
    plain = (boasts + knows) / 2
    np.testing.assert_allclose(learned.sum(axis=1), 1)
    assert likelihood(learned, discs) > likelihood(plain, discs)
    assert stacking_wins(learned, plain, discs)
    assert not stacking_wins(plain, learned, discs)


def test_what_a_stack_answers_does_not_depend_on_the_fold_it_answers(discs):
    two = [answers_of(discs, 1, 1), answers_of(discs, 0.5, 2)]
    there = np.where(FOLDS == 0, (discs.classes + 5) % 11, discs.classes)
    altered = Discs(discs.images, discs.features, there, discs.patients, discs.levels)
    before, after = (stack_out_of_fold(two, known, FOLDS)[FOLDS == 0] for known in (discs, altered))
    np.testing.assert_array_equal(before, after)


def test_a_patient_in_two_folds_is_refused(discs):
    with pytest.raises(UsageError, match="two folds"):
        stack_out_of_fold([answers_of(discs, 1, 1)], discs, np.arange(N) % 4)


def test_a_gain_of_a_few_patients_is_no_win(discs):
    plain = answers_of(discs, 1, 1)
    better = plain.copy()
    few = discs.patients == "p0"
    better[few] = np.eye(len(GRADE_CLASSES))[discs.classes[few]]
    assert likelihood(better, discs) > likelihood(plain, discs)
    assert not stacking_wins(better, plain, discs)
    assert not stacking_wins(plain, plain, discs)
