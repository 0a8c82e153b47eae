"""Cross-validation of the segmentation network: every patient is scored by a network that never saw the patient.

A folder of fits holds:

- ``start``: fitted to phantoms only. All other fits start from it.
- ``fold-0`` to ``fold-7``: each fitted without the patients of one fold.
- ``all``: fitted to all patients. This network is packaged.

All follow the same plan. A second round, in a folder of its own, continues every fit of the first with the same
held-out patients.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from spoils.config import Settings
from spoils.errors import InputUnreadable, UsageError
from spoils.models import LoadedModel, ModelRecord, load_model
from spoils.segmentation import MODEL_NAME, SegmentationModels
from spoils.training.data import ANNOTATED, N_FOLDS, SPIDER_SPACE, folds_of_fit, segmentation_folds, space_folds
from spoils.training.progress import Progress, named, part, turn
from spoils.training.segmentation.evaluation.document import evaluation_document
from spoils.training.segmentation.evaluation.scores import ImageScore, LeftOutFit, score_left_out
from spoils.training.segmentation.evaluation.space import SpaceScore, score_space
from spoils.training.segmentation.export import register_fit
from spoils.training.segmentation.fit import fit_segmentation
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
    "fitted_folds",
    "release_cross_validated",
    "score_folds",
    "score_space_folds",
]

START = "start"
ALL = "all"
_MODELS = "models"


def _fold(number: int) -> str:
    return f"fold-{number}"


def cross_validate(  # noqa: PLR0913 - each is named at every call
    data: Path,
    out: Path,
    plan: SegmentationPlan,
    progress: Progress,
    *,
    start_steps: int = 500,
    earlier: Path | None = None,
) -> None:
    """Fit the start, one network per fold, and one on all patients. Finished fits are kept, unfinished ones resumed.

    Args:
        data: folder of annotated slices, volumes and SPIDER.
        out: folder of the fits.
        plan: the plan of every fit; its held-out folds are replaced.
        progress: called with the stage and the share of the work done.
        start_steps: steps on phantoms alone.
        earlier: folder of the fits to continue from; None begins with a start on phantoms.

    Raises:
        UsageError: a fit of ``earlier`` is unfinished, or held out other patients.
    """
    folds = segmentation_folds(data)
    fits = {_fold(number): (number,) for number in range(N_FOLDS)} | {ALL: ()}
    first = 0.0
    if earlier is None:
        first = start_steps / (start_steps + len(fits) * plan.steps)
        shown = named(part(progress, 0.0, first), START)
        fit_segmentation(data, folds, out / START, plan.on_phantoms(start_steps), progress=shown)
    rest = part(progress, first, 1.0)
    for position, (name, held_out) in enumerate(fits.items()):
        one = replace(plan, held_out=held_out)
        start = out / START if earlier is None else _finished(earlier / name, held_out)
        shown = named(turn(rest, position, len(fits)), name)
        fit_segmentation(data, folds, out / name, one, start=start, progress=shown)


def _finished(fit: Path, held_out: tuple[int, ...]) -> Path:
    """Return the folder of a fit after checking that it is finished and held out these folds.

    Raises:
        UsageError: it is unfinished, or held out others.
    """
    plan = SegmentationPlan.read(fit / PLAN_NAME)
    if steps_done(fit / CHECKPOINT_NAME) < plan.steps:
        raise UsageError(f"The fit {fit.name} is not finished yet.")
    if plan.held_out != held_out:
        raise UsageError(f"The fit {fit.name} in {fit.parent.name} held out other patients.")
    return fit


def fitted_folds(fits: Path) -> list[int]:
    """Return the folds that ``fits`` holds.

    Raises:
        UsageError: one of the fits is unfinished.
    """
    folds = [number for number in range(N_FOLDS) if (fits / _fold(number) / PLAN_NAME).is_file()]
    for number in folds:
        _finished(fits / _fold(number), (number,))
    return folds


def exported_folds(fits: Path) -> Iterator[tuple[Path, set[str]]]:
    """Export the network of each fold if necessary, and yield its models folder with the held-out patients.

    Raises:
        UsageError: a fit is unfinished.
    """
    for number in fitted_folds(fits):
        fit = fits / _fold(number)
        exported, checkpoint = fit / _MODELS / f"{MODEL_NAME}.onnx", fit / CHECKPOINT_NAME
        if not exported.is_file() or exported.stat().st_mtime < checkpoint.stat().st_mtime:
            register_fit(fit, fit / _MODELS, {"command": "spoils evaluate segmentation --fits"})
        # Use the folds of the fit, not those of the data, because they define which patients it held out.
        yield fit / _MODELS, {patient for patient, fold in folds_of_fit(fit).items() if fold == number}


def score_folds(data: Path, fits: Path, progress: Progress) -> list[ImageScore]:
    """Score every patient with the network that held the patient out. Folds without a fit are skipped.

    Raises:
        InputUnreadable: ``fits`` holds no fold.
    """

    def networks(total: int) -> Iterator[LeftOutFit]:
        for number, (models, patients) in enumerate(exported_folds(fits)):
            shown = named(turn(progress, number, total), models.parent.name)
            network = detector_of_fold(data, models, part(shown, 0.0, 0.5))
            yield LeftOutFit(network, frozenset(patients), part(shown, 0.5, 1.0))

    scores = score_left_out(data / ANNOTATED, networks(len(fitted_folds(fits))))
    if not scores:
        raise InputUnreadable(f"{fits.name} holds no fit of a fold, such as {_fold(0)}.")
    return scores


def score_space_folds(data: Path, fits: Path, progress: Progress) -> list[SpaceScore]:
    """Score each slice of ``spider-space`` with the network that held its patient out; none without that folder.

    A fit that did not learn from ``spider-space`` labelled other slices of some of these patients itself and learned
    from them.
    """
    scores, total = list[SpaceScore](), len(fitted_folds(fits))
    for number, (models, _) in enumerate(exported_folds(fits)):
        fit, shown = models.parent, named(turn(progress, number, total), models.parent.name)
        (held_out,) = SegmentationPlan.read(fit / PLAN_NAME).held_out
        patients = {one for one, fold in space_folds(data, folds_of_fit(fit)).items() if fold == held_out}
        if patients:
            scores += score_space(data / SPIDER_SPACE, patients, SegmentationModels(_network(models)), shown)
    return scores


def _network(models: Path) -> LoadedModel:
    return load_model(MODEL_NAME, Settings(models_dir=models))


def evaluate_folds(data: Path, fits: Path, progress: Progress) -> dict[str, Any]:
    """Score the fits of all folds and return the evaluation document."""
    scores = score_folds(data, fits, part(progress, 0.0, 0.7))
    return evaluation_document(scores, data, score_space_folds(data, fits, part(progress, 0.7, 1.0)))


def release_cross_validated(data: Path, fits: Path, models: Path, progress: Progress) -> ModelRecord:
    """Register the network of all patients with the figures of the cross-validation."""
    document = evaluate_folds(data, fits, progress)
    patients = f"{N_FOLDS}-fold by patient: each scored by a network of the same recipe that never saw the patient"
    return register_fit(fits / ALL, models, measured(document, "spoils evaluate segmentation --fits FITS", patients))
