"""The shipped network in eight bits, released only if it segments patients left out as well as the exact one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spoils.config import Settings
from spoils.errors import ModelMismatch
from spoils.models import LoadedModel, ModelDescription, ModelRecord, load_model, register_model
from spoils.segmentation import INT8_NAME, MODEL_NAME
from spoils.segmentation.preprocess import normalised, padded
from spoils.training.data.slices import annotated_samples
from spoils.training.data.splits import segmentation_folds
from spoils.training.segmentation.cross_validation import exported_folds, score_folds
from spoils.training.segmentation.evaluation.evaluate import ANNOTATED
from spoils.training.segmentation.evaluation.scores import score_left_out
from spoils.training.segmentation.evaluation.summary import summarise
from spoils.training.segmentation.quantisation import quantised

__all__ = ["LARGEST_LOSS", "release_int8"]

LARGEST_LOSS = 0.003
"""Largest accepted loss of mean Dice in any group of structures."""

_EVERY = 2
"""Every other annotated slice is shown to find the ranges: each source is among them."""

Progress = Callable[[str, float], None]


def _make(data: Path, exact_models: Path, seen: Iterable[str], models: Path, metrics: Mapping[str, Any]) -> ModelRecord:
    """Register in ``models`` the variant of the network in ``exact_models``, adjusted on patients that it has seen."""
    exact = load_model(MODEL_NAME, Settings(models_dir=exact_models)).record
    slices = [padded(normalised(sample.image)) for sample in annotated_samples(data / ANNOTATED, seen)[::_EVERY]]
    description = ModelDescription(
        name=INT8_NAME,
        task=exact.task,
        preprocessing=exact.preprocessing,
        licence=exact.licence,
        training_data=exact.training_data,
        metrics={"command": "spoils train segmentation-int8", **metrics},
        created=datetime.now(UTC).replace(microsecond=0),
        extra={"exact": exact.sha256},
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{INT8_NAME}.onnx"
        quantised(exact_models / exact.file, slices, path)
        return register_model(path, description, models)


def _folds_in_int8(data: Path, fits: Path, folder: Path) -> Iterator[tuple[LoadedModel, set[str]]]:
    everyone = set(segmentation_folds(data))
    for exact_models, left_out in exported_folds(fits):
        models = folder / exact_models.parent.name
        _make(data, exact_models, everyone - left_out, models, {})
        yield load_model(INT8_NAME, Settings(models_dir=models)), left_out


def release_int8(data: Path, fits: Path, models: Path, progress: Progress) -> ModelRecord:
    """Register in ``models`` the variant in eight bits of the network there, if the folds lose next to nothing by it.

    Args:
        data: folder that holds ``annotated``.
        fits: folds of the recipe of that network, as ``cross_validate`` leaves them.
        models: folder with the manifest and the exact network.
        progress: called with the stage and the share of the work done.

    Raises:
        InputUnreadable: ``fits`` holds no fold.
        ModelMismatch: the mean Dice of a group of structures falls by more than ``LARGEST_LOSS``.
    """
    exact = summarise(score_folds(data, fits, progress))["dice"]
    with TemporaryDirectory() as folder:
        found = summarise(score_left_out(data / ANNOTATED, _folds_in_int8(data, fits, Path(folder)), progress))["dice"]
    change = {group: found[group]["mean"] - exact[group]["mean"] for group in exact}
    worst = min(change, key=lambda group: change[group])
    if change[worst] < -LARGEST_LOSS:
        raise ModelMismatch(
            f"In eight bits the mean Dice of {worst} falls by {-change[worst]:.4f}; nothing was released."
        )
    return _make(data, models, segmentation_folds(data), models, {"dice_change": change})
