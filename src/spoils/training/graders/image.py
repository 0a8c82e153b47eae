"""Fitting the image grader: ordinal targets, balanced classes, averaged weights; one fit takes about a minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import lightning
import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from lightning.pytorch.callbacks import EMAWeightAveraging
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import ModelMismatch, UsageError
from spoils.grading import GRADES, SEVERITIES, grade_of, severity_of
from spoils.training.graders.augmentation import DiscAugmentation, augmented
from spoils.training.graders.disc_net import DiscNet, DiscNetConfig, MirroredProbabilities
from spoils.training.onnx_files import forget_origin
from spoils.training.optimisation import adamw_one_cycle

__all__ = ["IMAGE_TOLERANCE", "ImagePlan", "export_image", "fit_image", "image_probabilities", "ordinal_targets"]

IMAGE_TOLERANCE = 1e-4
"""Largest accepted difference of any class probability between PyTorch and ONNX Runtime."""

_OPSET = 18


@dataclass(frozen=True)
class ImagePlan:
    """Everything that decides a fit of the image grader.

    ``grade_reach`` and ``severity_reach`` say how far a target spreads over neighbouring grades and severities: readers
    differ by one grade all the time, by two hardly ever. ``balance`` is the power with which rare classes weigh more.
    """

    epochs: int = 80
    batch: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 2e-2
    warm_up: float = 0.15
    averaging: float = 0.99
    grade_reach: float = 0.45
    severity_reach: float = 0.5
    balance: float = 0.3
    widths: tuple[int, ...] = (24, 24, 48, 96)
    dropout: float = 0.3
    augmentation: DiscAugmentation = field(default_factory=DiscAugmentation)

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 2 or self.grade_reach <= 0 or self.severity_reach <= 0:
            raise UsageError("An image fit needs epochs, batches of two or more, and a positive reach of its targets.")


def ordinal_targets(grade_reach: float, severity_reach: float) -> npt.NDArray[np.float32]:
    """Return the target distribution of each class, (11, 11): most on itself, some on its neighbours in both orders.

    >>> ordinal_targets(0.4, 0.4).argmax(axis=1).tolist() == list(range(11))
    True
    """
    grades = np.array([grade_of(label) for label in GRADE_CLASSES])
    severities = np.array([SEVERITIES.index(severity_of(label)) for label in GRADE_CLASSES])
    apart = ((grades[:, None] - grades) / grade_reach) ** 2 + ((severities[:, None] - severities) / severity_reach) ** 2
    spread = np.exp(-apart / 2)
    return np.asarray(spread / spread.sum(axis=1, keepdims=True), dtype=np.float32)


def _class_weights(classes: npt.NDArray[np.intp], balance: float) -> npt.NDArray[np.float32]:
    """Return a weight for each class, (11,), one on average over the discs; an unseen class weighs nothing."""
    counts = np.bincount(classes, minlength=len(GRADE_CLASSES)).astype(np.float64)
    weights = np.where(counts > 0, np.maximum(counts, 1) ** -balance, 0.0)
    return np.asarray(weights / (weights[classes].mean()), dtype=np.float32)


class ImageModule(lightning.LightningModule):
    """Network, loss, augmentation and optimiser of one fit.

    The loss is cross entropy against ordinal targets, over the classes and once more over the Pfirrmann grades alone.
    """

    targets: Tensor
    weights: Tensor
    to_grade: Tensor

    def __init__(self, plan: ImagePlan, channels: int, classes: npt.NDArray[np.intp], seed: int) -> None:
        super().__init__()
        self.plan = plan
        self.network = DiscNet(DiscNetConfig(channels, plan.widths, plan.dropout))
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing from torch's stubs
        self.generator = torch.Generator().manual_seed(seed)
        self.steps = plan.epochs * max(1, len(classes) // plan.batch)
        to_grade = [[float(grade_of(label) == grade) for grade in GRADES] for label in GRADE_CLASSES]
        constants = {
            "targets": torch.from_numpy(ordinal_targets(plan.grade_reach, plan.severity_reach)),
            "weights": torch.from_numpy(_class_weights(classes, plan.balance)),
            "to_grade": torch.tensor(to_grade),
        }
        for name, constant in constants.items():
            self.register_buffer(name, constant)

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of a batch of discs (batch, channel, row, column) and class indices (batch,)."""
        discs, classes = batch
        varied = augmented(discs, self.plan.augmentation, self.generator).to(memory_format=torch.channels_last)
        log_probabilities = self.network(varied).float().log_softmax(dim=1)
        target = self.targets[classes]
        by_class = -(target * log_probabilities).sum(dim=1)
        by_grade = -((target @ self.to_grade) * (log_probabilities.exp() @ self.to_grade).log()).sum(dim=1)
        loss: Tensor = (self.weights[classes] * (by_class + by_grade)).mean()
        self.log("loss", loss, on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return AdamW with a one-cycle schedule."""
        return adamw_one_cycle(self.parameters(), self.plan, self.steps)


def fit_image(
    images: npt.NDArray[np.float32],
    classes: npt.NDArray[np.intp],
    plan: ImagePlan,
    *,
    seed: int,
) -> DiscNet:
    """Fit a network on images (discs, channel, row, column) and class indices (discs,), always the same for a seed.

    Raises:
        UsageError: there are fewer discs than a batch holds.
    """
    if len(images) < plan.batch:
        raise UsageError(f"{len(images)} discs don't fill a batch of {plan.batch}.")
    lightning.seed_everything(seed, workers=True, verbose=False)
    module = ImageModule(plan, images.shape[1], classes, seed)
    discs = TensorDataset(torch.from_numpy(images), torch.from_numpy(classes.astype(np.int64)))
    shuffle = torch.Generator().manual_seed(seed)
    trainer = lightning.Trainer(
        max_epochs=plan.epochs,
        accelerator="cpu",
        precision="bf16-mixed",
        callbacks=[EMAWeightAveraging(decay=plan.averaging)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        gradient_clip_val=5.0,
    )
    loader = DataLoader(discs, plan.batch, shuffle=True, drop_last=True, generator=shuffle)
    trainer.fit(module, loader)
    network: DiscNet = module.network.float().eval()
    return network


def image_probabilities(network: DiscNet, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return class probabilities (discs, 11) of images (discs, channel, row, column), as the shipped grader would."""
    with torch.inference_mode():
        found = MirroredProbabilities(network).eval()(torch.from_numpy(images)).numpy()
    return np.asarray(found, dtype=np.float64)


def export_image(network: DiscNet, images: npt.NDArray[np.float32], path: Path) -> float:
    """Write a network as ONNX from ``discs`` (discs, channel, row, column) to ``probabilities`` (discs, 11).

    Returns:
        The largest difference to PyTorch on ``images``.

    Raises:
        ModelMismatch: the difference is above ``IMAGE_TOLERANCE``.
    """
    torch.onnx.export(
        MirroredProbabilities(network).eval(),
        (torch.from_numpy(images[:2]),),
        path,
        input_names=["discs"],
        output_names=["probabilities"],
        dynamic_shapes={"discs": {0: torch.export.Dim("count")}},
        opset_version=_OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    forget_origin(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(["probabilities"], {"discs": images})[0]
    difference = float(np.abs(found - image_probabilities(network, images)).max())
    if difference > IMAGE_TOLERANCE:
        raise ModelMismatch(f"The exported image grader differs from the fitted one by {difference:.1e}.")
    return difference
