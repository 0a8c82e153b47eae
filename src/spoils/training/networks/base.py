"""The common interface of segmentation networks."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn
from torch.nn import functional

from spoils.errors import UsageError
from spoils.segmentation import STRIDE

__all__ = ["FullSizeHead", "SegmentationNetwork", "class_probabilities", "conv_norm_act", "upsample_to"]


class SegmentationNetwork(nn.Module, ABC):
    """A network from slices (batch, 1, rows, columns) to class scores (batch, classes, rows, columns)."""

    @abstractmethod
    def scores_and_map(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return class scores on the input's grid, and the deepest map behind them.

        The map is (batch, n, rows / ``STRIDE``, columns / ``STRIDE``).
        """

    def scores_and_features(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return class scores, and features (batch, n): the mean of the deepest map over the foreground.

        Only the predicted spine counts, so that a wide field of view gives the same features as a narrow one.
        """
        scores, deep = self.scores_and_map(x)
        found = 1 - class_probabilities(scores.float())[:, :1]
        weight = functional.avg_pool2d(found, STRIDE)
        features = (deep * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3)).clamp_min(1.0)
        return scores, features

    def forward(self, x: Tensor) -> Tensor:
        """Return class scores on the input's grid.

        Raises:
            UsageError: rows or columns are not multiples of ``STRIDE``; the message names a size that fits.
        """
        rows, columns = int(x.shape[-2]), int(x.shape[-1])
        if rows % STRIDE or columns % STRIDE:
            fitting = "x".join(str(-(-n // STRIDE) * STRIDE) for n in (rows, columns))
            raise UsageError(f"A slice of {rows}x{columns} does not fit the network; pad it to {fitting}.")
        return self.scores_and_map(x)[0]


def conv_norm_act(inputs: int, outputs: int, kernel: int, dilation: int = 1) -> nn.Sequential:
    """Return convolution, batch norm and ReLU that keep the size."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def upsample_to(x: Tensor, like: Tensor) -> Tensor:
    """Resample ``x`` to the rows and columns of ``like``, bilinearly."""
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


class FullSizeHead(nn.Module):
    """Class scores at full size from a map at stride 2.

    Every coarse pixel predicts the scores of its four fine pixels (sub-pixel convolution, Shi et al., CVPR 2016,
    arXiv:1609.05158). The result is sharper than interpolated scores, and much cheaper than a layer at full size.
    """

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.scores = nn.Conv2d(inputs, 4 * classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, classes, 2 rows, 2 columns)."""
        return functional.pixel_shuffle(self.scores(x), 2)


def class_probabilities(scores: Tensor) -> Tensor:
    """Return the softmax over the classes of (batch, class, rows, columns), in single operations.

    The softmax of ONNX Runtime transposes the whole map twice, which takes ten times as long as the arithmetic.
    """
    weights = (scores - scores.amax(dim=1, keepdim=True)).exp()
    return weights / weights.sum(dim=1, keepdim=True)
