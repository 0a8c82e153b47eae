"""Cross-validation of the shipped recipe: every patient scored by a network that never saw the patient.

A folder of fits holds ``start`` (phantoms alone, from which every other fit starts), ``fold-0`` to ``fold-7`` (each
without the patients of one fold) and ``all`` (every patient: the one that ships). All follow the same plan. A second
round, in a folder of its own, continues from the fits of the first, fold by fold, so no fit ever learns of the patients
that it leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from spoils.errors import InputUnreadable, UsageError
from spoils.models import ModelRecord
from spoils.segmentation import MODEL_NAME, SegmentationModels
from spoils.training.data.splits import N_FOLDS, folds_of_fit, segmentation_folds
from spoils.training.segmentation.evaluation.evaluate import ANNOTATED, evaluation_document
from spoils.training.segmentation.evaluation.scores import ImageScore, score_left_out
from spoils.training.segmentation.fit import fit_segmentation
from spoils.training.segmentation.models import register_fit
from spoils.training.segmentation.module import CHECKPOINT_NAME, PLAN_NAME, steps_done
from spoils.training.segmentation.out_of_distribution import detector_of_fold
from spoils.training.segmentation.plan import SegmentationPlan
from spoils.training.segmentation.release import measured

__all__ = [
    "ALL",
    "START",
    "cross_validate",
    "evaluate_folds",
    "exported_folds",
    "release_study",
    "score_folds",
]

START = "start"
ALL = "all"
_MODELS = "models"

Progress = Callable[[str, float], None]


def _fold(number: int) -> str:
    return f"fold-{number}"


def cross_validate(  # noqa: PLR0913 - what a study needs, each named at every call
    data: Path,
    out: Path,
    plan: SegmentationPlan,
    progress: Progress,
    *,
    start_steps: int = 500,
    earlier: Path | None = None,
) -> None:
    """Fit the start, the network of each fold and the one of all patients; what is there already goes on or stays.

    Args:
        data: folder of annotated slices, volumes and SPIDER.
        out: folder of the fits.
        plan: the recipe; its held-out folds are replaced.
        progress: called with the fit, its stage and its share done.
        start_steps: steps on phantoms alone.
        earlier: folder of fits from which these go on, instead of from a start on phantoms.

    Raises:
        UsageError: a fit of ``earlier`` has not ended, or left other patients out.
    """
    folds = segmentation_folds(data)
    if earlier is None:
        fit_segmentation(data, folds, out / START, plan.on_phantoms(start_steps), progress=_named(START, progress))
    fits = {_fold(number): (number,) for number in range(N_FOLDS)} | {ALL: ()}
    for name, held_out in fits.items():
        one = replace(plan, held_out=held_out)
        start = out / START if earlier is None else _ended(earlier / name, held_out)
        fit_segmentation(data, folds, out / name, one, start=start, progress=_named(name, progress))


def _ended(fit: Path, held_out: tuple[int, ...]) -> Path:
    """Return the folder of a fit that has ended and left these folds out.

    Raises:
        UsageError: it has not, or left out others.
    """
    plan = SegmentationPlan.read(fit / PLAN_NAME)
    if steps_done(fit / CHECKPOINT_NAME) < plan.steps:
        raise UsageError(f"The fit {fit.name} has not ended yet.")
    if plan.held_out != held_out:
        raise UsageError(f"The fit {fit.name} in {fit.parent.name} left other patients out.")
    return fit


def _named(name: str, progress: Progress) -> Progress:
    return partial(_report_named, name, progress)


def _report_named(name: str, progress: Progress, stage: str, done: float) -> None:
    progress(f"{name}: {stage}", done)


def _fitted_folds(fits: Path) -> list[int]:
    """Return the folds that ``fits`` holds.

    Raises:
        UsageError: one of them is only half fitted.
    """
    folds = [number for number in range(N_FOLDS) if (fits / _fold(number) / PLAN_NAME).is_file()]
    for number in folds:
        _ended(fits / _fold(number), (number,))
    return folds


def exported_folds(fits: Path) -> Iterator[tuple[Path, set[str]]]:
    """Export the network of each fold where need be, and yield its models folder with the patients it left out.

    Raises:
        UsageError: a fit has not ended.
    """
    for number in _fitted_folds(fits):
        fit = fits / _fold(number)
        exported, checkpoint = fit / _MODELS / f"{MODEL_NAME}.onnx", fit / CHECKPOINT_NAME
        if not exported.is_file() or exported.stat().st_mtime < checkpoint.stat().st_mtime:
            register_fit(fit, fit / _MODELS, {"command": "spoils evaluate segmentation --fits"})
        # Folds of the fit, not of the data: whom it left out was settled when it was made.
        yield fit / _MODELS, {patient for patient, fold in folds_of_fit(fit).items() if fold == number}


def score_folds(data: Path, fits: Path, progress: Progress) -> list[ImageScore]:
    """Score every patient with the network of the fold in which it was held out; folds that were not fitted are passed.

    Raises:
        InputUnreadable: ``fits`` holds no fold.
    """

    def networks() -> Iterator[tuple[SegmentationModels, set[str]]]:
        for models, patients in exported_folds(fits):
            progress(f"{models.parent.name}: out-of-distribution detector", 0.0)
            yield detector_of_fold(data, models), patients

    scores = score_left_out(data / ANNOTATED, networks(), progress)
    if not scores:
        raise InputUnreadable(f"{fits.name} holds no fit of a fold, such as {_fold(0)}.")
    return scores


def evaluate_folds(data: Path, fits: Path, progress: Progress) -> dict[str, Any]:
    """Score the fits of all folds and assemble what is reported of them."""
    return evaluation_document(score_folds(data, fits, progress), data)


def release_study(data: Path, fits: Path, models: Path, progress: Progress) -> ModelRecord:
    """Register the network of all patients with what the cross-validation of its recipe measured."""
    document = evaluate_folds(data, fits, progress)
    patients = f"{N_FOLDS}-fold by patient: each scored by a network of the same recipe that never saw the patient"
    return register_fit(fits / ALL, models, measured(document, "spoils evaluate segmentation --fits FITS", patients))
