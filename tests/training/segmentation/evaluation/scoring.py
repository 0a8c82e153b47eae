"""Scores made by hand, and networks that answer what a test wants."""

from types import SimpleNamespace

import numpy as np

from spoils.anatomy import BODIES, CHAIN, structure
from spoils.training.segmentation.evaluation import scores as segmentation_scores
from spoils.training.segmentation.evaluation.metrics import Overlap, score_structure
from spoils.training.segmentation.evaluation.scores import ImageScore, NamingResult

NO_MODELS = SimpleNamespace(network=None, detector=None)
"""For tests that answer in place of the network."""
SURE_NAMES = dict.fromkeys(CHAIN, 0.99)


def stacked_bodies(levels=BODIES, kept=1.0, second=None):
    """Score stacked bodies of 20 pixels, 5 in a row; the share ``kept`` has its name, the rest is called ``second``."""
    drawn = np.repeat([structure(name).label for name in levels], 20).astype(np.uint8).reshape(-1, 5)
    found = drawn.copy()
    for name in levels:
        body = np.flatnonzero(drawn == structure(name).label)
        found.flat[body[round(kept * len(body)) :]] = 0 if second is None else structure(second).label
    return {name: score_structure(name, drawn, found, (1.0, 1.0)) for name in levels}


def image_score(patient, structures, accuracy=None):
    background = None if accuracy is None else Overlap(8, 2, 0, 10)
    return ImageScore(patient, patient, "x", 1.0, structures, background, accuracy, found=np.zeros((1, 1), np.uint8))


def answer_what_was_drawn(monkeypatch, change=lambda labels: labels):
    """Let every network find what was drawn, after ``change``."""
    reading, drawn = segmentation_scores.read_annotated, []

    def read(row, folder):
        annotated = reading(row, folder)
        drawn.append(annotated.labels)
        return annotated

    monkeypatch.setattr(segmentation_scores, "read_annotated", read)
    monkeypatch.setattr(segmentation_scores, "label_picture", lambda series, model: change(drawn[-1].copy()))
    verdict = NamingResult(("levels-gap",), level_confidence=SURE_NAMES)
    monkeypatch.setattr(segmentation_scores, "_naming_result", lambda series, models: verdict)
