"""Heads of image graders: classes, findings, and activation maps from the last feature map of a trunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from spoils.anatomy import GRADE_CLASSES

__all__ = ["Explained", "ExportedNetwork", "GradingNetwork", "Scores", "ShippedNetwork"]


class Scores(NamedTuple):
    """Scores before softmax: ``classes`` (batch, 11); before the logistic function: ``findings`` (batch, n)."""

    classes: Tensor
    findings: Tensor


class Explained(NamedTuple):
    """``scores``, and ``activation`` (batch, 11, r, c): the contribution of each place to each class score."""

    scores: Scores
    activation: Tensor


def mean_of_others(pooled: Tensor, patients: Tensor | None) -> Tensor:
    """Return for each disc the mean of ``pooled`` (batch, n) over the other discs of its patient; zero without others.

    ``patients`` (batch,) numbers the patient of each disc; None if all belong to one patient.
    """
    if patients is None:
        total, count = pooled.sum(dim=0, keepdim=True), torch.ones_like(pooled[:, :1]).sum(dim=0, keepdim=True)
    else:
        same = (patients[:, None] == patients[None, :]).to(pooled.dtype)
        total, count = same @ pooled, same.sum(dim=1, keepdim=True)
    return (total - pooled) / (count - 1).clamp_min(1)


class GradingNetwork(nn.Module):
    """A trunk with linear heads on the mean and the maximum of its feature map.

    Both are used because a disc may be dark as a whole or torn in one place. With ``in_context`` the heads also see the
    average of these features over the patient's other discs, because brightness varies between patients. The heads are
    linear so that every class score is a sum over places.

    Args:
        trunk: network from discs (batch, channel, row, column) to a map (batch, outputs, r, c).
        outputs: channels of that map.
        findings: number of findings that are predicted.
        dropout: share of the pooled features that is dropped while fitting.
        in_context: whether a disc is seen together with the patient's other discs.
    """

    def __init__(self, trunk: nn.Module, outputs: int, *, findings: int, dropout: float, in_context: bool) -> None:
        super().__init__()
        self.trunk = trunk
        self.in_context = in_context
        self.dropout = nn.Dropout(dropout)
        seen = 2 * outputs * (1 + in_context)
        self.class_head = nn.Linear(seen, len(GRADE_CLASSES))
        self.finding_head = nn.Linear(seen, findings) if findings else None

    def _scores(self, features: Tensor, patients: Tensor | None) -> Scores:
        seen = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        if self.in_context:
            seen = torch.cat([seen, mean_of_others(seen, patients)], dim=1)
        seen = self.dropout(seen)
        findings = seen[:, :0] if self.finding_head is None else self.finding_head(seen)
        return Scores(self.class_head(seen), findings)

    def forward(self, discs: Tensor, patients: Tensor | None = None) -> Scores:
        """Return the scores of discs (batch, channel, row, column).

        ``patients`` (batch,) numbers each disc's patient; None if all belong to one. Only networks in context use it.
        """
        return self._scores(self.trunk(discs), patients)

    def explained(self, discs: Tensor, patients: Tensor | None = None) -> Explained:
        """Return the scores and the activation of each disc.

        Summed over places, the activation of a class is its score without the bias and without the contribution of the
        patient's other discs. The contribution of the mean is spread over the map, that of the maximum is at its place.
        """
        features = self.trunk(discs)
        outputs, places = features.shape[1], features.shape[2] * features.shape[3]
        by_mean, by_peak = self.class_head.weight[:, : 2 * outputs, None, None].split(outputs, dim=1)
        peaks = (features == features.amax(dim=(2, 3), keepdim=True)).to(features.dtype)
        at_peak = features * peaks / peaks.sum(dim=(2, 3), keepdim=True)
        activation = nn.functional.conv2d(features / places, by_mean) + nn.functional.conv2d(at_peak, by_peak)
        return Explained(self._scores(features, patients), activation)


class MirroredNetwork(nn.Module):
    """The mean prediction of a network for a disc and for its mirror image, upside down."""

    def __init__(self, network: GradingNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, discs: Tensor, patients: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return the outputs of ``ShippedNetwork``. The activation of the mirrored disc is flipped back."""
        upright, mirrored = (self.network.explained(image, patients) for image in (discs, discs.flip(2)))
        probabilities = (upright.scores.classes.softmax(dim=1) + mirrored.scores.classes.softmax(dim=1)) / 2
        findings = (upright.scores.findings.sigmoid() + mirrored.scores.findings.sigmoid()) / 2
        return probabilities, findings, (upright.activation + mirrored.activation.flip(2)) / 2


class ShippedNetwork(nn.Module):
    """The packaged network: the mean prediction of networks with different initial weights, each mirrored.

    Args:
        networks: one or more, of one configuration.
    """

    def __init__(self, networks: Sequence[GradingNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(MirroredNetwork(network) for network in networks)
        self.predicts_findings = networks[0].finding_head is not None
        self.in_context = networks[0].in_context
        self.eval()

    def forward(self, discs: Tensor, patients: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return probabilities (batch, 11), findings (batch, n) and activation (batch, 11, r, c).

        ``discs`` (batch, channel, row, column) belong to one study unless ``patients`` (batch,) numbers the patient of
        each.
        """
        seen = [member(discs, patients) for member in self.members]
        probabilities, findings, activation = (torch.stack(parts).mean(dim=0) for parts in zip(*seen, strict=True))
        return probabilities, findings, activation


class ExportedNetwork(nn.Module):
    """The packaged network for discs of one study. It has no output for findings if it was fitted without them."""

    def __init__(self, shipped: ShippedNetwork) -> None:
        super().__init__()
        self.shipped = shipped

    def forward(self, discs: Tensor) -> tuple[Tensor, ...]:
        """Return probabilities (batch, 11), findings (batch, 6) if predicted, and activation (batch, 11, r, c)."""
        probabilities, findings, activation = self.shipped(discs)
        return (probabilities, findings, activation) if self.shipped.predicts_findings else (probabilities, activation)
