import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.errors import InputUnreadable, UsageError
from spoils.grading import SEVERITIES
from spoils.training.graders.augmentation import DiscAugmentation, augmented
from spoils.training.graders.image import ordinal_targets
from spoils.training.grading_calibration import SET_TARGET, fit_calibration, prediction_sets
from spoils.training.grading_labels import read_disc_labels, severity_of_findings
from spoils.training.grading_scores import GradedDiscs, kappa, score_discs, with_intervals

HEADER = (
    "patient,ivd_label,modic,upper_endplate,lower_endplate,spondylolisthesis,herniation,narrowing,bulging,pfirrmann"
)
STILL = DiscAugmentation(0, 0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("findings", "grade", "severity"),
    [
        ({}, 3, "L"),
        ({"narrowing": 1}, 5, "L"),
        ({"upper_endplate": 1, "lower_endplate": 1, "modic": 2}, 4, "M"),
        ({"herniation": 1}, 3, "M"),
        ({"spondylolisthesis": 1, "herniation": 1}, 3, "H"),
        ({"narrowing": 1, "bulging": 1, "modic": 3, "lower_endplate": 1}, 5, "H"),
        ({"spondylolisthesis": 1, "herniation": 1}, 2, "L"),
    ],
)
def test_severity_follows_the_published_points(findings, grade, severity):
    assert severity_of_findings(findings, grade) == severity


def test_discs_are_counted_up_from_the_lowest(tmp_path):
    path = tmp_path / "gradings.csv"
    rows = [f"p,{n},0,0,0,0,0,0,0,{min(n, 5)}" for n in range(1, 9)]
    path.write_text("\n".join([HEADER, *rows]))
    labels = read_disc_labels(path)["p"]
    assert set(labels) == set(DISCS)
    assert labels[DISCS[-1]].grade == 1
    assert labels[DISCS[-2]].grade == 2


@pytest.mark.parametrize("content", ["", "patient,ivd_label\np,1", f"{HEADER}\np,1,0,0,0,0,0,0,0,7", f"{HEADER}\np,x"])
def test_gradings_that_are_no_gradings_are_refused(tmp_path, content):
    path = tmp_path / "gradings.csv"
    path.write_text(content)
    if content:
        with pytest.raises(InputUnreadable):
            read_disc_labels(path)
    else:
        assert read_disc_labels(path) == {}
    with pytest.raises(InputUnreadable):
        read_disc_labels(tmp_path / "absent.csv")


@pytest.mark.data
def test_spider_has_the_classes_that_are_written_down(data_dir):
    labels = [d.label for of in read_disc_labels(data_dir / "spider" / "gradings.csv").values() for d in of.values()]
    assert len(labels) == 1031
    assert set(labels) <= set(GRADE_CLASSES)


def graded(truth, probabilities, patients=None):
    truth, probabilities = np.asarray(truth), np.asarray(probabilities, dtype=float)
    names = np.array(patients if patients is not None else [f"p{i}" for i in range(len(truth))])
    return GradedDiscs(truth, probabilities, probabilities > 0.2, names)


def test_a_perfect_grader_scores_perfectly():
    truth = np.arange(11).repeat(3)
    scores = score_discs(graded(truth, np.eye(11)[truth]))
    ones = ("class_accuracy", "pfirrmann_exact", "pfirrmann_within_one", "pfirrmann_kappa", "severity_kappa")
    assert all(scores[name] == 1 for name in (*ones, "set_coverage", "set_size"))
    assert scores["brier"] == scores["expected_calibration_error"] == scores["pfirrmann_mean_absolute_error"] == 0


def test_scores_of_a_known_mistake():
    truth = [GRADE_CLASSES.index(name) for name in ("1L", "3M", "5H", "4M")]
    answer = [GRADE_CLASSES.index(name) for name in ("1L", "3H", "3H", "4M")]
    scores = score_discs(graded(truth, np.eye(11)[answer]))
    assert scores["class_accuracy"] == 0.5
    assert scores["pfirrmann_exact"] == scores["pfirrmann_within_one"] == 0.75
    assert scores["pfirrmann_mean_absolute_error"] == 0.5
    assert scores["expected_calibration_error"] == 0.5
    assert scores["brier"] == 1.0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40))
