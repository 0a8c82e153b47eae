"""U-Net (Ronneberger et al., MICCAI 2015, arXiv:1505.04597), the first network of the study."""

from __future__ import annotations

from monai.networks.nets.basic_unet import BasicUNet
from torch import Tensor

from spoils.training.networks.base import SegmentationNetwork

__all__ = ["UNet"]


class UNet(SegmentationNetwork):
    """MONAI's plain two-dimensional U-Net with four halvings; ``width`` is the number of channels at full size."""

    def __init__(self, width: int, *, classes: int) -> None:
        super().__init__()
        self.layers = BasicUNet(
            spatial_dims=2,
            in_channels=1,
            out_channels=classes,
            features=(width, 2 * width, 4 * width, 8 * width, 16 * width, width),
            act=("relu", {"inplace": True}),
            norm="batch",
            bias=False,
        )

    def scores_and_map(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return class scores and the coarsest map."""
        layers = self.layers
        full = layers.conv_0(x)
        stride_2 = layers.down_1(full)
        stride_4 = layers.down_2(stride_2)
        stride_8 = layers.down_3(stride_4)
        deep = layers.down_4(stride_8)
        x = layers.upcat_4(deep, stride_8)
        x = layers.upcat_3(x, stride_4)
        x = layers.upcat_2(x, stride_2)
        return layers.final_conv(layers.upcat_1(x, full)), deep
