"""Networks that map a slice to the 14 regions. Every network takes and gives ``(batch, channel, row, column)``."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from monai.networks.nets.resnet import ResNet, ResNetBlock
from torch import Tensor, nn
from torch.nn import functional

from spoils.anatomy import N_CLASSES
from spoils.errors import UsageError
from spoils.segmentation.preprocess import STRIDE

__all__ = ["DeepLabConfig", "DeepLabV3Plus"]


@dataclass(frozen=True)
class DeepLabConfig:
    """Size of a DeepLabV3+ on a ResNet-18 encoder; ``width`` is the encoder's first width (64 in the usual one)."""

    width: int = 64
    pyramid_channels: int = 128
    decoder_channels: int = 64
    dilations: tuple[int, ...] = (3, 6, 9)
    classes: int = N_CLASSES


def _conv_norm_act(inputs: int, outputs: int, kernel: int, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _upsample_to(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


class Encoder(nn.Module):
    """MONAI's two-dimensional ResNet-18, stopped before its pooled head. Strides 2, 4, 8 and 16."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.widths = (width, 2 * width, 4 * width, 8 * width)
        self.trunk = ResNet(
            ResNetBlock,
            layers=[2, 2, 2, 2],
            block_inplanes=list(self.widths),
            spatial_dims=2,
            n_input_channels=1,
            feed_forward=False,
            shortcut_type="B",
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        trunk = self.trunk
        x = trunk.maxpool(trunk.act(trunk.bn1(trunk.conv1(x))))
        stride_2 = trunk.layer1(x)
        stride_4 = trunk.layer2(stride_2)
        stride_8 = trunk.layer3(stride_4)
        return stride_2, stride_4, stride_8, trunk.layer4(stride_8)


class PyramidPooling(nn.Module):
    """Atrous spatial pyramid pooling (Chen et al., ECCV 2018, arXiv:1802.02611): one map seen at several reaches."""

    def __init__(self, inputs: int, outputs: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [_conv_norm_act(inputs, outputs, 1)] + [_conv_norm_act(inputs, outputs, 3, d) for d in dilations]
        )
        # No batch norm on the pooled branch: one value a channel has no spread in a batch of one.
        self.pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(inputs, outputs, 1), nn.ReLU(inplace=True))
        self.project = _conv_norm_act((len(dilations) + 2) * outputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        seen = [branch(x) for branch in self.branches]
        seen.append(self.pooled(x).expand_as(seen[0]))
        projected: Tensor = self.project(torch.cat(seen, dim=1))
        return projected


class Decoder(nn.Module):
    """Bring the pyramid's map back to stride 2, taking up the encoder's finer maps at strides 4 and 2."""

    def __init__(self, deep: int, skips: tuple[int, int], outputs: int) -> None:
        super().__init__()
        self.reduce_4 = _conv_norm_act(skips[1], outputs // 2, 1)
        self.fuse_4 = _conv_norm_act(deep + outputs // 2, 2 * outputs, 3)
        self.reduce_2 = _conv_norm_act(skips[0], outputs // 2, 1)
        self.fuse_2 = _conv_norm_act(2 * outputs + outputs // 2, outputs, 3)

    def forward(self, deep: Tensor, stride_2: Tensor, stride_4: Tensor) -> Tensor:
        x = self.fuse_4(torch.cat([_upsample_to(deep, stride_4), self.reduce_4(stride_4)], dim=1))
        finest: Tensor = self.fuse_2(torch.cat([_upsample_to(x, stride_2), self.reduce_2(stride_2)], dim=1))
        return finest


class DeepLabV3Plus(nn.Module):
    """DeepLabV3+ with two decoder skips, from (batch, 1, rows, columns) to class scores (batch, 14, rows, columns).

    The encoder's first convolution keeps full resolution, so its output stride of 16 needs no dilated encoder, and the
    finest skip has stride 2: a collapsed disc is only two or three pixels high.
    """

    def __init__(self, config: DeepLabConfig | None = None) -> None:
        super().__init__()
        self.config = config or DeepLabConfig()
        self.encoder = Encoder(self.config.width)
        widths = self.encoder.widths
        self.pyramid = PyramidPooling(widths[3], self.config.pyramid_channels, self.config.dilations)
        self.decoder = Decoder(self.config.pyramid_channels, (widths[0], widths[1]), self.config.decoder_channels)
        self.head = nn.Conv2d(self.config.decoder_channels, self.config.classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return class scores on the input's grid.

        Raises:
            UsageError: rows or columns are not multiples of ``STRIDE``; the message names the size that would work.
        """
        rows, columns = int(x.shape[-2]), int(x.shape[-1])
        if rows % STRIDE or columns % STRIDE:
            fitting = "x".join(str(-(-n // STRIDE) * STRIDE) for n in (rows, columns))
            raise UsageError(f"A slice of {rows}x{columns} does not fit the network; pad it to {fitting}.")
        stride_2, stride_4, _, deep = self.encoder(x)
        return _upsample_to(self.head(self.decoder(self.pyramid(deep), stride_2, stride_4)), x)
