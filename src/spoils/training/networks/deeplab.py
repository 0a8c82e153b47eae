"""DeepLabV3+ (Chen et al., ECCV 2018, arXiv:1802.02611) on any encoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spoils.training.networks.base import FullSizeHead, SegmentationNetwork, conv_norm_act, upsample_to
from spoils.training.networks.encoders import Encoder

__all__ = ["DeepLabV3Plus"]

_DILATIONS = (3, 6, 9)
"""Dilations of the branches. At stride 16 and 0.8 mm pixels, the widest branch spans a lumbar spine."""


class PyramidPooling(nn.Module):
    """Atrous spatial pyramid pooling: one map filtered with several dilations."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [conv_norm_act(inputs, outputs, 1)] + [conv_norm_act(inputs, outputs, 3, d) for d in _DILATIONS]
        )
        # No batch norm on the pooled branch: one value per channel has no variance in a batch of one.
        self.pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(inputs, outputs, 1), nn.ReLU(inplace=True))
        self.project = conv_norm_act((len(_DILATIONS) + 2) * outputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        seen = [branch(x) for branch in self.branches]
        seen.append(self.pooled(x).expand_as(seen[0]))
        projected: Tensor = self.project(torch.cat(seen, dim=1))
        return projected


class Decoder(nn.Module):
    """Upsample the pyramid's map to stride 2, with skip connections from the encoder's maps at strides 4 and 2."""

    def __init__(self, deep: int, skips: tuple[int, int], outputs: int) -> None:
        super().__init__()
        half = outputs // 2
        self.reduce_4 = conv_norm_act(skips[1], half, 1)
        self.fuse_4 = conv_norm_act(deep + half, outputs, 3)
        self.reduce_2 = conv_norm_act(skips[0], half, 1)
        self.fuse_2 = conv_norm_act(outputs + half, outputs, 3)

    def forward(self, deep: Tensor, stride_2: Tensor, stride_4: Tensor) -> Tensor:
        x = self.fuse_4(torch.cat([upsample_to(deep, stride_4), self.reduce_4(stride_4)], dim=1))
        finest: Tensor = self.fuse_2(torch.cat([upsample_to(x, stride_2), self.reduce_2(stride_2)], dim=1))
        return finest


class DeepLabV3Plus(SegmentationNetwork):
    """DeepLabV3+ with two decoder skips.

    The published network has one skip at stride 4; a collapsed disc is only five pixels high, so ours has a second one
    at stride 2.
    """

    def __init__(self, encoder: Encoder, *, pyramid_channels: int, decoder_channels: int, classes: int) -> None:
        super().__init__()
        self.encoder = encoder
        widths = encoder.widths
        self.pyramid = PyramidPooling(widths[3], pyramid_channels)
        self.decoder = Decoder(pyramid_channels, (widths[0], widths[1]), decoder_channels)
        self.head = FullSizeHead(decoder_channels, classes)

    def scores_and_map(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return class scores and the pyramid's map."""
        stride_2, stride_4, _, deep = self.encoder(x)
        pyramid = self.pyramid(deep)
        return self.head(self.decoder(pyramid, stride_2, stride_4)), pyramid
