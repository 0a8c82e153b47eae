"""Networks for disc volumes: the three of the study, and ours. Inputs are ``(batch, channel, row, column)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from spoils.errors import UsageError
from spoils.grading import FINDINGS
from spoils.training.grading.models.image.networks.network import (
    ExportedNetwork,
    GradingNetwork,
    Scores,
    ShippedNetwork,
)
from spoils.training.grading.models.image.networks.trunks import VGG16_DEPTHS, DiscTrunk, MobileTrunk, PlainTrunk
from spoils.training.networks import load_imagenet

__all__ = [
    "ARCHITECTURES",
    "ExportedNetwork",
    "GradingNetwork",
    "ImageNetworkConfig",
    "Scores",
    "ShippedNetwork",
    "build_image_network",
]


class _Kind(NamedTuple):
    """Default widths of a trunk, and the function that builds it from the number of input channels and the widths."""

    widths: tuple[int, ...]
    build: Callable[[int, tuple[int, ...]], DiscTrunk | PlainTrunk | MobileTrunk]


_KINDS = {
    "disc": _Kind((24, 24, 48, 96), DiscTrunk),
    "cnn": _Kind((16, 32, 64, 128), PlainTrunk),
    "mobilenet-v2": _Kind((32,), lambda channels, widths: MobileTrunk(channels, widths[0])),
    # A quarter of the published channels, because of the small data set and training without a graphics card.
    "vgg16": _Kind((16, 32, 64, 128, 128), lambda channels, widths: PlainTrunk(channels, widths, VGG16_DEPTHS)),
}

ARCHITECTURES: tuple[str, ...] = tuple(_KINDS)


@dataclass(frozen=True)
class ImageNetworkConfig:
    """Architecture and size of a network.

    Attributes:
        channels: channels of the discs.
        architecture: one of ``ARCHITECTURES``.
        widths: channels of each stage, for MobileNetV2 of the first convolution only; none for the default.
        dropout: share of the features that is dropped while fitting.
        findings: whether the network predicts findings as well as classes.
        in_context: whether the network sees a disc together with the patient's other discs.
    """

    channels: int
    architecture: str = "disc"
    widths: tuple[int, ...] = ()
    dropout: float = 0.3
    findings: bool = False
    in_context: bool = False

    def __post_init__(self) -> None:
        if self.architecture not in _KINDS:
            raise UsageError(f"There is no image network {self.architecture!r}; known are {', '.join(ARCHITECTURES)}.")
        if self.channels < 1 or min(self.widths, default=1) < 1 or not 0 <= self.dropout < 1:
            raise UsageError("An image network needs channels in every stage and a dropout below one.")
        due = {"vgg16": len(VGG16_DEPTHS), "mobilenet-v2": 1}.get(self.architecture)
        if self.widths and due not in (None, len(self.widths)):
            raise UsageError(f"The network {self.architecture} has {due} widths, not {len(self.widths)}.")


def build_image_network(config: ImageNetworkConfig, encoder_weights: Path | None = None) -> GradingNetwork:
    """Return the network that ``config`` names, with fresh weights or MobileNetV2's ImageNet weights from a file.

    Raises:
        UsageError: weights are given for another network than MobileNetV2, or they are of another width.
        InputUnreadable: the weights can't be read.
    """
    kind = _KINDS[config.architecture]
    trunk = kind.build(config.channels, config.widths or kind.widths)
    if encoder_weights is not None:
        if not isinstance(trunk, MobileTrunk):
            raise UsageError(f"The network {config.architecture} takes no ImageNet weights; mobilenet-v2 does.")
        load_imagenet(trunk.encoder, encoder_weights)
    return GradingNetwork(
        trunk,
        trunk.outputs,
        findings=len(FINDINGS) if config.findings else 0,
        dropout=config.dropout,
        in_context=config.in_context,
    )
