"""What is unlabelled is unknown: it neither counts against the network nor teaches it."""

import pytest
import torch

from spoils.training.losses import SegmentationLoss, known_probabilities

CLASSES = 4


def scores_for(labels, certainty=12.0):
    return certainty * torch.nn.functional.one_hot(labels.long(), CLASSES).movedim(-1, 1).float()


@pytest.fixture
def labels():
    labels = torch.zeros(1, 8, 8, dtype=torch.uint8)
    labels[0, 2:4] = 1
    labels[0, 5:7] = 2
    return labels


def nothing_unlabelled():
    return torch.zeros(1, CLASSES, dtype=torch.bool)


def test_the_truth_scores_best(labels):
    loss = SegmentationLoss()
    right = loss(scores_for(labels), labels, nothing_unlabelled())
    wrong = loss(scores_for(torch.roll(labels, 1, dims=1)), labels, nothing_unlabelled())
    assert right < 0.01
    assert wrong > right + 0.5


def test_an_undrawn_class_on_background_is_no_error_and_gives_no_gradient(labels):
    unlabelled = nothing_unlabelled()
    unlabelled[0, 3] = True
    found = labels.clone()
    found[0, 0] = 3  # the network sees class 3 where nobody drew it
    scores = scores_for(found).requires_grad_()
    loss = SegmentationLoss()(scores, labels, unlabelled)
    assert loss < 0.01
    loss.backward()
    assert scores.grad[0, [0, 3], 0].abs().max() < 1e-6


def test_an_undrawn_class_inside_a_drawn_one_is_an_error(labels):
    unlabelled = nothing_unlabelled()
    unlabelled[0, 3] = True
    found = labels.clone()
    found[0, 2:4] = 3
    assert SegmentationLoss()(scores_for(found), labels, unlabelled) > 0.5


def test_a_drawn_class_on_background_stays_an_error(labels):
    found = labels.clone()
    found[0, 0] = 2
    assert SegmentationLoss()(scores_for(found), labels, nothing_unlabelled()) > 0.2


def test_known_probabilities_sum_to_one(labels):
    unlabelled = nothing_unlabelled()
    unlabelled[0, 1] = True
    known = known_probabilities(torch.randn(1, CLASSES, 8, 8), labels, unlabelled)
    assert torch.allclose(known.sum(dim=1), torch.ones(1, 8, 8), atol=1e-5)
    assert (known[0, 1][labels[0] == 0] == 0).all()
