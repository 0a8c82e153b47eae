"""Trunks of image graders: a small residual network, plain convolutions (CNN and VGG16), and MobileNetV2."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from spoils.training.networks import MobileNetV2Encoder, conv_norm_act

__all__ = ["VGG16_DEPTHS", "DiscTrunk", "MobileTrunk", "PlainTrunk"]


class ResidualStage(nn.Module):
    """Two 3x3 convolutions with a 1x1 shortcut. All stages except the first halve the size."""

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
    """A small residual network. A disc volume shows one object in a fixed place, so a shallow network suffices.

    ``widths`` are the channels of the stem, at half size, and of each residual stage. All stages except the first halve
    the size again.
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


VGG16_DEPTHS = (2, 2, 3, 3, 3)
"""Convolutions in each stage of VGG16 (Simonyan and Zisserman, ICLR 2015, arXiv:1409.1556, table 1, column D)."""


class PlainTrunk(nn.Module):
    """Stages of 3x3 convolutions with batch norm and ReLU, each except the last followed by 2x2 max pooling.

    The published VGG16 also pools after the last stage. Without it, a disc of 48x80 has a map of 3x5 instead of 1x2.

    Args:
        channels: channels of the discs.
        widths: channels of each stage.
        depths: convolutions in each stage; one each by default.
    """

    def __init__(self, channels: int, widths: tuple[int, ...], depths: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.outputs = widths[-1]
        layers: list[nn.Module] = []
        inputs = channels
        for stage, (width, depth) in enumerate(zip(widths, depths or (1,) * len(widths), strict=True)):
            if stage:
                layers.append(nn.MaxPool2d(2))
            for _ in range(depth):
                layers.append(conv_norm_act(inputs, width, 3))
                inputs = width
        self.layers = nn.Sequential(*layers)

    def forward(self, discs: Tensor) -> Tensor:
        """Return the last map (batch, outputs, r, c) of discs (batch, channel, row, column)."""
        features: Tensor = self.layers(discs)
        return features


class MobileTrunk(nn.Module):
    """MobileNetV2 whose first convolution has ``width`` channels; the published width is 32."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.encoder = MobileNetV2Encoder(width, channels)
        self.outputs = self.encoder.widths[-1]

    def forward(self, discs: Tensor) -> Tensor:
        """Return the last map (batch, outputs, r, c) of discs (batch, channel, row, column)."""
        deepest: Tensor = self.encoder(discs)[-1]
        return deepest
