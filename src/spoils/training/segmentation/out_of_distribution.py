"""Detection of slices unlike those that the segmentation network was fitted on, learned from its features.

The features of known slices are whitened and kept; the distance of a new slice is the mean distance to its nearest
neighbours among them (Sun et al., ICML 2022, arXiv:2204.06507). The limit comes from slices of patients that were set
aside from every fit; what it is worth is counted on pictures that no network of the lumbar spine should trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.covariance import ledoit_wolf
from torch import Tensor, nn

from spoils.config import Settings
from spoils.errors import UnsuitableInput
from spoils.images import SagittalSeries
from spoils.io import read_input
from spoils.models import LoadedModel, ModelDescription, ModelRecord, load_model, register_model
from spoils.phantom import draw_slice, random_spec
from spoils.segmentation import DETECTOR_NAME, MODEL_NAME, SegmentationModels, predict, segment
from spoils.training.data.slices import rows_of
from spoils.training.data.splits import unannotated_folds
from spoils.training.disc_table import ScannerRecord, read_acquisitions
from spoils.training.networks.onnx_files import write_onnx
from spoils.training.segmentation.evaluation.evaluate import (
    ANNOTATED,
    folds_of_network,
    learned_from,
    network_and_detector,
)

__all__ = [
    "Detector",
    "detector_of_fold",
    "export_detector",
    "release_detector",
    "strange_pictures",
]

FloatArray = npt.NDArray[np.float32]
Picture = tuple[FloatArray, tuple[float, float]]
"""Pixels (rows, columns) and their spacing in mm (row, column)."""

NEIGHBOURS = 3
_PHANTOMS = 16
_SPIDER = "spider"
_FITTED_ON, _SET_ASIDE = (1, 2, 3, 4), (0,)
"""Folds of SPIDER's patients without annotation."""
_MARGIN = 1.25
"""The limit lies this far above the largest distance of a slice set aside: these are few, and clinics differ more."""
_SMALLEST_DEVIATION = 1e-3
"""A feature that hardly varies among known slices must not decide alone."""


@dataclass(frozen=True, eq=False)
class Detector:
    """Features of known slices (slices, n), whitened by ``mean`` (n,) and ``whitening`` (n, n)."""

    mean: FloatArray
    whitening: FloatArray
    known: FloatArray

    @classmethod
    def of(cls, features: FloatArray) -> Detector:
        """Learn from the features (slices, n) of known slices; their correlation is shrunk after Ledoit and Wolf."""
        mean, deviation = features.mean(axis=0), np.maximum(features.std(axis=0), _SMALLEST_DEVIATION)
        values, vectors = np.linalg.eigh(ledoit_wolf((features - mean) / deviation)[0])
        whitening = (vectors / np.sqrt(values) / deviation[:, None]).astype(np.float32)
        return cls(mean, whitening, (features - mean) @ whitening)

    def distance(self, features: FloatArray) -> FloatArray:
        """Return the mean distance of each row of ``features`` (slices, n) to its nearest known neighbours."""
        whitened = (features - self.mean) @ self.whitening
        apart = np.linalg.norm(whitened[:, None] - self.known[None], axis=-1)
        return np.asarray(np.sort(apart, axis=1)[:, :NEIGHBOURS].mean(axis=1), dtype=np.float32)


class _DetectorModule(nn.Module):
    """The distance in units of the limit: above one is out-of-distribution."""

    def __init__(self, detector: Detector, limit: float) -> None:
        super().__init__()
        self.limit = limit
        for name in ("mean", "whitening", "known"):
            self.register_buffer(name, torch.from_numpy(getattr(detector, name)))

    def forward(self, features: Tensor) -> Tensor:
        whitened = (features - self.get_buffer("mean")) @ self.get_buffer("whitening")
        apart = (whitened[:, None] - self.get_buffer("known")[None]).square().sum(dim=-1).sqrt()
        return apart.topk(NEIGHBOURS, dim=1, largest=False).values.mean(dim=1) / self.limit


