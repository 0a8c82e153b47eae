"""Fitting a segmentation network: seeded, resumable at every epoch, the same on CPU and GPU."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import cast

import lightning
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy
from torch import Tensor
from torch.utils.data import DataLoader

from spoils.errors import UsageError
from spoils.training.folds import unannotated_folds
from spoils.training.networks import build_network
from spoils.training.segmentation_data import (
    Mixture,
    PatchDataset,
    Sample,
    annotated_samples,
    phantom_samples,
    volume_samples,
)
from spoils.training.segmentation_module import CHECKPOINT_NAME, PLAN_NAME, SegmentationModule, load_network, steps_done
from spoils.training.segmentation_plan import SegmentationPlan
from spoils.training.self_training import label_unannotated

__all__ = ["fit_segmentation"]

Tell = Callable[[str, float], None]

_LONGEST_WAIT = timedelta(hours=2)
"""The other devices wait while one labels slices: minutes, but more than a process group waits by itself."""


def _silent(stage: str, done: float) -> None:
    """Take a report and show nothing."""


class PatchData(lightning.LightningDataModule):
    """Patches, seeded anew for every epoch, ``plan.batch`` for each device in every step.

    ``label_rest`` gives the self-labelled slices when their time has come. One device asks it, the others are told.
    """

    def __init__(
        self, groups: Sequence[Sequence[Sample]], plan: SegmentationPlan, label_rest: Callable[[], list[Sample]]
    ) -> None:
        super().__init__()
        self.groups = groups
        self.plan = plan
        self.label_rest = label_rest
        self._self_labelled: list[Sample] | None = None

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor, Tensor]]:
        plan, shares = self.plan, self.plan.shares
        trainer = cast("lightning.Trainer", self.trainer)  # set before Lightning asks for patches
        done = trainer.global_step
        if (
            self._self_labelled is None
            and shares.self_labelled
            and done
            and done >= plan.self_training_from * plan.steps
        ):
            labelled = self.label_rest() if trainer.is_global_zero else None
            self._self_labelled = trainer.strategy.broadcast(labelled)
        mixture = Mixture(
            (*self.groups, self._self_labelled or ()),
            (shares.annotated, shares.volumes, shares.phantoms, shares.self_labelled),
        )
        # Lightning deals the patches to the devices in turn, so each gets a batch of its own in every step.
        length = trainer.world_size * plan.batch * min(plan.steps_per_epoch, plan.steps - done)
        patches = PatchDataset(mixture, length=length, shape=plan.patch, seed=(plan.seed, trainer.current_epoch))
        return DataLoader(patches, batch_size=plan.batch, num_workers=plan.workers)


class _Report(Callback):
    def __init__(self, tell: Tell, steps: int) -> None:
        self.tell = tell
        self.steps = steps

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        loss = float(trainer.callback_metrics["loss"])
        self.tell(f"step {trainer.global_step}, loss {loss:.3f}", trainer.global_step / self.steps)


def training_groups(data: Path, folds: dict[str, int], plan: SegmentationPlan) -> tuple[list[Sample], ...]:
    """Gather annotated slices, volumes and phantoms: every patient outside the held-out folds."""
    held_out = {patient for patient, fold in folds.items() if fold in plan.held_out}
    shares, volumes = plan.shares, list[Sample]()
    annotated = annotated_samples(data / "annotated", set(folds) - held_out) if shares.annotated else []
    for name in ("bodies-3d", "discs-3d") if shares.volumes else ():
        # These are volumes of annotated patients: they are held out with their slices.
        patients = {p.name.removesuffix("_labels.nii.gz") for p in (data / name).glob("*_labels.nii.gz")}
        volumes += volume_samples(data / name, patients - held_out)
    return annotated, volumes, phantom_samples(plan.phantoms, seed=plan.seed) if shares.phantoms else []


def _label_rest(data: Path, out: Path, tell: Tell) -> list[Sample]:
    """Label SPIDER's unannotated slices, but for the fold set aside, with the network of the last checkpoint."""
    patients = {patient for patient, fold in unannotated_folds().items() if fold > 0}
    return label_unannotated(data / "spider", patients, out, tell)


def _initial_weights(start: Path, plan: SegmentationPlan) -> dict[str, Tensor]:
    network = load_network(start) if start.is_dir() else build_network(plan.network, start)
    return network.state_dict()


def _prepare(out: Path, plan: SegmentationPlan, start: Path | None) -> SegmentationPlan:
    """Write the plan into ``out`` and return it with the hash of the weights it starts from.

    Raises:
        UsageError: ``out`` holds a fit of another plan.
    """
    out.mkdir(parents=True, exist_ok=True)
    if start is not None:
        weights = start / CHECKPOINT_NAME if start.is_dir() else start
        plan = replace(plan, start=hashlib.sha256(weights.read_bytes()).hexdigest())
    path = out / PLAN_NAME
    if path.is_file() and SegmentationPlan.read(path) != plan:
        raise UsageError(f"{out.name} holds a fit of another plan; choose another folder.")
    plan.write(path)
    return plan


def _strategy(devices: int) -> DDPStrategy | str:
    """Return how to share a fit among devices.

    Several are processes that live only as long as the fit: what comes before and after it, such as registering a
    model, happens once.
    """
    return "auto" if devices == 1 else DDPStrategy(start_method="spawn", timeout=_LONGEST_WAIT)


def fit_segmentation(  # noqa: PLR0913 - what a fit needs, each named at every call
    data: Path,
    folds: dict[str, int],
    out: Path,
    plan: SegmentationPlan,
    *,
    start: Path | None = None,
    tell: Tell = _silent,
) -> Path:
    """Fit a network and return its checkpoint; a fit found begun in ``out`` with the same plan goes on.

    Args:
        data: folder with ``annotated``, ``bodies-3d``, ``discs-3d`` and ``spider``.
        folds: fold of each annotated patient.
        out: folder for plan, checkpoint and logs.
        plan: what to fit.
        start: folder of a fit whose averaged weights this one starts from, or file of torchvision's ImageNet weights
            for the encoder.
        tell: told the stage and the share done. With several devices it is called in another process, so it must be a
            function that can be sent there, not a lambda.

    Raises:
        UsageError: ``out`` holds a fit of another plan, or the weights to start from don't fit the network.
        InputUnreadable: ``start`` holds no fit, or the weights can't be read.
    """
    initial = None if start is None else _initial_weights(start, plan)
    plan, checkpoint = _prepare(out, plan, start), out / CHECKPOINT_NAME
    if steps_done(checkpoint) >= plan.steps:
        return checkpoint
    lightning.seed_everything(plan.seed, workers=True, verbose=False)
    tell("reading samples", 0.0)
    groups = training_groups(data, folds, plan)
    module = SegmentationModule(plan)
    if initial is not None:
        module.network.load_state_dict(initial)
    trainer = lightning.Trainer(
        max_steps=plan.steps,
        precision="bf16-mixed",
        devices=plan.devices,
        strategy=_strategy(plan.devices),
        reload_dataloaders_every_n_epochs=1,
        gradient_clip_val=5.0,
        callbacks=[
            ModelCheckpoint(
                out, Path(CHECKPOINT_NAME).stem, enable_version_counter=False, save_on_train_epoch_end=True
            ),
            _Report(tell, plan.steps),
        ],
        logger=[CSVLogger(out, name="", version="log"), TensorBoardLogger(out, name="", version="log")],
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    trainer.fit(
        module,
        datamodule=PatchData(groups, plan, partial(_label_rest, data, out, tell)),
        ckpt_path=checkpoint if checkpoint.is_file() else None,
        weights_only=True,
    )
    return checkpoint
