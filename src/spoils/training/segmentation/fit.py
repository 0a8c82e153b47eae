"""Fitting a segmentation network: seeded, resumable at every epoch, the same on CPU and GPU."""

from __future__ import annotations

import hashlib
import math
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

from spoils.errors import InputUnreadable, UsageError
from spoils.training.data.slices import (
    Mixture,
    PatchDataset,
    Sample,
    annotated_samples,
    person_of,
    phantom_samples,
    read_index,
    rows_of,
    volume_samples,
)
from spoils.training.data.splits import FOLDS_NAME, N_FOLDS, folds_of_fit, unannotated_folds, write_folds
from spoils.training.disc_table import read_acquisitions
from spoils.training.networks import build_network
from spoils.training.segmentation.module import CHECKPOINT_NAME, PLAN_NAME, SegmentationModule, load_network, steps_done
from spoils.training.segmentation.plan import SegmentationPlan, Shares
from spoils.training.segmentation.self_training import kept_teacher, label_unannotated

__all__ = ["fit_segmentation"]

_ANNOTATED = "annotated"
_VOLUMES = ("bodies-3d", "discs-3d")
_SPIDER = "spider"

Progress = Callable[[str, float], None]

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
        if self._self_labelled is None and shares.self_labelled and done >= _labelling_step(plan):
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
    def __init__(self, progress: Progress, steps: int) -> None:
        self.progress = progress
        self.steps = steps

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        loss = float(trainer.callback_metrics["loss"])
        self.progress(f"step {trainer.global_step}, loss {loss:.3f}", trainer.global_step / self.steps)


def _labelling_step(plan: SegmentationPlan) -> int:
    """Return the optimiser steps after which slices are labelled: the end of an epoch, and not before the first."""
    return plan.steps_per_epoch * max(1, math.ceil(plan.self_training_from * plan.steps / plan.steps_per_epoch))


def training_groups(data: Path, folds: dict[str, int], plan: SegmentationPlan) -> tuple[list[Sample], ...]:
    """Gather annotated slices, volumes and phantoms: every patient outside the held-out folds.

    Raises:
        UsageError: an annotated patient is in no fold.
        InputUnreadable: no annotated slice is there to learn from, or one can't be read.
    """
    held_out = {patient for patient, fold in folds.items() if fold in plan.held_out}
    shares, volumes = plan.shares, list[Sample]()
    annotated = _annotated(data / _ANNOTATED, folds, held_out) if shares.annotated else []
    for name in _VOLUMES if shares.volumes else ():
        # These are volumes of annotated patients: they are held out with their slices.
        volumes += volume_samples(data / name, _volume_patients(data / name) - held_out)
    return annotated, volumes, phantom_samples(plan.phantoms, seed=plan.seed) if shares.phantoms else []


def _annotated(folder: Path, folds: dict[str, int], held_out: set[str]) -> list[Sample]:
    strangers = {person_of(row) for row in read_index(folder)} - {person_of(row) for row in rows_of(folder, folds)}
    if strangers:
        raise UsageError(
            f"Annotated patients in no fold: {len(strangers)}; deal them with 'spoils dataset folds --data DATA'."
        )
    samples = annotated_samples(folder, set(folds) - held_out)
    if not samples:
        raise InputUnreadable(f"{folder.name} holds no slice of a patient outside the folds held out.")
    return samples


def _volume_patients(folder: Path) -> set[str]:
    return {path.name.removesuffix("_labels.nii.gz") for path in folder.glob("*_labels.nii.gz")}


def _unannotated_patients(data: Path, folds: dict[str, int]) -> set[str]:
    """Return SPIDER's patients in ``data`` whom nobody annotated, but for the fold set aside."""
    table = data / _SPIDER / "acquisitions.csv"
    if not table.is_file():
        return set()
    # Whom a researcher has annotated since may be held out.
    named = {patient for patient, fold in unannotated_folds().items() if fold > 0} - set(folds)
    return named & set(read_acquisitions(table))


def _shares_of_what_is_there(data: Path, folds: dict[str, int], shares: Shares) -> Shares:
    """Return the shares without volumes or self-labelled slices where ``data`` has none: they go to the others."""
    volumes = shares.volumes and any(_volume_patients(data / name) for name in _VOLUMES)
    self_labelled = shares.self_labelled and _unannotated_patients(data, folds)
    return replace(
        shares,
        volumes=shares.volumes if volumes else 0,
        self_labelled=shares.self_labelled if self_labelled else 0,
    )


def _report_missing(wanted: Shares, there: Shares, progress: Progress) -> None:
    if wanted.volumes and not there.volumes:
        progress(f"no volumes in {' and '.join(_VOLUMES)}: their share goes to the others", 0.0)
    if wanted.self_labelled and not there.self_labelled:
        progress(f"no unannotated slices in {_SPIDER}: their share goes to the others", 0.0)