def _fitted_on(data: Path, record: ModelRecord) -> Iterator[SagittalSeries]:
    """Yield the slices that a network was fitted on: annotated ones, but for those left out, and SPIDER's others.

    These are all that the network labelled itself, also those that it did not go on to learn from, not being sure.
    """
    folder = data / ANNOTATED
    for row in rows_of(folder, learned_from(data, record)):
        yield read_input(folder / f"{row['id']}.png", spacing_mm=float(row["spacing_mm"])).series
    yield from _unannotated(data, record, _FITTED_ON)


def _unannotated(data: Path, record: ModelRecord, folds: Iterable[int]) -> Iterator[SagittalSeries]:
    """Yield slices of SPIDER's patients without annotation: in these of their folds, and in none of the network's."""
    folder, wanted = data / _SPIDER, set(folds)
    acquisitions, annotated = read_acquisitions(folder / "acquisitions.csv"), folds_of_network(data, record)
    for patient, fold in unannotated_folds().items():
        if fold in wanted and patient in acquisitions and patient not in annotated:
            spacing_mm = ScannerRecord.of_row(acquisitions[patient]).spacing_mm
            yield read_input(folder / "images" / f"{patient}.png", spacing_mm=spacing_mm).series


def _phantoms(seed: int) -> Iterator[Picture]:
    for index in range(_PHANTOMS):
        spec = random_spec(np.random.default_rng((seed, index)))
        yield draw_slice(spec)[0].astype(np.float32), (spec.spacing_mm, spec.spacing_mm)


def _accepted(slices: Iterable[SagittalSeries], model: LoadedModel) -> Iterator[Picture]:
    """Pass on the slices that the product segments: what it refuses is not part of the reference."""
    for series in slices:
        try:
            segment(series, SegmentationModels(model), mid_slice=0)
        except UnsuitableInput:
            continue
        yield _picture(series)


def _picture(series: SagittalSeries) -> Picture:
    _, row_mm, column_mm = series.grid.spacing_mm
    return series.pixels[0], (row_mm, column_mm)


