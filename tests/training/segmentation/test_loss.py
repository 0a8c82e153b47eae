"""What is unlabelled is unknown: it neither counts against the network nor teaches it."""

import pytest
import torch

from spoils.training.data import UNKNOWN
from spoils.training.segmentation.loss import SegmentationLoss

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


def test_it_equals_the_plain_one_hot_form():
    torch.manual_seed(0)
    labels = torch.randint(0, CLASSES, (2, 8, 8), dtype=torch.uint8)
    scores = torch.randn(2, CLASSES, 8, 8)
    unlabelled = torch.tensor([[False, False, False, True], [False, False, False, False]])
    labels[0][labels[0] == 3] = 0  # what nobody drew is in no label

    probabilities = scores.softmax(dim=1)
    unknown = unlabelled[:, :, None, None] & (labels == 0)[:, None]
    moved = torch.where(unknown, probabilities, torch.zeros(()))
    known = torch.cat([probabilities[:, :1] + moved.sum(dim=1, keepdim=True), (probabilities - moved)[:, 1:]], dim=1)
    one_hot = torch.nn.functional.one_hot(labels.long(), CLASSES).movedim(-1, 1)
    weight = 1.0 + (labels > 0)
    entropy = -(weight * (known * one_hot).sum(dim=1).log()).sum() / weight.sum()
    overlap, size = (known * one_hot).sum((0, 2, 3)), (known + one_hot).sum((0, 2, 3))
    expected = entropy + 1 - ((2 * overlap + 10) / (size + 10))[1:].mean()
    assert torch.allclose(SegmentationLoss()(scores, labels, unlabelled), expected, atol=1e-5)


def test_unknown_pixels_count_nowhere_and_give_no_gradient(labels):
    found = labels.clone()
    found[0, :2] = 3
    given = labels.clone()
    given[0, :2] = UNKNOWN
    scores = scores_for(found).requires_grad_()
    loss = SegmentationLoss()(scores, given, nothing_unlabelled())
    assert loss < 0.01
    loss.backward()
    assert scores.grad[0, :, :2].abs().max() == 0
    known = SegmentationLoss()(scores_for(found)[:, :, 2:], labels[:, 2:], nothing_unlabelled())
    assert torch.allclose(loss, known, atol=1e-6)


def test_unknown_and_undrawn_go_together(labels):
    given, unlabelled = labels.clone(), nothing_unlabelled()
    given[0, 0] = UNKNOWN
    unlabelled[0, 3] = True
    found = labels.clone()
    found[0, :2] = 3
    assert SegmentationLoss()(scores_for(found), given, unlabelled) < 0.01
    found[0, 1] = 2
    assert SegmentationLoss()(scores_for(found), given, unlabelled) > 0.1
    found[0, 1] = 0
    assert SegmentationLoss()(scores_for(found), torch.full_like(given, UNKNOWN), unlabelled).isfinite()