def test_kappa_agrees_with_scikit_learn(pairs):
    truth, answer = map(np.array, zip(*pairs, strict=True))
    confusion = np.bincount(truth * 5 + answer, minlength=25).reshape(5, 5).astype(float)
    if len(set(truth) | set(answer)) > 1:
        expected = cohen_kappa_score(truth, answer, weights="quadratic", labels=range(5))
        assert kappa(confusion) == pytest.approx(expected, abs=1e-9)
    else:
        assert kappa(confusion) == 0


def test_intervals_resample_whole_patients():
    truth = np.array([0] * 10 + [1] * 10)
    answers = np.eye(11)[[0] * 20]
    figure = with_intervals(graded(truth, answers, ["a"] * 10 + ["b"] * 10), repeats=50)["class_accuracy"]
    assert figure == {"value": 0.5, "low": 0.0, "high": 1.0}


def test_parts_of_different_length_are_refused():
    with pytest.raises(UsageError):
        GradedDiscs(np.zeros(2, int), np.zeros((3, 11)), np.zeros((3, 11), bool), np.array(["a"] * 3))


def test_overconfident_answers_are_softened_and_sets_cover_nine_in_ten():
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 11, 3000)
    scores = rng.normal(size=(3000, 11)) + 2 * np.eye(11)[classes]
    overconfident = np.exp(3 * scores)
    overconfident /= overconfident.sum(axis=1, keepdims=True)
    calibration = fit_calibration(overconfident[:2000], overconfident[:2000], classes[:2000])
    assert 1.2 < calibration.temperature < 2.5
    new = calibration.combined(overconfident[2000:], overconfident[2000:])
    covered = prediction_sets(new, calibration)[np.arange(1000), classes[2000:]].mean()
    assert covered == pytest.approx(SET_TARGET, abs=0.03)


def test_targets_lean_to_neighbouring_grades_and_severities():
    targets = ordinal_targets(0.5, 0.5)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    at = {name: index for index, name in enumerate(GRADE_CLASSES)}
    assert targets[at["4M"], at["3M"]] > targets[at["4M"], at["3H"]]
    assert targets[at["2L"], at["3L"]] > targets[at["2L"], at["4L"]]
    assert SEVERITIES == ("L", "M", "H")


def discs():
    images = torch.zeros(6, 2, 48, 80)
    images[:, 0] = 0.5
    images[:, 1, 16:32, 16:64] = 1
    return images


def test_augmentation_without_amplitude_only_mirrors():
    images = discs()
    images[:, 0, :24] = 0.9
    varied = augmented(images, STILL, torch.Generator().manual_seed(0))
    upside_down = [bool(disc[0, 0, 0] < 0.6) for disc in varied]
    assert 0 < sum(upside_down) < len(images)
    expected = torch.stack([disc.flip(1) if turned else disc for disc, turned in zip(images, upside_down, strict=True)])
    torch.testing.assert_close(varied[:, 0], expected[:, 0], atol=1e-3, rtol=0)
    # Blurring its edge rounds the corners of a rectangle, and nothing else.
    assert (varied[:, 1] != expected[:, 1]).sum(dim=(1, 2)).max() <= 12


def test_augmentation_varies_signal_and_outline_but_keeps_the_mask_a_mask():
    varied = augmented(discs(), DiscAugmentation(), torch.Generator().manual_seed(0))
    assert varied.shape == discs().shape
    assert set(varied[:, 1].unique().tolist()) == {0.0, 1.0}
    assert (varied[:, 1] != discs()[:, 1]).any()
    again = augmented(discs(), DiscAugmentation(), torch.Generator().manual_seed(0))
    torch.testing.assert_close(varied, again)
