"""Networks that map a slice to the 14 regions. Inputs and outputs are ``(batch, channel, row, column)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spoils.anatomy import N_CLASSES
from spoils.errors import UsageError
from spoils.training.networks.base import SegmentationNetwork, class_probabilities, conv_norm_act
from spoils.training.networks.deeplab import DeepLabV3Plus
from spoils.training.networks.encoders import Encoder, ResNetEncoder
from spoils.training.networks.fitting import OptimiserSettings, ReportSteps, adamw_one_cycle, run_epochs
from spoils.training.networks.imagenet import load_imagenet
from spoils.training.networks.mobilenet import MobileNetV2Encoder
from spoils.training.networks.onnx_files import forget_origin, write_onnx
from spoils.training.networks.unet import UNet

__all__ = [
    "ARCHITECTURES",
    "MobileNetV2Encoder",
    "NetworkConfig",
    "OptimiserSettings",
    "ReportSteps",
    "SegmentationNetwork",
    "adamw_one_cycle",
    "build_network",
    "class_probabilities",
    "conv_norm_act",
    "forget_origin",
    "load_imagenet",
    "run_epochs",
    "write_onnx",
]


@dataclass(frozen=True)
class NetworkConfig:
    """Architecture and size.

    ``width`` is the number of channels of the first convolution, from which all other layers of U-Net and of the
    encoders follow. Published are 64 (U-Net, ResNet) and 32 (MobileNetV2).
    """

    architecture: str = "deeplab-resnet18"
    width: int = 32
    pyramid_channels: int = 128
    decoder_channels: int = 64
    classes: int = N_CLASSES

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            raise UsageError(f"There is no network {self.architecture!r}; choose one of {', '.join(ARCHITECTURES)}.")
        if min(self.width, self.pyramid_channels, self.classes) < 1 or self.decoder_channels < 2:
            raise UsageError("A network needs at least one channel in every layer, two in its decoder, and one class.")


_ENCODERS: dict[str, Callable[[int], Encoder]] = {
    "deeplab-resnet18": lambda width: ResNetEncoder(width, depth=18),
    "deeplab-resnet50": lambda width: ResNetEncoder(width, depth=50),
    "deeplab-mobile": MobileNetV2Encoder,
}

ARCHITECTURES = ("unet", *_ENCODERS)


def build_network(config: NetworkConfig, encoder_weights: Path | None = None) -> SegmentationNetwork:
    """Return the network that ``config`` names, with fresh weights or its encoder's ImageNet weights from a file.

    Raises:
        UsageError: the weights are not those of this encoder and width, or the network has no encoder to set.
        InputUnreadable: the weights can't be read.
    """
    if config.architecture not in _ENCODERS:
        if encoder_weights is not None:
            raise UsageError(f"The network {config.architecture} has no encoder that ImageNet weights would fit.")
        return UNet(config.width, classes=config.classes)
    encoder = _ENCODERS[config.architecture](config.width)
    if encoder_weights is not None:
        load_imagenet(encoder, encoder_weights)
    return DeepLabV3Plus(
        encoder,
        pyramid_channels=config.pyramid_channels,
        decoder_channels=config.decoder_channels,
        classes=config.classes,
    )
