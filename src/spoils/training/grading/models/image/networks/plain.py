"""The study's plain trunks: a small convolutional network, and VGG16."""

from __future__ import annotations

from torch import Tensor, nn

from spoils.training.networks.blocks import conv_norm_act

__all__ = ["VGG16_DEPTHS", "PlainTrunk"]

VGG16_DEPTHS = (2, 2, 3, 3, 3)
"""Convolutions in each stage of VGG16 (Simonyan and Zisserman, ICLR 2015, arXiv:1409.1556, table 1, column D)."""


class PlainTrunk(nn.Module):
    """Stages of 3x3 convolutions with batch norm and ReLU, each but the last followed by a 2x2 max pooling.

    Without that last pooling of the published VGG16 a disc of 48x80 keeps a map of 3x5, not of 1x2.

    Args:
        channels: of the discs.
        widths: channels of each stage.
        depths: convolutions in each stage; one each unless given.
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
