"""Networks that map a slice to the 14 regions. Every one takes and gives ``(batch, channel, row, column)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spoils.anatomy import N_CLASSES
from spoils.errors import UsageError
from spoils.training.networks.base import SegmentationNetwork
from spoils.training.networks.deeplab import DeepLabV3Plus
from spoils.training.networks.encoders import ResNetEncoder

__all__ = ["ARCHITECTURES", "NetworkConfig", "SegmentationNetwork", "build_network"]


@dataclass(frozen=True)
class NetworkConfig:
    """Architecture and size; ``width`` is the number of channels at stride 2 (64 in the published ResNets)."""

    architecture: str = "deeplab-resnet18"
    width: int = 32
    pyramid_channels: int = 128
    decoder_channels: int = 64
    classes: int = N_CLASSES

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            raise UsageError(f"There is no network {self.architecture!r}; choose one of {', '.join(ARCHITECTURES)}.")


def _deeplab_resnet18(config: NetworkConfig) -> SegmentationNetwork:
    return DeepLabV3Plus(
        ResNetEncoder(config.width),
        pyramid_channels=config.pyramid_channels,
        decoder_channels=config.decoder_channels,
        classes=config.classes,
    )


_BUILDERS: dict[str, Callable[[NetworkConfig], SegmentationNetwork]] = {"deeplab-resnet18": _deeplab_resnet18}

ARCHITECTURES = tuple(_BUILDERS)


def build_network(config: NetworkConfig) -> SegmentationNetwork:
    """Return the network that ``config`` names, with fresh weights."""
    return _BUILDERS[config.architecture](config)
