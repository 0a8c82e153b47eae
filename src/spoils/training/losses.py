"""The segmentation loss: cross entropy plus soft Dice, in which what is unlabelled is unknown, not background."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from spoils.anatomy import BACKGROUND

__all__ = ["SegmentationLoss", "known_probabilities"]


def known_probabilities(scores: Tensor, labels: Tensor, unlabelled: Tensor) -> Tensor:
    """Return class probabilities in which an unlabelled class counts as background wherever the label says background.

    A reader who drew only vertebral bodies says nothing of discs: a pixel outside the drawn bodies may be background
    or disc, and either answer is right. Inside a drawn body, "disc" stays wrong.

    Args:
        scores: (batch, class, row, column) class scores.
        labels: (batch, row, column) label values.
        unlabelled: (batch, class) bool; classes whose outlines were not drawn in the sample.

    Returns:
        (batch, class, row, column) float32 probabilities that sum to one.
    """
    probabilities = functional.softmax(scores.float(), dim=1)
    unknown_here = unlabelled[:, :, None, None] & (labels == BACKGROUND)[:, None]
    moved = torch.where(unknown_here, probabilities, torch.zeros_like(probabilities))
    background = probabilities[:, :1] + moved.sum(dim=1, keepdim=True)
    return torch.cat([background, (probabilities - moved)[:, 1:]], dim=1)


class SegmentationLoss(torch.nn.Module):
    """Class-weighted cross entropy plus one minus soft Dice (over the batch, each structure counting the same).

    Args:
        structure_weight: weight of a structure's pixel in the cross entropy; background weighs 1.
        smoothing: pixels added to numerator and denominator of Dice, so that an absent class scores one.
    """

    def __init__(self, structure_weight: float = 2.0, smoothing: float = 10.0) -> None:
        super().__init__()
        self.structure_weight = structure_weight
        self.smoothing = smoothing

    def forward(self, scores: Tensor, labels: Tensor, unlabelled: Tensor) -> Tensor:
        """Return the loss of (batch, class, row, column) scores against (batch, row, column) labels."""
        probabilities = known_probabilities(scores, labels, unlabelled)
        truth = labels.long()
        log_true = probabilities.gather(1, truth[:, None]).clamp_min(1e-6).log()[:, 0]
        weight = torch.where(truth == BACKGROUND, 1.0, self.structure_weight)
        cross_entropy = -(weight * log_true).sum() / weight.sum()

        one_hot = functional.one_hot(truth, scores.shape[1]).movedim(-1, 1).float()
        over = (0, 2, 3)
        overlap = (probabilities * one_hot).sum(over)[1:]
        size = (probabilities + one_hot).sum(over)[1:]
        dice = (2 * overlap + self.smoothing) / (size + self.smoothing)
        return cross_entropy + 1 - dice.mean()
