"""Figures of graders against scikit-learn, and their intervals over patients."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    brier_score_loss,
    cohen_kappa_score,
    jaccard_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import UsageError
from spoils.grading import FINDINGS
from spoils.training.grading.evaluation.confusion import confusions, ious, kappa, macro, precisions, recalls
from spoils.training.grading.evaluation.finding_scores import area_under_curve, score_findings
from spoils.training.grading.evaluation.scores import (
    GRADE_INDEX_OF_CLASS,
    ScoredDiscs,
    class_intervals,
    confusion_of,
    expected_calibration_error,
    patient_draws,
    score_discs,
    with_intervals,
)

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40)


def graded(truth, probabilities, patients=None):
    truth, probabilities = np.asarray(truth), np.asarray(probabilities, dtype=float)
    names = np.array(patients if patients is not None else [f"p{i}" for i in range(len(truth))])
    return ScoredDiscs(truth, probabilities, probabilities > 0.2, names)


def drawn_at_random(count, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 11, count)
    probabilities = rng.dirichlet(np.ones(11), count) + 0.3 * np.eye(11)[truth]
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return graded(truth, probabilities, rng.integers(0, max(2, count // 5), count).astype(str))


def test_a_perfect_grader_scores_perfectly():
    truth = np.arange(11).repeat(3)
    scores = score_discs(graded(truth, np.eye(11)[truth]))
    none = {"expected_calibration_error", "brier", "pfirrmann_mean_absolute_error"}
    assert all(scores[name] == (0 if name in none else 1) for name in scores)


def test_scores_of_a_known_mistake():
    truth = [GRADE_CLASSES.index(name) for name in ("1L", "3M", "5H", "4M")]
    answer = [GRADE_CLASSES.index(name) for name in ("1L", "3H", "3H", "4M")]
    scores = score_discs(graded(truth, np.eye(11)[answer]))
    assert scores["class_accuracy"] == 0.5
    assert scores["pfirrmann_exact"] == scores["pfirrmann_within_one"] == 0.75
    assert scores["severity_exact"] == 0.75
    assert scores["pfirrmann_mean_absolute_error"] == 0.5
    assert scores["expected_calibration_error"] == 0.5
    assert scores["brier"] == 1.0


def test_class_figures_agree_with_scikit_learn():
    discs = drawn_at_random(120)
    truth, answers = discs.truth, discs.predicted
    scores, by_class = score_discs(discs), class_intervals(discs, repeats=5)
    for figure, reference in (("recall", recall_score), ("precision", precision_score), ("iou", jaccard_score)):
        expected = reference(truth, answers, average=None, labels=range(11), zero_division=0)
        assert scores[f"class_macro_{figure}"] == pytest.approx(expected.mean())
        found = [by_class[label][figure]["value"] for label in GRADE_CLASSES]
        assert found == pytest.approx(expected.tolist())
    expected_brier = brier_score_loss(truth, discs.probabilities, labels=range(11), scale_by_half=False)
    assert scores["brier"] == pytest.approx(expected_brier)
    grades = GRADE_INDEX_OF_CLASS[truth], GRADE_INDEX_OF_CLASS[answers]
    assert scores["pfirrmann_kappa"] == pytest.approx(cohen_kappa_score(*grades, weights="quadratic"))
    assert np.trace(confusion_of(discs)) == (truth == answers).sum()


@settings(max_examples=25, deadline=None)
@given(PAIRS)
def test_confusion_figures_agree_with_scikit_learn(pairs):
    truth, answer = map(np.array, zip(*pairs, strict=True))
    confusion = confusions(truth, answer, 5, np.ones((1, len(truth))))
    occurring = np.unique(truth)
    for measure, reference in ((recalls, recall_score), (precisions, precision_score), (ious, jaccard_score)):
        expected = reference(truth, answer, average="macro", labels=occurring, zero_division=0)
        assert macro(measure(confusion), measure(confusion)) == pytest.approx([expected])
    if len(set(truth) | set(answer)) > 1:
        expected = cohen_kappa_score(truth, answer, weights="quadratic", labels=range(5))
        assert kappa(confusion) == pytest.approx([expected], abs=1e-9)
    else:
        assert kappa(confusion) == [0]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 2)), min_size=2, max_size=30))
def test_the_area_under_the_curve_agrees_with_scikit_learn(rows):
    scores, present, times = (np.array(column) for column in zip(*rows, strict=True))
    counted = times > 0
    found = area_under_curve(scores.astype(float), present, times[None].astype(float))
    if len(set(present[counted])) == 2:
        assert found == pytest.approx([roc_auc_score(present, scores, sample_weight=times)])
    else:
        assert np.isnan(found).all()


def test_findings_that_no_disc_has_are_left_out():
    rng = np.random.default_rng(0)
    present = np.zeros((40, 6), dtype=bool)
    present[::2, 1] = True
    scores = present + rng.normal(0, 0.1, present.shape)
    found = score_findings(scores, present, rng.integers(0, 8, 40).astype(str), repeats=20)
    assert found == {FINDINGS[1]: {"value": 1.0, "low": 1.0, "high": 1.0}}
    with pytest.raises(UsageError):
        score_findings(scores[:, :2], present, np.arange(40).astype(str))


def test_intervals_resample_whole_patients():
    truth = np.array([0] * 10 + [1] * 10)
    answers = np.eye(11)[[0] * 20]
    figure = with_intervals(graded(truth, answers, ["a"] * 10 + ["b"] * 10), repeats=50)["class_accuracy"]
    assert figure == {"value": 0.5, "low": 0.0, "high": 1.0}


def test_a_weighting_is_the_same_as_patients_that_come_several_times():
    discs = drawn_at_random(300)
    draw = patient_draws(discs.patients, repeats=1)
    times = draw[0].astype(int)
    again = discs.take(np.repeat(np.arange(300), times))
    copies = np.concatenate([np.arange(count) for count in times]).astype(str)
    again = replace(again, patients=np.char.add(again.patients, np.char.add("-", copies)))
    assert set(again.truth) == set(range(11))
    resampled, scores = with_intervals(discs, repeats=1), score_discs(again)
    error = scores.pop("expected_calibration_error")
    for name, value in scores.items():
        assert resampled[name]["low"] == resampled[name]["high"] == pytest.approx(value), name
    assert expected_calibration_error(discs.probabilities, discs.truth, draw) == pytest.approx([error])


def test_means_over_classes_are_over_the_same_classes_in_every_resampling():
    """The only disc of the last class is missed, and a third of the resamplings do not draw it."""
    truth = np.array([0] * 30 + [10])
    patients = [f"p{number}" for number in range(31)]
    figures = with_intervals(graded(truth, np.eye(11)[np.zeros(31, int)], patients), repeats=50)
    for name in ("class_macro_recall", "pfirrmann_macro_recall"):
        assert figures[name] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert figures["class_macro_precision"]["high"] == 0.5


def test_coverage_is_counted_by_disc_by_class_and_by_patient():
    truth = np.array([0, 0, 0, 3, 10])
    sets = np.eye(11, dtype=bool)[[0, 1, 0, 3, 0]]
    discs = ScoredDiscs(truth, np.eye(11)[truth], sets, np.array(["a", "a", "a", "b", "c"]))
    scores = score_discs(discs)
    assert scores["set_coverage"] == pytest.approx(3 / 5)
    assert scores["set_coverage_per_patient"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert scores["patients_all_covered"] == pytest.approx(1 / 3)
    by_class = class_intervals(discs, repeats=20)
    assert {name: round(of["set_coverage"]["value"], 3) for name, of in by_class.items()} == {
        "1L": 0.667,
        "3M": 1,
        "5H": 0,
    }


def test_the_interval_of_the_calibration_error_holds_a_known_one():
    """Probabilities too high by 0.02: the value is larger, and percentiles of resamplings are larger still."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(40):
        confidence = rng.uniform(0.3, 0.9, 600)
        truth = (rng.random(600) > confidence - 0.02).astype(int)
        probabilities = np.zeros((600, 11))
        probabilities[:, 0] = confidence
        probabilities[:, 1:] = ((1 - confidence) / 10)[:, None]
        figure = with_intervals(graded(truth, probabilities), repeats=100)["expected_calibration_error"]
        assert 0 <= figure["low"] <= figure["value"] <= figure["high"]
        held += figure["low"] <= 0.02 <= figure["high"]
    assert held >= 32


def test_every_draw_counts_as_many_patients_as_there_are():
    patients = np.array(list("aabbbc"))
    draws = patient_draws(patients, repeats=30)
    assert (draws[:, [0, 2, 5]].sum(axis=1) == 3).all()
    np.testing.assert_array_equal(draws[:, 0], draws[:, 1])


@pytest.mark.parametrize("count", [2, 0])
def test_parts_of_different_length_and_no_discs_are_refused(count):
    with pytest.raises(UsageError):
        ScoredDiscs(np.zeros(count, int), np.zeros((2 * count, 11)), np.zeros((2 * count, 11), bool), np.array([]))
