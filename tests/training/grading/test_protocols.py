"""Both splits, and that answers come from fits without the fold, once."""

from dataclasses import dataclass

import numpy as np
import pytest

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import InputUnreadable, UsageError
from spoils.grading import FEATURES
from spoils.training.data.splits import grading_folds
from spoils.training.disc_table.arrays import Discs
from spoils.training.grading.protocols import ByPatient, BySlice, Split, run_protocol

PATIENTS = tuple("abcdef")
FOLDS = {patient: number % 3 for number, patient in enumerate(PATIENTS)}


def discs(seed=0):
    """Six patients with four discs each; what is seen says nothing of the class."""
    rng = np.random.default_rng(seed)
    count = 4 * len(PATIENTS)
    features = rng.normal(size=(count, len(FEATURES))).astype(np.float32)
    features[:, FEATURES.index("level_index")] = np.tile(np.arange(4), len(PATIENTS))
    features[:, -1] = np.nan
    features[0, 1] = np.nan
    return Discs(
        rng.random((count, 2, 48, 80), dtype=np.float32).round(),
        features,
        rng.integers(0, len(GRADE_CLASSES), count),
        np.repeat(PATIENTS, 4),
        np.tile(np.arange(4), len(PATIENTS)),
    )


@dataclass(frozen=True)
class Nearest:
    """Probabilities with the class of the most similar disc it has seen: whoever leaks is found out."""

    weight: float = 1.0
    name: str = "nearest"

    def fit(self, discs, *, seed):
        return FittedNearest(discs)


@dataclass(frozen=True, eq=False)
class FittedNearest:
    seen: Discs

    def probabilities(self, discs):
        apart = np.nan_to_num(discs.features)[:, None] - np.nan_to_num(self.seen.features)
        nearest = (apart**2).sum(axis=2).argmin(axis=1)
        return np.eye(11)[self.seen.classes[nearest]]


def run(out, protocol, grader=None, seed=0):
    told = []
    split = protocol.split(discs(), seed=seed)
    return run_protocol(grader or Nearest(), split, out, lambda *report: told.append(report)), told


def test_patients_are_never_shared_between_folds():
    split = ByPatient(FOLDS).split(discs(), seed=0)
    assert all(len(set(split.folds[split.discs.patients == patient])) == 1 for patient in PATIENTS)
    np.testing.assert_array_equal(split.sources, np.arange(24))
    assert set(ByPatient().folds) == set(grading_folds())


def test_slices_are_copied_before_they_are_dealt():
    original = discs()
    split = BySlice(copies=3, n_folds=4).split(original, seed=0)
    assert len(split.discs) == 4 * len(original)
    assert np.ptp(np.bincount(split.folds)) <= 1
    shared = [len(set(split.folds[split.sources == disc])) > 1 for disc in range(len(original))]
    assert np.mean(shared) > 0.8
    np.testing.assert_array_equal(split.discs.classes, original.classes[split.sources])
    np.testing.assert_array_equal(split.discs.patients, original.patients[split.sources])
    first = slice(None, len(original))
    np.testing.assert_array_equal(split.discs.images[first], original.images)
    np.testing.assert_array_equal(split.discs.features[first], original.features)


def test_copies_are_slightly_varied_and_never_alike():
    original = discs()
    split = BySlice(copies=2, feature_noise=0.1).split(original, seed=0)
    _, one, other = np.split(split.discs.features, 3)
    np.testing.assert_array_equal(np.isnan(one), np.isnan(original.features))
    noise = np.nan_to_num(one - original.features)
    counted = FEATURES.index("level_index")
    assert (noise[:, counted] == 0).all()
    assert 0.08 < np.delete(noise, [counted, len(FEATURES) - 1], axis=1).std() < 0.12
    assert (np.nan_to_num(one) != np.nan_to_num(other)).mean() > 0.9
    pictures = np.split(split.discs.images, 3)
    assert (pictures[1] != pictures[2]).any(axis=(1, 2, 3)).all()


def test_the_gap_between_both_protocols_is_leakage(tmp_path):
    by_patient, _ = run(tmp_path, ByPatient(FOLDS))
    by_slice, _ = run(tmp_path, BySlice(copies=3))
    right = [(a.probabilities.argmax(axis=1) == a.split.discs.classes).mean() for a in (by_patient, by_slice)]
    assert right[0] < 0.3
    assert right[1] > 0.9


def test_a_run_that_was_broken_off_goes_on(tmp_path):
    first, told = run(tmp_path, ByPatient(FOLDS))
    assert told[-1] == ("patients: nearest, fold 2: predicted", 1.0)
    (tmp_path / "patients" / "nearest" / "fold-1.json").unlink()
    again, _ = run(tmp_path, ByPatient(FOLDS))
    np.testing.assert_array_equal(again.probabilities, first.probabilities)


@pytest.mark.parametrize(("grader", "seed"), [(Nearest(weight=2.0), 0), (Nearest(), 1)])
def test_answers_of_another_recipe_are_not_used(tmp_path, monkeypatch, grader, seed):
    run(tmp_path, ByPatient(FOLDS))
    fits = []
    monkeypatch.setattr(Nearest, "fit", lambda self, discs, *, seed: fits.append(seed) or FittedNearest(discs))
    run(tmp_path, ByPatient(FOLDS))
    assert not fits
    run(tmp_path, ByPatient(FOLDS), grader, seed)
    assert len(fits) == 3


def test_a_damaged_file_of_answers_is_named(tmp_path):
    run(tmp_path, ByPatient(FOLDS))
    (tmp_path / "patients" / "nearest" / "fold-1.json").write_text("{")
    with pytest.raises(InputUnreadable, match="fold-1"):
        run(tmp_path, ByPatient(FOLDS))


def test_what_can_not_be_split_is_refused():
    with pytest.raises(UsageError, match=r"in no fold: 4\. Run 'spoils dataset folds"):
        ByPatient({"a": 0, "b": 1}).split(discs(), seed=0)
    with pytest.raises(UsageError, match="two folds"):
        ByPatient(dict.fromkeys(PATIENTS, 0)).split(discs(), seed=0)
    with pytest.raises(UsageError):
        BySlice(copies=-1)
    with pytest.raises(UsageError, match="same length"):
        Split(discs(), np.arange(3), np.arange(3), "patients", 0)
