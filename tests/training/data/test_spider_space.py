"""Slices with expert masks: what is unknown on them, and whose fold they are in."""

import csv

import numpy as np
import pytest
from skimage.io import imsave

from spoils.anatomy import BODIES, CANAL, DISCS, structure
from spoils.errors import InputUnreadable
from spoils.training.data import (
    SPIDER_SPACE,
    UNKNOWN,
    grading_folds,
    read_expert_slice,
    read_space_index,
    segmentation_folds,
    space_folds,
)
from spoils.training.data.spider_space import known_labels

L1, L5, FIRST, LAST = (structure(name).label for name in ("L1", "L5", "T12-L1", "L5-S1"))
CANAL_LABEL = structure(CANAL).label


def stack(gap=2):
    """Return levels and expert masks of a straight spine of 1 mm pixels, discs ``gap`` pixels from the bodies."""
    levels, experts = np.zeros((260, 120), np.uint8), np.zeros((260, 120), np.uint8)
    experts[5:40, 30:60] = 1  # T12, which has no label of ours
    row = 42
    for disc, body in zip(DISCS, BODIES, strict=True):
        levels[row : row + 6, 30:60], experts[row : row + 6, 30:60] = structure(disc).label, 2
        row += 6 + gap
        if body != "S1":
            levels[row : row + 25, 30:60], experts[row : row + 25, 30:60] = structure(body).label, 1
            row += 25 + gap
    levels[:, 66:80], experts[:, 66:80] = CANAL_LABEL, 3
    experts[90:100, 60:66] = 1  # a pedicle beside a body
    experts[90:110, 84:100] = 1  # a spinous process
    return levels, experts


def test_the_rim_between_disc_and_body_is_unknown_and_belongs_to_the_whole_disc():
    levels, experts = stack()
    labels, rim, discs = known_labels(levels, experts, 1.0)
    disc = structure("L3-L4").label
    rows = np.flatnonzero(levels[:, 45] == disc)
    assert (labels[rows, 45] == disc).all()
    between = [rows[0] - 2, rows[0] - 1, rows[-1] + 1, rows[-1] + 2]
    assert (labels[between, 45] == UNKNOWN).all()
    assert rim[between, 45].all()
    assert (discs[between, 45] == disc).all()
    assert labels[rows[0] - 3, 45] == structure("L3").label
    assert labels[rows[0], 20] == 0, "far in front of the spine there is background"


def test_only_discs_between_two_drawn_bodies_are_extended():
    _, _, discs = known_labels(*stack(), 1.0)
    assert set(np.unique(discs)) == {0, *(structure(name).label for name in DISCS[1:-1])}


def test_a_wide_gap_is_no_rim():
    levels, experts = stack(gap=8)
    labels, rim, _ = known_labels(levels, experts, 1.0)
    rows = np.flatnonzero(levels[:, 45] == structure("L3-L4").label)
    assert labels[rows[0] - 4, 45] == 0
    assert not rim[rows[0] - 4, 45]


def test_the_sacral_side_of_the_lowest_disc_has_a_rim_without_s1():
    levels, experts = stack()
    labels, _, _ = known_labels(levels, experts, 1.0)
    rows = np.flatnonzero(levels[:, 45] == LAST)
    assert labels[rows[-1] + 1 : rows[-1] + 3, 45].tolist() == [UNKNOWN] * 2
    assert labels[rows[-1] + 4, 45] == 0


def test_above_t12_l1_all_is_unknown_in_front_of_the_canal_but_the_canal_is_known():
    levels, experts = stack()
    labels, rim, _ = known_labels(levels, experts, 1.0)
    assert (labels[:40, :66] == UNKNOWN).all()
    assert (labels[:40, 66:80] == CANAL_LABEL).all()
    assert not labels[:40, 80:].any()
    assert not rim[10, 45]
    assert (labels[42:48, 45] == FIRST).all()


def test_cut_pedicles_are_unknown_and_spinous_processes_background():
    labels, _, _ = known_labels(*stack(), 1.0)
    assert labels[95, 61] == UNKNOWN
    assert labels[95, 65] == 0
    assert labels[100, 90] == 0


@pytest.fixture
def space_data(tmp_path):
    folder = tmp_path / SPIDER_SPACE
    levels, experts = stack()
    for name, values in (("images", levels * 15), ("levels", levels), ("labels", experts)):
        (folder / name).mkdir(parents=True)
        imsave(folder / name / "45_060.png", values, check_contrast=False)
    rows = [("45_060.png", "45", "-3", "1.0", "1"), ("45_063.png", "45", "0", "1.0", "0")]
    rows += [(f"{patient}_060.png", patient, "0", "1.0", "1") for patient in ("5", "35")]
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("file", "patient", "offset_mm", "spacing_mm", "levels"), *rows])
    return tmp_path


def test_slices_without_level_names_are_left_out(space_data):
    rows = read_space_index(space_data / SPIDER_SPACE)
    assert (rows[0].name, rows[0].patient, rows[0].offset_mm) == ("45_060", "45", -3.0)
    assert len(rows) == 3
    expert = read_expert_slice(rows[0], space_data / SPIDER_SPACE)
    assert expert.series.pixels.shape[1:] == expert.labels.shape
    assert (expert.labels == L5).any()
    assert (expert.labels == L1).any()


def test_patients_are_in_the_fold_of_their_other_slices(space_data, tmp_path):
    folds = space_folds(space_data, segmentation_folds())
    assert folds == {"45": segmentation_folds()["45"], "5": grading_folds()["5"]}
    assert segmentation_folds()["45"] != grading_folds()["45"], "the annotated fold goes first"
    assert space_folds(tmp_path / "nothing", segmentation_folds()) == {}


@pytest.mark.parametrize("cell", ["", "0", "nan", "-1", "wide"])
def test_an_impossible_pixel_size_is_refused(space_data, cell):
    path = space_data / SPIDER_SPACE / "index.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",1.0,", f",{cell},"), encoding="utf-8")
    with pytest.raises(InputUnreadable, match=r"index\.csv"):
        read_space_index(space_data / SPIDER_SPACE)


def test_masks_of_another_size_are_refused(space_data):
    folder = space_data / SPIDER_SPACE
    imsave(folder / "labels" / "45_060.png", np.zeros((10, 10), np.uint8), check_contrast=False)
    with pytest.raises(InputUnreadable, match="differ in size"):
        read_expert_slice(read_space_index(folder)[0], folder)