def _label_rest(
    data: Path, folds: dict[str, int], out: Path, plan: SegmentationPlan, progress: Progress
) -> list[Sample]:
    """Label SPIDER's unannotated slices with the network as it was when their time had come."""
    teacher = kept_teacher(out, _labelling_step(plan))
    return label_unannotated(data / _SPIDER, _unannotated_patients(data, folds), teacher, progress)


def _initial_weights(start: Path, plan: SegmentationPlan) -> dict[str, Tensor]:
    network = load_network(start) if start.is_dir() else build_network(plan.network, start)
    return network.state_dict()


def _learns_of_patients(plan: SegmentationPlan) -> bool:
    return bool(plan.shares.annotated or plan.shares.volumes or plan.shares.self_labelled)


def _require_unseen(start: Path, plan: SegmentationPlan, folds: dict[str, int]) -> None:
    """Refuse a fit to start from that knows patients whom ``plan`` leaves out."""
    earlier = SegmentationPlan.read(start / PLAN_NAME)
    if not _learns_of_patients(earlier):
        return
    # A fit on phantoms alone is a start for any fold: it leaves everyone out.
    left_out = set(plan.held_out) if _learns_of_patients(plan) else set(range(N_FOLDS))
    if not left_out <= set(earlier.held_out) or folds_of_fit(start) != folds:
        raise UsageError(f"The fit {start.name} has seen patients that this one leaves out.")


def _prepared(out: Path, plan: SegmentationPlan, folds: dict[str, int], start: Path | None) -> SegmentationPlan:
    """Return the plan with the hash of the weights it starts from, if ``out`` is free for it or holds its fit.

    Raises:
        UsageError: ``out`` holds a fit of another plan or other folds, or ``start`` has seen who is left out.
    """
    if start is not None:
        weights = start / CHECKPOINT_NAME if start.is_dir() else start
        plan = replace(plan, start=hashlib.sha256(weights.read_bytes()).hexdigest())
        if start.is_dir():
            _require_unseen(start, plan, folds)
    if (out / PLAN_NAME).is_file():
        if SegmentationPlan.read(out / PLAN_NAME) != plan:
            raise UsageError(f"{out.name} holds a fit of another plan; choose another folder.")
        if folds_of_fit(out) != folds:
            raise UsageError(f"{out.name} holds a fit with other folds of patients; choose another folder.")
    return plan


def _begin(out: Path, plan: SegmentationPlan, folds: dict[str, int]) -> None:
    """Write what decides the fit into its folder; the plan last, for a folder with a plan is a fit."""
    out.mkdir(parents=True, exist_ok=True)
    write_folds(folds, out / FOLDS_NAME)
    plan.write(out / PLAN_NAME)


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
    progress: Progress = _silent,
) -> Path:
    """Fit a network and return its checkpoint; a fit found begun in ``out`` with the same plan goes on.

    Args:
        data: folder with ``annotated``, ``bodies-3d``, ``discs-3d`` and ``spider``. Volumes and SPIDER may be missing:
            the plan then gives them no share.
        folds: fold of each annotated patient.
        out: folder for plan, folds, checkpoint and logs.
        plan: what to fit.
        start: folder of a fit whose averaged weights this one starts from, or file of torchvision's ImageNet weights
            for the encoder.
        progress: called with the stage and the share of the work done. With several devices it is called in another
            process, so it must be a function that can be pickled, not a lambda.

    Raises:
        UsageError: ``out`` holds a fit of another plan or other folds; the weights to start from don't fit the network,
            or have seen patients that this fit leaves out; an annotated patient is in no fold.
        InputUnreadable: ``start`` holds no fit, or its weights can't be read; no annotated slice is there to learn.
    """
    initial = None if start is None else _initial_weights(start, plan)
    there = replace(plan, shares=_shares_of_what_is_there(data, folds, plan.shares))
    wanted, plan, checkpoint = plan.shares, _prepared(out, there, folds, start), out / CHECKPOINT_NAME
    if steps_done(checkpoint) >= plan.steps:
        return checkpoint
    lightning.seed_everything(plan.seed, workers=True, verbose=False)
    progress("reading samples", 0.0)
    _report_missing(wanted, plan.shares, progress)
    groups = training_groups(data, folds, plan)
    _begin(out, plan, folds)
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
            _Report(progress, plan.steps),
        ],
        logger=[CSVLogger(out, name="", version="log"), TensorBoardLogger(out, name="", version="log")],
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    trainer.fit(
        module,
        datamodule=PatchData(groups, plan, partial(_label_rest, data, folds, out, plan, progress)),
        ckpt_path=checkpoint if checkpoint.is_file() else None,
        weights_only=True,
    )
    return checkpoint
