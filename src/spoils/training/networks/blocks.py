"""Small parts that several networks are made of."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["FullSizeHead", "class_probabilities", "conv_norm_act", "upsample_to"]


def conv_norm_act(inputs: int, outputs: int, kernel: int, dilation: int = 1) -> nn.Sequential:
    """Return convolution, batch norm and ReLU that keep the grid."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def upsample_to(x: Tensor, like: Tensor) -> Tensor:
    """Bring ``x`` to the rows and columns of ``like``, bilinearly."""
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


class FullSizeHead(nn.Module):
    """Class scores at full size from a map at stride 2.

    Every coarse pixel gives the scores of its four fine ones (sub-pixel convolution, Shi et al., CVPR 2016,
    arXiv:1609.05158): sharper than interpolated scores, and much cheaper than a layer at full size.
    """

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.scores = nn.Conv2d(inputs, 4 * classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, classes, 2 rows, 2 columns)."""
        return functional.pixel_shuffle(self.scores(x), 2)


def class_probabilities(scores: Tensor) -> Tensor:
    """Return the softmax over the classes of (batch, class, rows, columns), written out.

    ONNX Runtime's own transposes the whole map to and fro, which takes ten times as long as the arithmetic.
    """
    weights = (scores - scores.amax(dim=1, keepdim=True)).exp()
    return weights / weights.sum(dim=1, keepdim=True)
