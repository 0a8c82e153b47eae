"""Encoders: a slice (batch, 1, rows, columns) to four maps at strides 2, 4, 8 and 16."""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol

from monai.networks.nets.resnet import ResNet, ResNetBlock, ResNetBottleneck
from torch import Tensor, nn

__all__ = ["Encoder", "Maps", "ResNetEncoder"]

Maps = tuple[Tensor, Tensor, Tensor, Tensor]


class Encoder(Protocol):
    """Interface of encoders for decoders and for ImageNet weights."""

    published_width: ClassVar[int]
    """The width at which its ImageNet weights were published."""

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """Channels at strides 2, 4, 8 and 16."""

    @property
    def trunk(self) -> nn.Module:
        """All layers under torchvision's names, beginning with the first convolution."""

    def __call__(self, x: Tensor) -> Maps:
        """Return the maps, finest first."""


class ResNetEncoder(nn.Module):
    """MONAI's two-dimensional ResNet (He et al., CVPR 2016) without its max pooling and its pooled head.

    The max pooling would halve the grid before the first block sees it: a collapsed disc is only two or three pixels
    high at stride 2.
    """

    published_width: ClassVar[int] = 64

    def __init__(self, width: int, depth: Literal[18, 50]) -> None:
        super().__init__()
        block, layers = (ResNetBlock, [2, 2, 2, 2]) if depth == 18 else (ResNetBottleneck, [3, 4, 6, 3])
        inner = (width, 2 * width, 4 * width, 8 * width)
        self.widths = (
            inner[0] * block.expansion,
            inner[1] * block.expansion,
            inner[2] * block.expansion,
            inner[3] * block.expansion,
        )
        self.trunk = ResNet(
            block,
            layers=layers,
            block_inplanes=list(inner),
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
