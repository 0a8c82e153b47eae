"""Encoders: a slice (batch, 1, rows, columns) to four maps at strides 2, 4, 8 and 16."""

from __future__ import annotations

from typing import Protocol

from monai.networks.nets.resnet import ResNet, ResNetBlock
from torch import Tensor, nn

__all__ = ["Encoder", "Maps", "ResNetEncoder"]

Maps = tuple[Tensor, Tensor, Tensor, Tensor]


class Encoder(Protocol):
    """What a decoder may ask of an encoder."""

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """Channels at strides 2, 4, 8 and 16."""

    def __call__(self, x: Tensor) -> Maps:
        """Return the maps, finest first."""


class ResNetEncoder(nn.Module):
    """MONAI's two-dimensional ResNet without its max pooling and its pooled head.

    The max pooling would halve the grid before the first block sees it: a collapsed disc is only two or three pixels
    high at stride 2.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.widths = (width, 2 * width, 4 * width, 8 * width)
        self.trunk = ResNet(
            ResNetBlock,
            layers=[2, 2, 2, 2],
            block_inplanes=list(self.widths),
            spatial_dims=2,
            n_input_channels=1,
            conv1_t_stride=2,
            no_max_pool=True,
            feed_forward=False,
            shortcut_type="B",
        )

    def forward(self, x: Tensor) -> Maps:
        """Return the maps, finest first."""
        trunk = self.trunk
        stride_2 = trunk.layer1(trunk.act(trunk.bn1(trunk.conv1(x))))
        stride_4 = trunk.layer2(stride_2)
        stride_8 = trunk.layer3(stride_4)
        return stride_2, stride_4, stride_8, trunk.layer4(stride_8)
