"""What decides a fit of an image grader, and the plans of the named ones."""

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
    """How a trunk learns what discs look like before it sees a grade: by painting in blocks that were hidden.

    ``hidden`` is the share of blocks of ``block`` pixels that is hidden. After masked autoencoders (He et al., CVPR
    2022, arXiv:2111.06377), for convolutions.
    """

    epochs: int = 40
    hidden: float = 0.5
    block: int = 8

    def __post_init__(self) -> None:
        if self.epochs < 1 or not 0 < self.hidden < 1 or self.block < 1:
            raise UsageError("Pretraining needs epochs, and hides a share of the blocks between none and all.")


@dataclass(frozen=True)
class ImagePlan:
    """Everything that decides a fit of an image grader, but ImageNet weights.

    ``architecture``, ``widths`` and ``in_context`` are as in ``ImageNetworkConfig``. ``ordinal`` says how the loss
    knows that grades have an order: by ``targets`` that spread over neighbours, or by the ``cumulative`` chance to
    exceed each grade and severity. ``grade_reach`` and ``severity_reach`` say how far targets spread over neighbouring
    grades and severities: readers differ by one grade all the time, by two hardly ever. ``balance`` is the power with
    which rare classes weigh more; ``findings_weight`` is the weight of findings beside the classes. ``members`` is the
    number of networks that are fitted from different starts and answer together. ``augmentation`` says how discs vary
    from pass to pass, None leaves them as they are.
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
            raise UsageError("A grader has at least one member, and findings can't weigh less than nothing.")
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
"""Plans by the name of the grader: ours, one network of it alone and tried otherwise, and the three of the study."""