def strange_pictures(pictures: Sequence[Picture]) -> dict[str, list[Picture]]:
    """Return what becomes of good pictures when something is wrong with them, by what is wrong."""
    return {
        "turned by 180 degrees": [(pixels[::-1, ::-1], spacing) for pixels, spacing in pictures],
        "turned by 90 degrees": [(np.rot90(pixels), spacing[::-1]) for pixels, spacing in pictures],
        "upside down": [(pixels[::-1], spacing) for pixels, spacing in pictures],
        "mirrored": [(pixels[:, ::-1], spacing) for pixels, spacing in pictures],
        "upper half only": [(pixels[: len(pixels) // 2], spacing) for pixels, spacing in pictures],
        "grey values inverted": [(pixels.max() - pixels, spacing) for pixels, spacing in pictures],
        "spacing 1.7 times too large": [(pixels, _scaled(spacing, 1.7)) for pixels, spacing in pictures],
        "spacing half as large": [(pixels, _scaled(spacing, 0.5)) for pixels, spacing in pictures],
    }


def _scaled(spacing_mm: tuple[float, float], factor: float) -> tuple[float, float]:
    return spacing_mm[0] * factor, spacing_mm[1] * factor


def _features(pictures: Iterable[Picture], model: LoadedModel) -> FloatArray:
    return np.concatenate([predict([pixels], spacing, model).features for pixels, spacing in pictures])


def _learned(
    known: Sequence[Picture], aside: Sequence[Picture], model: LoadedModel
) -> tuple[Detector, FloatArray, float]:
    """Return what the network knows, the distances of the slices set aside, and the limit above all of these."""
    detector = Detector.of(_features((*known, *_phantoms(seed=1)), model))
    distances = detector.distance(_features(aside, model))
    return detector, distances, _MARGIN * float(distances.max())


def export_detector(detector: Detector, limit: float, path: Path) -> float:
    """Write the distance in units of ``limit`` as ONNX and return its largest difference to NumPy."""
    module = _DetectorModule(detector, limit).eval()
    features = torch.from_numpy(detector.mean + np.eye(len(detector.mean), dtype=np.float32)[:3])
    free = {0: torch.export.Dim("batch")}
    session = write_onnx(module, {"features": features}, path, ["distance"], free)
    found = session.run(None, {"features": features.numpy()})[0]
    return float(np.abs(found - detector.distance(features.numpy()) / limit).max())


def release_detector(data: Path, models: Path) -> ModelRecord:
    """Learn what the segmentation network in ``models`` knows, choose the limit and register both beside it.

    Patients whom the network left out are not known.

    Args:
        data: folder with ``annotated`` and ``spider``.
        models: folder with the manifest and the segmentation network.

    Raises:
        ModelMissing: ``models`` holds no segmentation network.
        UsageError: it was fitted with other folds than those of the project or of ``data``.
        UnsuitableInput: it refuses every slice that was set aside, so there is nothing to choose the limit by.
    """
    model = load_model(MODEL_NAME, Settings(models_dir=models))
    aside = [*_accepted(_unannotated(data, model.record, _SET_ASIDE), model)]
    if not aside:
        raise UnsuitableInput("The network refuses every slice set aside, so the limit of detector can't be chosen.")
    known = [*_accepted(_fitted_on(data, model.record), model)]
    detector, distances, limit = _learned(known, aside, model)

    def share_above(pictures: Iterable[Picture]) -> float:
        return float((detector.distance(_features(pictures, model)) > limit).mean())

    path = models / f"{DETECTOR_NAME}.onnx"
    metrics = {
        "command": "spoils train segmentation-folds --register DIR",
        "data": "mid-sagittal slices; the limit is 1.25 times the largest distance of slices set aside",
        "known": len(known),
        "set_aside": len(aside),
        "median_set_aside": float(np.median(distances)) / limit,
        "detected": {
            "new phantoms": share_above(_phantoms(seed=2)),
            **{kind: share_above(pictures) for kind, pictures in strange_pictures(aside).items()},
        },
        "onnx_difference": export_detector(detector, limit, path),
    }
    return register_model(path, _description(model.record, metrics), models)


def detector_of_fold(data: Path, models: Path) -> SegmentationModels:
    """Return the network of a fold with its model of detector, which is learned and registered where need be.

    As ``release_detector``, but every slice that the network was fitted on is known: to ask the product of each
    whether it takes it would cost four times as much, and of 172 it refuses two. Without SPIDER's slices, or where it
    refuses all that were set aside, the network stands alone.

    Args:
        data: folder with ``annotated`` and ``spider``.
        models: folder with the manifest and the segmentation network.

    Raises:
        ModelMissing: ``models`` holds no segmentation network.
        UsageError: it was fitted with other folds than those of the project or of ``data``.
    """
    settings = Settings(models_dir=models)
    found = network_and_detector(settings)
    if found.detector is not None or not (data / _SPIDER).is_dir():
        return found
    network = found.network
    aside = [*_accepted(_unannotated(data, network.record, _SET_ASIDE), network)]
    if not aside:
        return found
    known = [_picture(series) for series in _fitted_on(data, network.record)]
    detector, _, limit = _learned(known, aside, network)
    path = models / f"{DETECTOR_NAME}.onnx"
    metrics = {
        "command": "spoils evaluate segmentation --fits FITS",
        "known": len(known),
        "set_aside": len(aside),
        "onnx_difference": export_detector(detector, limit, path),
    }
    register_model(path, _description(network.record, metrics), models)
    return network_and_detector(settings)


def _description(segmentation: ModelRecord, metrics: Mapping[str, Any]) -> ModelDescription:
    return ModelDescription(
        name=DETECTOR_NAME,
        task="out-of-distribution",
        preprocessing={"features": "those that the segmentation network gives of a slice"},
        licence=segmentation.licence,
        training_data=segmentation.training_data,
        metrics=dict(metrics),
        created=datetime.now(UTC).replace(microsecond=0),
        extra={"segmentation": segmentation.sha256},
    )
