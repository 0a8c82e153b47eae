import numpy as np
import pytest
import torch

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.errors import InputUnreadable
from spoils.grading import SEVERITIES
from spoils.training.disc_table.labels import read_disc_labels, severity_of_findings
from spoils.training.grading.evaluation.calibration import SET_TARGET, fit_calibration, prediction_sets
from spoils.training.grading.models.augmentation import DiscAugmentation, augmented
from spoils.training.grading.models.image import ordinal_targets

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


def test_augmentation_varies_signal_and_contour_but_keeps_the_mask_a_mask():
    varied = augmented(discs(), DiscAugmentation(), torch.Generator().manual_seed(0))
    assert varied.shape == discs().shape
    assert set(varied[:, 1].unique().tolist()) == {0.0, 1.0}
    assert (varied[:, 1] != discs()[:, 1]).any()
    again = augmented(discs(), DiscAugmentation(), torch.Generator().manual_seed(0))
    torch.testing.assert_close(varied, again)
