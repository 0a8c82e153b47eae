"""The page of the worst images: which they are, what it says of them, and what it shows."""

from io import BytesIO

import numpy as np
import pytest

from spoils.anatomy import structure
from spoils.canvas import imread
from spoils.training.segmentation.evaluation.faults import fault_sentence, worst_images
from spoils.training.segmentation.evaluation.gallery import contour_picture, gallery_page
from spoils.training.segmentation.evaluation.scores import score_annotated

from ..conftest import PATIENTS
from .scoring import NO_MODELS, answer_what_was_drawn, image_score, stacked_bodies


def test_the_worst_come_first():
    scores = [image_score(str(kept), stacked_bodies(kept=kept)) for kept in (0.9, 0.5, 1.0, 0.7)]
    assert [score.image for score in worst_images(scores, 2)] == ["0.5", "0.7"]


@pytest.mark.parametrize(
    ("structures", "sentence"),
    [
        (stacked_bodies(kept=0.0), "Missing: L1, L2, L3 and 3 more. No annotated structure was found."),
        (stacked_bodies(("L2",), kept=0.0, second="L3"), "Misnamed: L2 as L3. No annotated structure was found."),
        (
            stacked_bodies(("L2",), kept=0.6, second="L3"),
            "Split: L2 (40 % named L3). The worst boundary is that of L2: "
            "95 % of it lies within 2.0 mm, and 40 % of the annotated area was not found.",
        ),
        (
            stacked_bodies(("L2", "L1"), kept=0.0, second="L1"),
            "Misnamed: L2 as L1. The worst boundary is that of L1: "
            "95 % of it lies within 4.0 mm, and 50 % of the predicted area lies outside the annotated area.",
        ),
    ],
)
def test_what_went_wrong_is_said_from_the_figures(structures, sentence):
    assert fault_sentence(image_score("a", structures)) == sentence


@pytest.fixture
def shifted(tiny_data, monkeypatch):
    """Scores of answers that are two pixels too low, without L3-L4."""

    def shift(labels):
        labels[labels == structure("L3-L4").label] = 0
        return np.roll(labels, 2, axis=0)

    answer_what_was_drawn(monkeypatch, shift)
    return score_annotated(tiny_data / "annotated", PATIENTS[1:], models=NO_MODELS)


def test_the_page_needs_nothing_but_itself(shifted, tiny_data):
    page = gallery_page(shifted, tiny_data / "annotated", 1)
    worst = worst_images(shifted, 1)[0]
    assert page.count("<section") == page.count("data:image/png;base64,") == 1
    assert f"1. {worst.image} " in page
    assert "Missing: L3-L4." in page
    assert "http:" not in page
    assert "https:" not in page


def test_one_panel_is_plain_and_the_other_has_both_contours(shifted, tiny_data):
    score = shifted[0]
    pixels = imread(BytesIO(contour_picture(score, tiny_data / "annotated")))[..., :3]
    plain, marked = np.array_split(pixels, 2, axis=1)
    assert np.ptp(plain[:, :-2], axis=2).max() == 0
    coloured = np.ptp(marked, axis=2) > 0.2
    assert 0.005 < coloured.mean() < 0.2
    white = (marked > 0.97).all(axis=2) & ~(plain[:, : marked.shape[1]] > 0.9).all(axis=2)
    assert white.mean() > 0.002
