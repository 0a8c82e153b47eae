"""MobileNetV2 as a trunk: the encoder of the segmentation networks, of which only the deepest map is used."""

from __future__ import annotations

from torch import Tensor, nn

from spoils.training.networks import MobileNetV2Encoder

__all__ = ["MobileTrunk"]


class MobileTrunk(nn.Module):
    """MobileNetV2 whose first convolution has ``width`` channels; published is 32."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.encoder = MobileNetV2Encoder(width, channels)
        self.outputs = self.encoder.widths[-1]

    def forward(self, discs: Tensor) -> Tensor:
        """Return the last map (batch, outputs, r, c) of discs (batch, channel, row, column)."""
        deepest: Tensor = self.encoder(discs)[-1]
        return deepest
