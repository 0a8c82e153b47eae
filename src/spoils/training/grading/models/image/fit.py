"""Fitting of the networks of an image grader: ordinal targets, balanced classes and averaged weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lightning
import numpy as np
import numpy.typing as npt
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, TensorDataset

from spoils.errors import UsageError
from spoils.grading import FINDINGS
from spoils.training.grading.models.augmentation import augmented
from spoils.training.grading.models.image.loss import GradingLoss
from spoils.training.grading.models.image.networks import build_image_network
from spoils.training.grading.models.image.networks.network import GradingNetwork, ShippedNetwork
from spoils.training.grading.models.image.plan import ImagePlan
from spoils.training.grading.models.image.pretraining import pretrain
from spoils.training.networks import adamw_one_cycle, run_epochs
from spoils.training.progress import Progress, no_progress, part, turn

__all__ = ["ImageExamples", "fit_network"]


@dataclass(frozen=True, eq=False)
class ImageExamples:
    """What a network learns from.

    Attributes:
        images: float32 (discs, channel, row, column).
        classes: index into ``GRADE_CLASSES`` of each disc, (discs,).
        findings: which of ``FINDINGS`` each disc has, (discs, 6); None if unknown.
        patients: patient of each disc, (discs,); None treats every disc as a patient of its own.
        ungraded: further discs (n, channel, row, column) for pretraining.

    Raises:
        UsageError: the parts do not fit each other.
    """

    images: npt.NDArray[np.float32]
    classes: npt.NDArray[np.intp]
    findings: npt.NDArray[np.bool_] | None = None
    patients: npt.NDArray[np.str_] | None = None
    ungraded: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        count = len(self.images)
        if len(self.classes) != count or (self.patients is not None and len(self.patients) != count):
            raise UsageError("Images, classes and patients do not hold the same number of discs.")
        if self.findings is not None and self.findings.shape != (count, len(FINDINGS)):
            raise UsageError(f"Each disc has {len(FINDINGS)} findings.")
        if self.ungraded is not None and self.ungraded.shape[1:] != self.images.shape[1:]:
            raise UsageError("Ungraded discs have another size than graded ones.")

    @property
    def patient_numbers(self) -> npt.NDArray[np.intp]:
        """A number for each disc's patient, (discs,), counted from zero."""
        if self.patients is None:
            return np.arange(len(self.images))
        return np.asarray(np.unique(self.patients, return_inverse=True)[1], dtype=np.intp)

    @property
    def tensors(self) -> TensorDataset:
        """Images, classes, findings (discs, 0 or 6) and numbers of patients."""
        known = np.zeros((len(self.images), 0), dtype=bool) if self.findings is None else self.findings
        return TensorDataset(
            torch.from_numpy(self.images),
            torch.from_numpy(self.classes.astype(np.int64)),
            torch.from_numpy(known.astype(np.float32)),
            torch.from_numpy(self.patient_numbers.astype(np.int64)),
        )


class PatientBatches(Sampler[list[int]]):
    """Batches of about ``size`` discs of whole patients, shuffled in each epoch. An incomplete last batch is left out.

    Raises:
        UsageError: there are fewer discs than a batch holds.
    """

    def __init__(self, patients: npt.NDArray[np.intp], size: int, seed: int) -> None:
        if len(patients) < size:
            raise UsageError(f"{len(patients)} discs don't fill a batch of {size}.")
        self.of_patient = [np.flatnonzero(patients == patient) for patient in np.unique(patients)]
        self.per_batch = min(len(self.of_patient), max(1, round(size * len(self.of_patient) / len(patients))))
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return len(self.of_patient) // self.per_batch

    def __iter__(self) -> Iterator[list[int]]:
        order = torch.randperm(len(self.of_patient), generator=self.generator).tolist()
        for batch in range(len(self)):
            chosen = order[batch * self.per_batch : (batch + 1) * self.per_batch]
            yield [int(disc) for patient in chosen for disc in self.of_patient[patient]]


class ImageModule(lightning.LightningModule):
    """Network, loss, augmentation and optimiser of one fit over ``steps`` batches."""

    def __init__(self, network: GradingNetwork, loss: GradingLoss, plan: ImagePlan, *, steps: int, seed: int) -> None:
        super().__init__()
        self.network = network
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing from torch's stubs
        self.loss = loss
        self.plan = plan
        self.steps = steps
        self.generator = torch.Generator().manual_seed(seed)

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
        """Return the loss of a batch of discs, class indices, findings and numbers of patients."""
        discs, classes, findings, patients = batch
        taken_together = patients if self.plan.in_context else None
        varied = augmented(discs, self.plan.augmentation, self.generator, taken_together)
        scores = self.network(varied.to(memory_format=torch.channels_last), patients)
        loss: Tensor = self.loss(scores, classes, findings)
        self.log("loss", loss, on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return AdamW with a one-cycle schedule."""
        return adamw_one_cycle(self.parameters(), self.plan, self.steps)


def fit_network(
    examples: ImageExamples,
    plan: ImagePlan,
    *,
    seed: int,
    encoder_weights: Path | None = None,
    progress: Progress = no_progress,
) -> ShippedNetwork:
    """Fit the members of a grader. The same seed gives the same members, each with its own initial weights.

    Args:
        examples: what to learn from.
        plan: architecture, loss and schedule.
        seed: seed of all random numbers.
        encoder_weights: ImageNet weights to start from; MobileNetV2 only.
        progress: called after every batch.

    Raises:
        UsageError: there are fewer discs than a batch holds, or the weights do not fit.
        InputUnreadable: the weights can't be read.
    """
    seeds = [seed * plan.members + member for member in range(plan.members)]
    members = [
        _fit_member(examples, plan, one, encoder_weights, turn(progress, number, len(seeds)))
        for number, one in enumerate(seeds)
    ]
    return ShippedNetwork(members)


def _fit_member(
    examples: ImageExamples, plan: ImagePlan, seed: int, encoder_weights: Path | None, progress: Progress
) -> GradingNetwork:
    patients = examples.patient_numbers if plan.in_context else np.arange(len(examples.images))
    batches = PatientBatches(patients, plan.batch, seed)
    lightning.seed_everything(seed, workers=True, verbose=False)
    config = plan.network(channels=examples.images.shape[1], findings=examples.findings is not None)
    network = build_image_network(config, encoder_weights)
    fitting = progress
    if plan.pretraining is not None:
        pretraining_share = plan.pretraining.epochs / (plan.pretraining.epochs + plan.epochs)
        fitting = part(progress, pretraining_share, 1.0)
        known = [images for images in (examples.images, examples.ungraded) if images is not None]
        images = np.concatenate(known)
        pretrain(network.trunk, images, plan, seed=seed, progress=part(progress, 0.0, pretraining_share))
    loss = GradingLoss(plan, examples.classes)
    module = ImageModule(network, loss, plan, steps=plan.epochs * len(batches), seed=seed)
    data = DataLoader(examples.tensors, batch_sampler=batches)
    run_epochs(module, data, plan.epochs, averaging=plan.averaging, progress=fitting)
    return module.network.float()
