"""Fitting of a segmentation network.

A fit is seeded, can be resumed after every epoch, and runs the same way on CPU and GPU.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import cast

import lightning
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy
from torch import Tensor
from torch.utils.data import DataLoader

from spoils.errors import InputUnreadable, UsageError
from spoils.training.data import (
    ANNOTATED,
    FOLDS_NAME,
    N_FOLDS,
    SPIDER,
    SPIDER_SPACE,
    folds_of_fit,
    person_of,
    read_acquisitions,
    read_index,
    rows_of,
    space_folds,
    unannotated_folds,
    write_folds,
)
from spoils.training.networks import ReportSteps, build_network
from spoils.training.progress import Progress, no_progress, part
from spoils.training.segmentation.module import CHECKPOINT_NAME, PLAN_NAME, SegmentationModule, load_network, steps_done
from spoils.training.segmentation.patches import Mixture, PatchDataset
from spoils.training.segmentation.plan import SegmentationPlan, Shares
from spoils.training.segmentation.samples import (
    Sample,
    annotated_samples,
    phantom_samples,
    space_samples,
    volume_samples,
)
from spoils.training.segmentation.self_training import kept_teacher, label_unannotated

__all__ = ["fit_segmentation"]

_log = logging.getLogger(__name__)

_VOLUMES = ("bodies-3d", "discs-3d")


_LONGEST_WAIT = timedelta(hours=2)
"""How long devices wait for the one that labels slices. The default of a process group is too short for that."""


class PatchData(lightning.LightningDataModule):
    """Patches of one fit: ``plan.batch`` for each device in every step, with a new seed in every epoch.

    ``label_slices`` returns the self-labelled slices. It is called on one device, which sends them to the others.
    """

    def __init__(
        self, groups: Sequence[Sequence[Sample]], plan: SegmentationPlan, label_slices: Callable[[], list[Sample]]
    ) -> None:
        super().__init__()
        self.groups = groups
        self.plan = plan
        self.label_slices = label_slices
        self._self_labelled: list[Sample] | None = None

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor, Tensor]]:
        plan, shares = self.plan, self.plan.shares
        trainer = cast("lightning.Trainer", self.trainer)  # set before Lightning requests patches
        done = trainer.global_step
        if self._self_labelled is None and shares.self_labelled and done >= _labelling_step(plan):
            labelled = self.label_slices() if trainer.is_global_zero else None
            self._self_labelled = trainer.strategy.broadcast(labelled)
        mixture = Mixture(
            (*self.groups, self._self_labelled or ()),
            (shares.annotated, shares.volumes, shares.phantoms, shares.spider_space, shares.self_labelled),
        )
        # Lightning distributes the patches over the devices, so that each processes one batch in every step.
        length = trainer.world_size * plan.batch * min(plan.steps_per_epoch, plan.steps - done)
        patches = PatchDataset(
            mixture,
            length=length,
            shape=plan.patch,
            seed=(plan.seed, trainer.current_epoch),
            augmentation=plan.augmentation,
        )
        return DataLoader(patches, batch_size=plan.batch, num_workers=plan.workers)


def _labelling_step(plan: SegmentationPlan) -> int:
    """Return the optimiser steps after which slices are labelled: always the end of an epoch."""
    return plan.steps_per_epoch * max(1, math.ceil(plan.self_training_from * plan.steps / plan.steps_per_epoch))


def training_groups(data: Path, folds: dict[str, int], plan: SegmentationPlan) -> tuple[list[Sample], ...]:
    """Return the samples of every source but the self-labelled one, without patients of the held-out folds.

    Returns:
        Annotated slices, slices of volumes, phantoms, and slices of ``spider-space``.

    Raises:
        UsageError: an annotated patient is in no fold.
        InputUnreadable: there is no annotated slice to learn from, or one can't be read.
    """
    held_out = {patient for patient, fold in folds.items() if fold in plan.held_out}
    shares, volumes = plan.shares, list[Sample]()
    annotated = _annotated(data / ANNOTATED, folds, held_out) if shares.annotated else []
    for name in _VOLUMES if shares.volumes else ():
        # The volumes are of annotated patients, so they are held out with the slices of these.
        volumes += volume_samples(data / name, _volume_patients(data / name) - held_out)
    phantoms = phantom_samples(plan.phantoms, seed=plan.seed) if shares.phantoms else []
    return annotated, volumes, phantoms, _space(data, folds, plan) if shares.spider_space else []


def _space(data: Path, folds: dict[str, int], plan: SegmentationPlan) -> list[Sample]:
    return space_samples(data / SPIDER_SPACE, _space_patients(data, folds) - _held_out_of_space(data, folds, plan))


def _space_patients(data: Path, folds: dict[str, int]) -> set[str]:
    """Return the patients of ``spider-space`` in a fold, except those who are set aside from every fit."""
    set_aside = {patient for patient, fold in unannotated_folds().items() if fold == 0}
    return set(space_folds(data, folds)) - set_aside


def _held_out_of_space(data: Path, folds: dict[str, int], plan: SegmentationPlan) -> set[str]:
    """Return the patients of ``spider-space`` that this plan holds out, with all their slices."""
    if not plan.shares.spider_space:
        return set()
    return {patient for patient, fold in space_folds(data, folds).items() if fold in plan.held_out}


def _annotated(folder: Path, folds: dict[str, int], held_out: set[str]) -> list[Sample]:
    without_fold = {person_of(row) for row in read_index(folder)} - {person_of(row) for row in rows_of(folder, folds)}
    if without_fold:
        raise UsageError(
            f"Annotated patients in no fold: {len(without_fold)}."
            " Run 'spoils dataset folds --data DATA' to assign them."
        )
    samples = annotated_samples(folder, set(folds) - held_out)
    if not samples:
        raise InputUnreadable(f"{folder.name} holds no slice of a patient outside the folds held out.")
    return samples


def _volume_patients(folder: Path) -> set[str]:
    return {path.name.removesuffix("_labels.nii.gz") for path in folder.glob("*_labels.nii.gz")}


def _unannotated_patients(data: Path, folds: dict[str, int], plan: SegmentationPlan) -> set[str]:
    """Return SPIDER's patients in ``data`` without annotation, except those left out of all fits or of this one."""
    table = data / SPIDER / "acquisitions.csv"
    if not table.is_file():
        return set()
    # A patient that was annotated later may be in a held-out fold.
    named = {patient for patient, fold in unannotated_folds().items() if fold > 0} - set(folds)
    return (named & set(read_acquisitions(table))) - _held_out_of_space(data, folds, plan)


