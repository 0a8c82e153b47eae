"""The network for the kind of a slice: a few convolutions, then the mean and the maximum over the picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spoils.segmentation import KINDS, TURNS

__all__ = ["KindNetwork", "KindProbabilities"]


def _block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class KindNetwork(nn.Module):
    """From pictures (n, 1, rows, columns) to scores of the kinds and of the turns."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        widths = (width, 2 * width, 3 * width, 4 * width, 6 * width)
        self.layers = nn.Sequential(
            _block(1, widths[0], 2),
            _block(widths[0], widths[1], 2),
            _block(widths[1], widths[1], 1),
            _block(widths[1], widths[2], 2),
            _block(widths[2], widths[2], 1),
            _block(widths[2], widths[3], 2),
            _block(widths[3], widths[4], 1),
        )
        self.dropout = nn.Dropout(0.3)
        self.kinds = nn.Linear(2 * widths[4], len(KINDS))
        self.turns = nn.Linear(2 * widths[4], len(TURNS))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores (n, kinds) and (n, turns)."""
        found = self.layers(image)
        pooled = self.dropout(torch.cat((found.mean(dim=(2, 3)), found.amax(dim=(2, 3))), dim=1))
        return self.kinds(pooled), self.turns(pooled)


class KindProbabilities(nn.Module):
    """The network with probabilities instead of scores, as it is exported."""

    def __init__(self, network: KindNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities (n, kinds) and (n, turns)."""
        kinds, turns = self.network(image)
        return kinds.softmax(dim=1), turns.softmax(dim=1)
