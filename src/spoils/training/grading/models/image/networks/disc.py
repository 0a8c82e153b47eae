"""Our own trunk: a small residual network."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["DiscTrunk"]


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


class DiscTrunk(nn.Module):
    """A small residual network. What it sees is one object in a fixed place, so it needs neither depth nor reach.

    ``widths`` are the channels of the stem, at half size, and of each residual stage; all stages but the first halve
    the size once more.
    """

    def __init__(self, channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.outputs = widths[-1]
        self.stem = nn.Sequential(
            nn.Conv2d(channels, widths[0], 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        )
        self.stages = nn.Sequential(
            *(
                ResidualStage(before, after, stride=1 if index == 0 else 2)
                for index, (before, after) in enumerate(pairwise(widths))
            )
        )

    def forward(self, discs: Tensor) -> Tensor:
        """Return the last map (batch, outputs, r, c) of discs (batch, channel, row, column)."""
        features: Tensor = self.stages(self.stem(discs))
        return features
