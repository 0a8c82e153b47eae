"""From the last map of a trunk to the eleven classes, the findings, and where in the disc the classes come from."""

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
    """``scores``, and ``activation`` (batch, 11, r, c): where in the disc each class score comes from."""

    scores: Scores
    activation: Tensor


def mean_of_others(pooled: Tensor, patients: Tensor | None) -> Tensor:
    """Return for each disc the mean of ``pooled`` (batch, n) over the other discs of its patient; zero without others.

    ``patients`` (batch,) numbers the patient of each disc; None where all are of one patient.
    """
    if patients is None:
        total, count = pooled.sum(dim=0, keepdim=True), torch.ones_like(pooled[:, :1]).sum(dim=0, keepdim=True)
    else:
        same = (patients[:, None] == patients[None, :]).to(pooled.dtype)
        total, count = same @ pooled, same.sum(dim=1, keepdim=True)
    return (total - pooled) / (count - 1).clamp_min(1)


class GradingNetwork(nn.Module):
    """A trunk under linear heads, which see the mean and the maximum of its map.

    Both, as a disc is dark all over, or torn in one spot. With ``in_context`` the heads see beside them the same of the
    patient's other discs, on average: what is dark in one patient is not in another. The heads are linear so that
    every class score is a sum over places.

    Args:
        trunk: from discs (batch, channel, row, column) to a map (batch, outputs, r, c).
        outputs: channels of that map.
        findings: number of findings that are answered beside the classes.
        dropout: share of what the heads see that is left out while fitting.
        in_context: whether a disc is seen beside the patient's others.
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

        ``patients`` (batch,) numbers each disc's patient; None where all are of one. Only a network in context asks.
        """
        return self._scores(self.trunk(discs), patients)

    def explained(self, discs: Tensor, patients: Tensor | None = None) -> Explained:
        """Return the scores and where in each disc they come from.

        Summed over its places, the activation of a class is its score less the bias and less what the patient's other
        discs say: the mean's share is spread over the map, the maximum's lies where the maximum is.
        """
        features = self.trunk(discs)
        outputs, places = features.shape[1], features.shape[2] * features.shape[3]
        by_mean, by_peak = self.class_head.weight[:, : 2 * outputs, None, None].split(outputs, dim=1)
        peaks = (features == features.amax(dim=(2, 3), keepdim=True)).to(features.dtype)
        at_peak = features * peaks / peaks.sum(dim=(2, 3), keepdim=True)
        activation = nn.functional.conv2d(features / places, by_mean) + nn.functional.conv2d(at_peak, by_peak)
        return Explained(self._scores(features, patients), activation)


class MirroredNetwork(nn.Module):
    """The mean answer of a network for a disc and for its mirror image, upside down."""

    def __init__(self, network: GradingNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, discs: Tensor, patients: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return probabilities, findings and activation as ``ShippedNetwork`` does; the mirrored map is turned back."""
        upright, mirrored = (self.network.explained(image, patients) for image in (discs, discs.flip(2)))
        probabilities = (upright.scores.classes.softmax(dim=1) + mirrored.scores.classes.softmax(dim=1)) / 2
        findings = (upright.scores.findings.sigmoid() + mirrored.scores.findings.sigmoid()) / 2
        return probabilities, findings, (upright.activation + mirrored.activation.flip(2)) / 2


class ShippedNetwork(nn.Module):
    """What is shipped: the mean answer of networks fitted alike from different starts, each mirrored.

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

        ``discs`` (batch, channel, row, column) are those of one study unless ``patients`` (batch,) numbers the patient
        of each.
        """
        seen = [member(discs, patients) for member in self.members]
        probabilities, findings, activation = (torch.stack(parts).mean(dim=0) for parts in zip(*seen, strict=True))
        return probabilities, findings, activation


class ExportedNetwork(nn.Module):
    """The shipped network for discs of one study, without an output for findings where it was fitted to none."""

    def __init__(self, shipped: ShippedNetwork) -> None:
        super().__init__()
        self.shipped = shipped

    def forward(self, discs: Tensor) -> tuple[Tensor, ...]:
        """Return probabilities (batch, 11), findings (batch, 6) if answered, and activation (batch, 11, r, c)."""
        probabilities, findings, activation = self.shipped(discs)
        return (probabilities, findings, activation) if self.shipped.predicts_findings else (probabilities, activation)
