"""Scores of single images, and how those of several fits are joined."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from spoils.anatomy import BODIES, CANAL, STRUCTURES, structure
from spoils.errors import UnsuitableInput, UsageError
from spoils.images import Note
from spoils.messages import verbatim
from spoils.segmentation import StructureConfidence
from spoils.training.segmentation.evaluation import scores as segmentation_scores
from spoils.training.segmentation.evaluation.scores import LeftOutFit, NamingResult, score_annotated, score_left_out

from ..conftest import PATIENTS
from .scoring import NO_MODELS, answer_what_was_drawn


def left_out(name, patients):
    network = SimpleNamespace(record=SimpleNamespace(sha256=name, extra={}))
    return LeftOutFit(SimpleNamespace(network=network, detector=None), patients)


def test_a_perfect_answer_has_perfect_figures(tiny_data, monkeypatch):
    answer_what_was_drawn(monkeypatch)
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[1:2], models=NO_MODELS)
    assert score.patient == PATIENTS[1]
    assert score.pixel_accuracy == score.background.dice == 1.0
    assert list(score.structures) == [s.name for s in STRUCTURES]
    assert all(score.named_right.values())
    assert score.mean("dice", BODIES) == 1.0
    assert score.mean("assd_mm", BODIES) == 0.0


def test_a_canal_drawn_in_part_is_unknown(tiny_data, monkeypatch):
    answer_what_was_drawn(monkeypatch)
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[:1], models=NO_MODELS)
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
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[1:2], models=NO_MODELS)
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


def test_a_level_is_as_sure_as_the_name_that_it_carries(tiny_data, monkeypatch):
    l4, l5 = structure("L4").label, structure("L5").label

    def shifted(labels):
        labels[labels == l5] = l4
        return labels

    answer_what_was_drawn(monkeypatch, shifted)
    told = NamingResult(level_confidence={"L4": 0.97, "L5": 0.5})
    monkeypatch.setattr(segmentation_scores, "_naming_result", lambda series, models: told)
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[1:2], models=NO_MODELS)
    assert score.structures["L5"].named == "L4"
    assert score.name_confidence == {"L4": 0.97, "L5": 0.97}
    assert score.count_probability == 0.0, "no sacrum was named"


def test_of_a_refused_image_no_name_is_told(tiny_data, monkeypatch):
    def refuse(*_, **__):
        raise UnsuitableInput("The sacrum is not in view.")

    monkeypatch.setattr(segmentation_scores, "segment", refuse)
    monkeypatch.setattr(segmentation_scores, "label_picture", lambda series, _: np.zeros(series.pixels.shape[1:], "u1"))
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[1:2], models=NO_MODELS)
    assert score.refusal == "The sacrum is not in view."
    assert score.name_confidence == {}
    assert score.count_probability is None


def test_confidence_and_flags_are_those_of_the_product(tiny_data, monkeypatch):
    seen = SimpleNamespace(
        notes=[Note("out-of-distribution", verbatim("A sentence."))],
        confidences={"S1": StructureConfidence(0.9, 0.8), "canal": StructureConfidence(0.9, 1.0)},
    )
    monkeypatch.setattr(segmentation_scores, "segment", lambda series, models, mid_slice: seen)
    monkeypatch.setattr(segmentation_scores, "label_picture", lambda series, _: np.zeros(series.pixels.shape[1:], "u1"))
    models = SimpleNamespace(network=None, detector="one")
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[1:2], models=models)
    assert score.flags == ("out-of-distribution",)
    assert score.detector_evaluated
    assert score.level_confidence == {"S1": 0.8}
    assert score.count_probability == 0.8


def test_the_document_holds_every_figure_and_no_pixels(tiny_data, monkeypatch):
    answer_what_was_drawn(monkeypatch)
    (score,) = score_annotated(tiny_data / "annotated", PATIENTS[1:2], models=NO_MODELS)
    document = score.document()
    assert document["image"] == PATIENTS[1]
    assert document["structures"]["L5"]["dice"] == 1.0
    assert document["flags"] == ["levels-gap"]
    assert document["structures"]["L5"]["named"] == "L5"
    assert document["structures"]["L5"]["name_confidence"] == document["count_probability"] == 0.99
    assert not document["detector_evaluated"]
    assert not any(isinstance(value, np.ndarray) for value in document.values())


def test_every_fit_is_scored_on_the_patients_it_left_out(tiny_data, monkeypatch):
    used = []
    answer_what_was_drawn(monkeypatch)
    monkeypatch.setattr(
        segmentation_scores,
        "label_picture",
        lambda series, model: used.append(model.record.sha256) or np.zeros(series.pixels.shape[1:], np.uint8),
    )
    fits = [left_out("first", PATIENTS[:2]), left_out("second", PATIENTS[2:])]
    scores = score_left_out(tiny_data / "annotated", fits)
    assert [score.patient for score in scores] == list(PATIENTS)
    assert used == ["first", "first", "second"]
    with pytest.raises(UsageError, match="held out by two fits"):
        score_left_out(tiny_data / "annotated", [*fits, left_out("third", PATIENTS[:1])])


def test_patients_of_the_folds_are_not_mistaken_for_others_of_their_number(tiny_data, tmp_path, monkeypatch):
    answer_what_was_drawn(monkeypatch)
    folder = tmp_path / "annotated"
    shutil.copytree(tiny_data / "annotated", folder)
    row = ",".join
    rows = [row((PATIENTS[0], "clinic", "3", "1.2", "full")), row((PATIENTS[1], "spider", "3", "1.2", "full"))]
    (folder / "index.csv").write_text("\n".join(("id,source,patient,spacing_mm,canal", *rows)) + "\n")
    assert [score.image for score in score_annotated(folder, ["3"], NO_MODELS)] == [PATIENTS[1]]
    assert [score.image for score in score_annotated(folder, [("3", "clinic")], NO_MODELS)] == [PATIENTS[0]]
    fits = [left_out("first", ["3"]), left_out("second", [("3", "clinic")])]
    assert [score.person for score in score_left_out(folder, fits)] == [("3", "spider"), ("3", "clinic")]

    (folder / "folds.json").write_text('{"3": 0}')
    assert len(score_annotated(folder, ["3"], NO_MODELS)) == 2, "folds of one's own mean whoever has the number"
