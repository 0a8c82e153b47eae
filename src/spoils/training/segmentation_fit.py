"""Fitting a segmentation network: seeded, resumable at every epoch, the same on CPU and GPU."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.utils.data import DataLoader

from spoils.errors import InputUnreadable, UsageError
from spoils.training.losses import SegmentationLoss
from spoils.training.networks import DeepLabConfig, DeepLabV3Plus
from spoils.training.optimisation import adamw_one_cycle
from spoils.training.segmentation_data import (
    Mixture,
    PatchDataset,
    Sample,
    annotated_samples,
    phantom_samples,
    volume_samples,
)

__all__ = ["SegmentationPlan", "fit_segmentation", "load_network"]

N_FOLDS = 8
CHECKPOINT_NAME = "last.ckpt"
PLAN_NAME = "plan.json"


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Turn JSON's lists back into the tuples they were."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


@dataclass(frozen=True)
class SegmentationPlan:
    """Everything that decides a fit; written beside its weights.

    ``held_out`` are folds whose patients the fit never sees. ``shares`` weigh annotated slices, volumes with one kind
    of structure drawn, and phantoms.
    """

    held_out: tuple[int, ...] = (0, 1)
    steps: int = 4000
    batch: int = 8
    patch: tuple[int, int] = (384, 224)
    learning_rate: float = 1.5e-3
    weight_decay: float = 1e-2
    warm_up: float = 0.05
    averaging: float = 0.998
    steps_per_epoch: int = 100
    phantoms: int = 160
    shares: tuple[float, float, float] = (0.68, 0.14, 0.18)
    network: DeepLabConfig = field(default_factory=lambda: DeepLabConfig(width=32))
    seed: int = 0
    workers: int = 1
    devices: int = 1

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < 1 or self.steps_per_epoch < 1:
            raise UsageError("Steps, batch and steps an epoch must be at least 1.")
        if not set(self.held_out) < set(range(N_FOLDS)):
            raise UsageError(f"Held-out folds are some, not all, of 0 to {N_FOLDS - 1}.")

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> SegmentationPlan:
        """Read a plan written by ``write``.

        Raises:
            InputUnreadable: the file is missing or not such a plan.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            network = DeepLabConfig(**_with_tuples(values.pop("network")))
            return cls(network=network, **_with_tuples(values))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputUnreadable(f"The plan {path.name} of this fit can't be read: {error}.") from error


class SegmentationModule(lightning.LightningModule):
    """Network, loss and optimiser of one fit."""

    def __init__(self, plan: SegmentationPlan) -> None:
        super().__init__()
        self.plan = plan
        self.network = DeepLabV3Plus(plan.network)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing from torch's stubs
        self.loss = SegmentationLoss()

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        image, labels, unlabelled = batch
        scores = self.network(image.to(memory_format=torch.channels_last))
        loss: Tensor = self.loss(scores, labels, unlabelled)
        self.log("loss", loss, on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self) -> OptimizerLRScheduler:
        return adamw_one_cycle(self.parameters(), self.plan, self.plan.steps)


class PatchData(lightning.LightningDataModule):
    """Patches, seeded anew for every epoch."""

    def __init__(self, mixture: Mixture, plan: SegmentationPlan) -> None:
        super().__init__()
        self.mixture = mixture
        self.plan = plan

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor, Tensor]]:
        plan = self.plan
        epoch = self.trainer.current_epoch if self.trainer else 0
        done = epoch * plan.steps_per_epoch
        length = plan.batch * min(plan.steps_per_epoch, plan.steps - done)
        patches = PatchDataset(self.mixture, length=length, shape=plan.patch, seed=(plan.seed, epoch))
        return DataLoader(patches, batch_size=plan.batch, num_workers=plan.workers)


class _Report(Callback):
    def __init__(self, tell: Callable[[str, float], None], steps: int) -> None:
        self.tell = tell
        self.steps = steps

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        loss = float(trainer.callback_metrics["loss"])
        self.tell(f"step {trainer.global_step}, loss {loss:.3f}", trainer.global_step / self.steps)


def training_samples(data: Path, folds: dict[str, int], plan: SegmentationPlan) -> Mixture:
    """Gather the samples of every patient outside the held-out folds."""
    held_out = {patient for patient, fold in folds.items() if fold in plan.held_out}
    annotated = annotated_samples(data / "annotated", set(folds) - held_out)
    volumes: list[Sample] = []
    for name in ("bodies-3d", "discs-3d"):
        # These are volumes of annotated patients: they are held out with their slices.
        patients = {p.name.removesuffix("_labels.nii.gz") for p in (data / name).glob("*_labels.nii.gz")}
        volumes += volume_samples(data / name, patients - held_out)
    phantoms = phantom_samples(plan.phantoms, seed=plan.seed)
    return Mixture((annotated, volumes, phantoms), plan.shares)


def fit_segmentation(
    data: Path,
    folds: dict[str, int],
    out: Path,
    plan: SegmentationPlan,
    tell: Callable[[str, float], None] = lambda stage, done: None,
) -> Path:
    """Fit a network and return its checkpoint; a fit found begun in ``out`` with the same plan goes on.

    Args:
        data: folder with ``annotated``, ``bodies-3d`` and ``discs-3d``.
        folds: fold of each patient.
        out: folder for plan, checkpoint and logs.
        plan: what to fit.
        tell: told the stage and the share done.

    Raises:
        UsageError: ``out`` holds a fit of another plan.
    """
    out.mkdir(parents=True, exist_ok=True)
    plan_path, checkpoint = out / PLAN_NAME, out / CHECKPOINT_NAME
    if plan_path.is_file() and SegmentationPlan.read(plan_path) != plan:
        raise UsageError(f"{out.name} holds a fit of another plan; choose another folder.")
    plan.write(plan_path)
    lightning.seed_everything(plan.seed, workers=True, verbose=False)
    tell("reading samples", 0.0)
    mixture = training_samples(data, folds, plan)
    trainer = lightning.Trainer(
        max_steps=plan.steps,
        precision="bf16-mixed",
        devices=plan.devices,
        reload_dataloaders_every_n_epochs=1,
        gradient_clip_val=5.0,
        callbacks=[
            EMAWeightAveraging(decay=plan.averaging),
            ModelCheckpoint(
                out, Path(CHECKPOINT_NAME).stem, enable_version_counter=False, save_on_train_epoch_end=True
            ),
            _Report(tell, plan.steps),
        ],
        logger=CSVLogger(out, name="", version="log"),
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    trainer.fit(
        SegmentationModule(plan),
        datamodule=PatchData(mixture, plan),
        ckpt_path=checkpoint if checkpoint.is_file() else None,
        weights_only=True,
    )
    return checkpoint


def load_network(out: Path) -> DeepLabV3Plus:
    """Return the averaged network of the fit in ``out``, ready for evaluation.

    Raises:
        InputUnreadable: the folder holds no such fit.
    """
    plan = SegmentationPlan.read(out / PLAN_NAME)
    checkpoint = out / CHECKPOINT_NAME
    if not checkpoint.is_file():
        raise InputUnreadable(f"{out.name} holds no checkpoint yet.")
    module = SegmentationModule(plan)
    module.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"])
    module.eval()
    return module.network