def _shares_of_what_is_there(data: Path, folds: dict[str, int], plan: SegmentationPlan) -> Shares:
    """Return the shares, with zero for volumes, self-labelled slices or ``spider-space`` if ``data`` has none."""
    shares = plan.shares
    volumes = shares.volumes and any(_volume_patients(data / name) for name in _VOLUMES)
    self_labelled = shares.self_labelled and _unannotated_patients(data, folds, plan)
    return replace(
        shares,
        volumes=shares.volumes if volumes else 0,
        self_labelled=shares.self_labelled if self_labelled else 0,
        spider_space=shares.spider_space if shares.spider_space and _space_patients(data, folds) else 0,
    )


def _warn_of_missing(wanted: Shares, there: Shares) -> None:
    if wanted.volumes and not there.volumes:
        _log.warning("No volumes in %s: their share goes to the other samples.", " and ".join(_VOLUMES))
    if wanted.spider_space and not there.spider_space:
        _log.warning("No slices in %s: their share goes to the other samples.", SPIDER_SPACE)
    if wanted.self_labelled and not there.self_labelled:
        _log.warning("No unannotated slices in %s: their share goes to the other samples.", SPIDER)


def _label_unannotated(
    data: Path, folds: dict[str, int], out: Path, plan: SegmentationPlan, progress: Progress
) -> list[Sample]:
    """Label SPIDER's unannotated slices with the network as it was at the labelling step."""
    step = _labelling_step(plan)
    teacher = kept_teacher(out, step)
    shown = part(progress, step / plan.steps, step / plan.steps)
    return label_unannotated(data / SPIDER, _unannotated_patients(data, folds, plan), teacher, shown)


