"""Scores of single images, and how those of several fits are joined."""

import numpy as np
import pytest

from spoils.anatomy import BODIES, CANAL, STRUCTURES, structure
from spoils.errors import UsageError
from spoils.training import segmentation_scores
from spoils.training.segmentation_scores import score_annotated, score_left_out

from .conftest import PATIENTS
from .scoring import answer_what_was_drawn


def test_a_perfect_answer_has_perfect_figures(tiny_data, monkeypatch):
    answer_what_was_drawn(monkeypatch)
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[1:2], model=None)
    assert score.patient == PATIENTS[1]
    assert score.pixel_accuracy == score.background.dice == 1.0
    assert list(score.structures) == [s.name for s in STRUCTURES]
    assert all(score.named_right.values())
    assert score.mean("dice", BODIES) == 1.0
    assert score.mean("assd_mm", BODIES) == 0.0


def test_a_canal_drawn_in_part_is_unknown(tiny_data, monkeypatch):
    answer_what_was_drawn(monkeypatch)
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[:1], model=None)
    assert CANAL not in score.structures
    assert score.background is None
    assert score.pixel_accuracy is None
    assert score.mean("dice", (CANAL,)) is None


def test_a_missing_structure_has_dice_zero_and_no_distance(tiny_data, monkeypatch):
    gone = structure("L3-L4").label

    def without(labels):
        labels[labels == gone] = 0
        return labels

    answer_what_was_drawn(monkeypatch, without)
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[1:2], model=None)
    lost = score.structures["L3-L4"]
    assert lost.missing
    assert lost.named is None
    assert not score.named_right["L3-L4"]
    assert lost.figures | {"accuracy": None} == {
        "accuracy": None,
        "precision": None,
        "recall": 0.0,
        "dice": 0.0,
        "iou": 0.0,
        "assd_mm": None,
        "hausdorff95_mm": None,
    }
    assert score.mean("assd_mm", ("L2-L3", "L3-L4")) == 0.0
    assert score.mean("dice", ("L2-L3", "L3-L4")) == 0.5


def test_the_document_holds_every_figure_and_no_pixels(tiny_data, monkeypatch):
    answer_what_was_drawn(monkeypatch)
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[1:2], model=None)
    document = score.document()
    assert document["image"] == PATIENTS[1]
    assert document["structures"]["L5"]["dice"] == 1.0
    assert document["flags"] == ["levels-gap"]
    assert document["structures"]["L5"]["named"] == "L5"
    assert not any(isinstance(value, np.ndarray) for value in document.values())


def test_every_fit_is_scored_on_the_patients_it_left_out(tiny_data, monkeypatch):
    used = []
    answer_what_was_drawn(monkeypatch)
    monkeypatch.setattr(
        segmentation_scores,
        "label_picture",
        lambda series, model: used.append(model) or np.zeros(series.pixels.shape[1:], np.uint8),
    )
    fits = [("first", PATIENTS[:2]), ("second", PATIENTS[2:])]
    scores = score_left_out(tiny_data / "annotated", fits)
    assert [score.patient for score in scores] == list(PATIENTS)
    assert used == ["first", "first", "second"]
    with pytest.raises(UsageError, match="left out of two fits"):
        score_left_out(tiny_data / "annotated", [*fits, ("third", PATIENTS[:1])])
