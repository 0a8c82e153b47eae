"""What every segmentation network can do."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn
from torch.nn import functional

from spoils.errors import UsageError
from spoils.segmentation.preprocess import STRIDE
from spoils.training.networks.blocks import class_probabilities

__all__ = ["SegmentationNetwork"]


class SegmentationNetwork(nn.Module, ABC):
    """A network from slices (batch, 1, rows, columns) to class scores (batch, classes, rows, columns)."""

    @abstractmethod
    def scores_and_map(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return class scores on the input's grid, and the deepest map behind them.

        The map is (batch, n, rows / ``STRIDE``, columns / ``STRIDE``).
        """

    def scores_and_features(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return class scores, and features (batch, n): the mean of the deepest map over what is not background.

        Only what the network takes for spine counts, so a wide field of view gives the same features as a narrow one.
        """
        scores, deep = self.scores_and_map(x)
        found = 1 - class_probabilities(scores.float())[:, :1]
        weight = functional.avg_pool2d(found, STRIDE)
        features = (deep * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3)).clamp_min(1.0)
        return scores, features

    def forward(self, x: Tensor) -> Tensor:
        """Return class scores on the input's grid.

        Raises:
            UsageError: rows or columns are not multiples of ``STRIDE``; the message names the size that would work.
        """
        rows, columns = int(x.shape[-2]), int(x.shape[-1])
        if rows % STRIDE or columns % STRIDE:
            fitting = "x".join(str(-(-n // STRIDE) * STRIDE) for n in (rows, columns))
            raise UsageError(f"A slice of {rows}x{columns} does not fit the network; pad it to {fitting}.")
        return self.scores_and_map(x)[0]