def _initial_weights(start: Path, plan: SegmentationPlan) -> dict[str, Tensor]:
    network = load_network(start) if start.is_dir() else build_network(plan.network, start)
    return network.state_dict()


def _learns_of_patients(plan: SegmentationPlan) -> bool:
    shares = plan.shares
    return bool(shares.annotated or shares.volumes or shares.self_labelled or shares.spider_space)


def _require_unseen(start: Path, plan: SegmentationPlan, folds: dict[str, int]) -> None:
    """Check that the fit to start from has not seen patients that ``plan`` holds out."""
    earlier = SegmentationPlan.read(start / PLAN_NAME)
    if not _learns_of_patients(earlier):
        return
    # A fit on phantoms alone has seen no patient, and counts as holding out every fold.
    left_out = set(plan.held_out) if _learns_of_patients(plan) else set(range(N_FOLDS))
    # A fit without spider-space labelled other slices of patients that one with it holds out.
    labelled = bool(plan.held_out and plan.shares.spider_space and not earlier.shares.spider_space)
    if labelled or not left_out <= set(earlier.held_out) or folds_of_fit(start) != folds:
        raise UsageError(f"The fit {start.name} has seen patients that this one leaves out.")


def _prepared(out: Path, plan: SegmentationPlan, folds: dict[str, int], start: Path | None) -> SegmentationPlan:
    """Return the plan with the hash of its initial weights, after checking that ``out`` is empty or holds this fit.

    Raises:
        UsageError: ``out`` holds a fit of another plan or of other folds, or ``start`` has seen held-out patients.
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
    """Write folds and plan into the folder of the fit. The plan comes last: a folder with a plan is a fit."""
    out.mkdir(parents=True, exist_ok=True)
    write_folds(folds, out / FOLDS_NAME)
    plan.write(out / PLAN_NAME)


def _strategy(devices: int) -> DDPStrategy | str:
    """Return Lightning's strategy for this number of devices.

    Several devices run in processes that end with the fit, so that later steps, such as registering, run once.
    """
    return "auto" if devices == 1 else DDPStrategy(start_method="spawn", timeout=_LONGEST_WAIT)


def fit_segmentation(  # noqa: PLR0913 - what a fit needs, each named at every call
    data: Path,
    folds: dict[str, int],
    out: Path,
    plan: SegmentationPlan,
    *,
    start: Path | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Fit a network and return its checkpoint. An unfinished fit of the same plan in ``out`` is resumed.

    Args:
        data: folder with ``annotated``, ``bodies-3d``, ``discs-3d``, ``spider`` and ``spider-space``. All but the first
            may be missing; their share then goes to the other samples.
        folds: fold of each annotated patient.
        out: folder for plan, folds, checkpoint and logs.
        plan: what to fit.
        start: initial weights: the folder of another fit, or a file of torchvision's ImageNet weights.
        progress: called after every batch. With several devices it is called in another process, so it must be
            picklable.

    Raises:
        UsageError: ``out`` holds a fit of another plan or of other folds; the initial weights don't fit the network or
            have seen held-out patients; an annotated patient is in no fold.
        InputUnreadable: ``start`` holds no fit or unreadable weights; there is no annotated slice to learn from.
    """
    initial = None if start is None else _initial_weights(start, plan)
    there = replace(plan, shares=_shares_of_what_is_there(data, folds, plan))
    wanted, plan, checkpoint = plan.shares, _prepared(out, there, folds, start), out / CHECKPOINT_NAME
    if steps_done(checkpoint) >= plan.steps:
        return checkpoint
    lightning.seed_everything(plan.seed, workers=True, verbose=False)
    progress("reading samples", 0.0)
    _warn_of_missing(wanted, plan.shares)
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
            ReportSteps(progress, plan.steps),
        ],
        logger=[CSVLogger(out, name="", version="log"), TensorBoardLogger(out, name="", version="log")],
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    trainer.fit(
        module,
        datamodule=PatchData(groups, plan, partial(_label_unannotated, data, folds, out, plan, progress)),
        ckpt_path=checkpoint if checkpoint.is_file() else None,
        weights_only=True,
    )
    return checkpoint
