"""The image grader's network: disc volumes (batch, channel, row, column) to scores of the eleven classes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import UsageError

__all__ = ["DiscNet", "DiscNetConfig", "MirroredProbabilities"]


@dataclass(frozen=True)
class DiscNetConfig:
    """Size of a disc network: channels of its input, of the stem (at half size) and of each residual stage; dropout."""

    channels: int
    widths: tuple[int, ...] = (24, 24, 48, 96)
    dropout: float = 0.3

    def __post_init__(self) -> None:
        if self.channels < 1 or not self.widths or not 0 <= self.dropout < 1:
            raise UsageError("A disc network needs channels, stages and a dropout below one.")


class ResidualStage(nn.Module):
    """Two 3x3 convolutions beside a 1x1 one, halving the size unless it is the first stage."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Return features (batch, outputs, rows / stride, columns / stride)."""
        inner = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


class DiscNet(nn.Module):
    """A small residual network. What it sees is one object in a fixed place, so it needs neither depth nor reach."""

    def __init__(self, config: DiscNetConfig) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(config.channels, config.widths[0], 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(config.widths[0]),
            nn.ReLU(inplace=True),
        )
        self.stages = nn.Sequential(
            *(
                ResidualStage(before, after, stride=1 if index == 0 else 2)
                for index, (before, after) in enumerate(pairwise(config.widths))
            )
        )
        self.dropout = nn.Dropout(config.dropout)
        # Mean and maximum: a disc is dark all over, or torn in one spot.
        self.head = nn.Linear(2 * config.widths[-1], len(GRADE_CLASSES))

    def forward(self, discs: Tensor) -> Tensor:
        """Return class scores (batch, 11) of discs (batch, channel, row, column)."""
        features = self.stages(self.stem(discs))
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        scores: Tensor = self.head(self.dropout(pooled))
        return scores


class MirroredProbabilities(nn.Module):
    """What is shipped: the mean class probabilities of a disc and of its mirror image, upside down."""

    def __init__(self, network: DiscNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, discs: Tensor) -> Tensor:
        """Return probabilities (batch, 11) of discs (batch, channel, row, column)."""
        upright: Tensor = self.network(discs).softmax(dim=1)
        mirrored: Tensor = self.network(discs.flip(2)).softmax(dim=1)
        return (upright + mirrored) / 2
