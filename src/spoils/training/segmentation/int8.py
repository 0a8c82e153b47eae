"""Quantisation of the segmentation network to int8, which is released only if it stays as accurate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from spoils.config import Settings
from spoils.errors import ModelMismatch
from spoils.models import ModelDescription, ModelRecord, load_model, register_model
from spoils.models.quantisation import CalibrationDataReader, QuantFormat, QuantType, quant_pre_process, quantize_static
from spoils.segmentation import INT8_NAME, MODEL_NAME, SegmentationModels, normalised, padded
from spoils.training.data import ANNOTATED, segmentation_folds
from spoils.training.networks import forget_origin
from spoils.training.progress import Progress, named, part, turn
from spoils.training.segmentation.cross_validation import exported_folds, fitted_folds, score_folds
from spoils.training.segmentation.evaluation.scores import LeftOutFit, score_left_out
from spoils.training.segmentation.evaluation.summary import summarise
from spoils.training.segmentation.samples import annotated_samples

__all__ = ["LARGEST_LOSS", "quantised", "release_int8"]

LARGEST_LOSS = 0.003
"""Largest accepted loss of mean Dice in any group of structures."""

_EVERY = 2
"""Every second annotated slice is used to calibrate the quantisation. These include all sources."""


_QUANTISED_OPERATORS = ("Conv", "Relu", "Add", "Concat", "Resize", "MaxPool")
"""Operators that are quantised. Softmax and pooled features stay in float."""


Image = npt.NDArray[np.float32]


class _Images(CalibrationDataReader):  # type: ignore[misc]  # the library has no types
    """Reads the calibration images one by one."""

    def __init__(self, images: Iterable[Image]) -> None:
        self.images: Iterator[Image] = iter(images)

    def get_next(self) -> dict[str, Image] | None:
        image = next(self.images, None)
        return None if image is None else {"image": image[None, None]}


def _first_and_last_convolution(path: Path) -> list[str]:
    """Return the names of the first and last convolution, whose rounding errors have the largest effect."""
    convolutions = [node.name for node in onnx.load(path).graph.node if node.op_type == "Conv"]
    return [convolutions[0], convolutions[-1]]


def quantised(onnx_path: Path, calibration_images: Iterable[Image], out_path: Path) -> None:
    """Quantise an exported network: activations to 8 bits, weights to 7 bits with one scale per channel.

    Inputs and outputs keep their names and types. The calibration images set the range of every activation. A few dozen
    slices are enough, but they should be from every source of the training data.

    Args:
        onnx_path: a file written by ``export_network``.
        calibration_images: slices (rows, columns), resampled, normalised and padded as at run time.
        out_path: the file to write.
    """
    with TemporaryDirectory() as folder:
        prepared = Path(folder) / onnx_path.name
        quant_pre_process(onnx_path, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            out_path,
            _Images(calibration_images),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_QUANTISED_OPERATORS),
            per_channel=True,
            # Without VNNI two products are added in 16 bits, which 8-bit weights can overflow.
            reduce_range=True,
            # VNNI multiplies unsigned by signed integers. Signed by signed takes twice as long.
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=_first_and_last_convolution(prepared),
        )
    forget_origin(out_path)


def _make(data: Path, exact_models: Path, seen: Iterable[str], models: Path, metrics: Mapping[str, Any]) -> ModelRecord:
    """Quantise the network in ``exact_models``, calibrated on patients ``seen`` by it, into ``models``."""
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


def _folds_in_int8(data: Path, fits: Path, folder: Path, progress: Progress) -> Iterator[LeftOutFit]:
    everyone, total = set(segmentation_folds(data)), len(fitted_folds(fits))
    for number, (exact_models, held_out) in enumerate(exported_folds(fits)):
        name = exact_models.parent.name
        shown = named(turn(progress, number, total), f"{name} in int8")
        shown("quantising", 0.0)
        _make(data, exact_models, everyone - held_out, folder / name, {})
        network = load_model(INT8_NAME, Settings(models_dir=folder / name))
        yield LeftOutFit(SegmentationModels(network), frozenset(held_out), part(shown, 0.5, 1.0))


def release_int8(data: Path, fits: Path, models: Path, progress: Progress) -> ModelRecord:
    """Quantise the network in ``models`` and register the result there, if the folds keep their accuracy in int8.

    Args:
        data: folder that contains ``annotated``.
        fits: folder of the cross-validation of that network, as ``cross_validate`` writes it.
        models: folder with the manifest and the exact network.
        progress: called with the stage and the share of the work done.

    Raises:
        InputUnreadable: ``fits`` holds no fold.
        ModelMismatch: the mean Dice of a group of structures falls by more than ``LARGEST_LOSS``.
    """
    exact = summarise(score_folds(data, fits, part(progress, 0.0, 0.5)))["dice"]
    with TemporaryDirectory() as folder:
        networks = _folds_in_int8(data, fits, Path(folder), part(progress, 0.5, 1.0))
        found = summarise(score_left_out(data / ANNOTATED, networks))["dice"]
    change = {group: found[group]["mean"] - exact[group]["mean"] for group in exact}
    worst = min(change, key=lambda group: change[group])
    if change[worst] < -LARGEST_LOSS:
        raise ModelMismatch(f"In int8 the mean Dice of {worst} falls by {-change[worst]:.4f}; nothing was released.")
    return _make(data, models, segmentation_folds(data), models, {"dice_change": change})
