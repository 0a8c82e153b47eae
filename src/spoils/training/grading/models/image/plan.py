"""Settings of image grader fits, and the plans of the named graders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from spoils.errors import UsageError
from spoils.training.grading.models.augmentation import DiscAugmentation
from spoils.training.grading.models.image.networks import ImageNetworkConfig

__all__ = ["IMAGE_PLANS", "ORDINAL_LOSSES", "ImagePlan", "Pretraining"]

ORDINAL_LOSSES = ("targets", "cumulative")


@dataclass(frozen=True)
class Pretraining:
    """Pretraining of a trunk without grades, by reconstructing masked blocks.

    ``hidden`` is the share of blocks of ``block`` pixels that is masked. The method follows masked autoencoders (He et
    al., CVPR 2022, arXiv:2111.06377), adapted to convolutions.
    """

    epochs: int = 40
    hidden: float = 0.5
    block: int = 8

    def __post_init__(self) -> None:
        if self.epochs < 1 or not 0 < self.hidden < 1 or self.block < 1:
            raise UsageError("Pretraining needs epochs, and hides a share of the blocks between none and all.")


@dataclass(frozen=True)
class ImagePlan:
    """Everything that defines a fit of an image grader, except ImageNet weights.

    Attributes:
        epochs: number of epochs.
        batch: discs per batch.
        learning_rate: peak learning rate.
        weight_decay: weight decay of AdamW.
        warm_up: share of the steps in which the learning rate rises.
        averaging: decay of the moving average of the weights.
        ordinal: how the loss uses the order of grades: soft ``targets``, or the ``cumulative`` probability to exceed
            each grade and severity.
        grade_reach: spread of targets over neighbouring grades. Readers often differ by one grade, hardly ever by two.
        severity_reach: spread of targets over neighbouring severities.
        balance: power by which rare classes get a larger weight.
        findings_weight: weight of the findings relative to the classes.
        architecture: as in ``ImageNetworkConfig``.
        widths: as in ``ImageNetworkConfig``.
        dropout: as in ``ImageNetworkConfig``.
        in_context: as in ``ImageNetworkConfig``.
        members: number of networks, fitted from different initial weights, whose predictions are averaged.
        pretraining: pretraining of the trunk; None for none.
        augmentation: augmentation of the discs in each epoch; None for none.
    """

    epochs: int = 80
    batch: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 2e-2
    warm_up: float = 0.15
    averaging: float = 0.99
    ordinal: str = "targets"
    grade_reach: float = 0.45
    severity_reach: float = 0.5
    balance: float = 0.3
    findings_weight: float = 0.5
    architecture: str = "disc"
    widths: tuple[int, ...] = ()
    dropout: float = 0.3
    in_context: bool = False
    members: int = 1
    pretraining: Pretraining | None = None
    augmentation: DiscAugmentation | None = field(default_factory=DiscAugmentation)

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 2 or self.grade_reach <= 0 or self.severity_reach <= 0:
            raise UsageError("An image fit needs epochs, batches of two or more, and a positive reach of its targets.")
        if self.ordinal not in ORDINAL_LOSSES:
            raise UsageError(f"There is no ordinal loss {self.ordinal!r}; known are {', '.join(ORDINAL_LOSSES)}.")
        if self.findings_weight < 0 or self.members < 1:
            raise UsageError("A grader has at least one member, and the weight of findings can't be negative.")
        self.network(channels=1, findings=False)

    def network(self, *, channels: int, findings: bool) -> ImageNetworkConfig:
        """Return the network of this plan for discs of ``channels``, with heads for findings or without.

        Raises:
            UsageError: there is no such network.
        """
        return ImageNetworkConfig(channels, self.architecture, self.widths, self.dropout, findings, self.in_context)


IMAGE_PLANS: Mapping[str, ImagePlan] = MappingProxyType(
    {
        "disc": ImagePlan(members=3),
        "disc-one": ImagePlan(),
        "disc-cumulative": ImagePlan(ordinal="cumulative"),
        "disc-pretrained": ImagePlan(pretraining=Pretraining()),
        "patient": ImagePlan(in_context=True),
        "cnn": ImagePlan(architecture="cnn"),
        "mobilenet-v2": ImagePlan(architecture="mobilenet-v2"),
        "vgg16": ImagePlan(architecture="vgg16"),
    }
)
"""Plans by name of the grader: ours, variants of it, and the three of the study."""
