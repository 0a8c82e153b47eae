"""MobileNetV2 (Sandler et al., CVPR 2018, arXiv:1801.04381) as an encoder, under torchvision's parameter names."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from torch import Tensor, nn

from spoils.training.networks.encoders import Maps

__all__ = ["MobileNetV2Encoder"]


class _Stage(NamedTuple):
    expansion: int
    channels: int
    blocks: int
    stride: int
    dilation: int = 1


_STEM_CHANNELS = 32
_STAGES = (
    _Stage(1, 16, 1, stride=1),
    _Stage(6, 24, 2, stride=2),
    _Stage(6, 32, 3, stride=2),
    _Stage(6, 64, 4, stride=2),
    _Stage(6, 96, 3, stride=1),
    _Stage(6, 160, 3, stride=1, dilation=2),
    _Stage(6, 320, 1, stride=1, dilation=2),
)
"""Table 2 of the paper, but with a dilation instead of the last stride, to stay at stride 16 (DeepLabV3+)."""


def _normed(convolution: nn.Conv2d) -> nn.Sequential:
    """Return ``convolution`` with batch norm and ReLU6."""
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU6(inplace=True))


class InvertedResidual(nn.Module):
    """Inverted residual: 1x1 expansion, 3x3 filter per channel, 1x1 projection; added to the input if sizes match."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, dilation: int) -> None:
        super().__init__()
        inner = expansion * inputs
        self.conv = nn.Sequential(
            *([_normed(nn.Conv2d(inputs, inner, 1, bias=False))] if expansion > 1 else []),
            _normed(nn.Conv2d(inner, inner, 3, stride, dilation, dilation, groups=inner, bias=False)),
            nn.Conv2d(inner, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, outputs, rows / stride, columns / stride)."""
        change: Tensor = self.conv(x)
        return x + change if self.adds else change


class MobileNetV2Encoder(nn.Module):
    """MobileNetV2 without its last 1x1 convolution and its classifier.

    ``width`` is the number of channels of the first convolution, from which all others follow; ``channels`` is that of
    the input.
    """

    published_width: ClassVar[int] = _STEM_CHANNELS

    def __init__(self, width: int, channels: int = 1) -> None:
        super().__init__()
        wide = [-(-stage.channels * width // _STEM_CHANNELS) for stage in _STAGES]
        self.widths = (wide[0], wide[1], wide[2], wide[6])
        features: list[nn.Module] = [_normed(nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False))]
        inputs, dilation = width, 1
        for stage, outputs in zip(_STAGES, wide, strict=True):
            stride = stage.stride
            for _ in range(stage.blocks):
                # The first block of a stage still has the dilation of the stage before.
                features.append(InvertedResidual(inputs, outputs, stage.expansion, stride, dilation))
                inputs, stride, dilation = outputs, 1, stage.dilation
        self.features = nn.Sequential(*features)

    @property
    def trunk(self) -> nn.Module:
        """All layers under torchvision's names, which are those of the encoder itself."""
        return self

    def forward(self, x: Tensor) -> Maps:
        """Return the maps, finest first."""
        features = self.features
        stride_2 = features[:2](x)
        stride_4 = features[2:4](stride_2)
        stride_8 = features[4:7](stride_4)
        return stride_2, stride_4, stride_8, features[7:](stride_8)
