"""Out-of-distribution detection: slices unlike those that the segmentation network was fitted on.

The detector works on the features of the network. Features of known slices are whitened and kept. The distance of a new
slice is the mean distance to its nearest neighbours among them (Sun et al., ICML 2022, arXiv:2204.06507). The limit is
chosen on patients that were set aside from every fit. The detection rate is measured on slices that were corrupted on
purpose, such as upside-down ones.
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
from spoils.training.data import ANNOTATED, SPIDER, ScannerRecord, read_acquisitions, rows_of, unannotated_folds
from spoils.training.networks import write_onnx
from spoils.training.progress import Progress, no_progress, part
from spoils.training.segmentation.evaluation.installed import folds_of_network, learned_from, network_and_detector

__all__ = [
    "Detector",
    "corrupted_pictures",
    "detector_of_fold",
    "export_detector",
    "release_detector",
]

FloatArray = npt.NDArray[np.float32]
Picture = tuple[FloatArray, tuple[float, float]]
"""Pixels (rows, columns) and their spacing in mm (row, column)."""

NEIGHBOURS = 3
_PHANTOMS = 16
_FITTED_ON, _SET_ASIDE = (1, 2, 3, 4), (0,)
"""Folds of SPIDER's patients without annotation: those used in fits, and those used to choose the limit."""
_MARGIN = 1.25
"""The limit is this factor times the largest distance of the slices set aside, because these are few."""
_SMALLEST_DEVIATION = 1e-3
"""Lower bound of a feature's standard deviation, so that no feature with little variance decides alone."""


@dataclass(frozen=True, eq=False)
class Detector:
    """Features of known slices (slices, n), whitened by ``mean`` (n,) and ``whitening`` (n, n)."""

    mean: FloatArray
    whitening: FloatArray
    known: FloatArray

    @classmethod
    def of(cls, features: FloatArray) -> Detector:
        """Fit to the features (slices, n) of known slices, with Ledoit-Wolf shrinkage of their correlation."""
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
    """The distance divided by the limit: a slice with more than one is out of distribution."""

    def __init__(self, detector: Detector, limit: float) -> None:
        super().__init__()
        self.limit = limit
        for name in ("mean", "whitening", "known"):
            self.register_buffer(name, torch.from_numpy(getattr(detector, name)))

    def forward(self, features: Tensor) -> Tensor:
        whitened = (features - self.get_buffer("mean")) @ self.get_buffer("whitening")
        apart = (whitened[:, None] - self.get_buffer("known")[None]).square().sum(dim=-1).sqrt()
        return apart.topk(NEIGHBOURS, dim=1, largest=False).values.mean(dim=1) / self.limit


@dataclass(frozen=True)
class _SliceFile:
    """The file of one slice, and the size of its square pixels."""

    path: Path
    spacing_mm: float | None

    def read(self) -> SagittalSeries:
        return read_input(self.path, spacing_mm=self.spacing_mm).series


def _fitted_on(data: Path, record: ModelRecord) -> list[_SliceFile]:
    """Return the slices that a network was fitted to: annotated ones that were not held out, and SPIDER's other slices.

    The latter include slices that self-training labelled but did not learn from.
    """
    folder = data / ANNOTATED
    rows = rows_of(folder, learned_from(data, record))
    annotated = [_SliceFile(folder / f"{row['id']}.png", float(row["spacing_mm"])) for row in rows]
    return annotated + _unannotated(data, record, _FITTED_ON)


def _unannotated(data: Path, record: ModelRecord, folds: Iterable[int]) -> list[_SliceFile]:
    """Return slices of SPIDER's patients without annotation in ``folds``, except patients in a fold of the network."""
    folder, wanted = data / SPIDER, set(folds)
    acquisitions, annotated = read_acquisitions(folder / "acquisitions.csv"), folds_of_network(data, record)
    return [
        _SliceFile(folder / "images" / f"{patient}.png", ScannerRecord.of_row(acquisitions[patient]).spacing_mm)
        for patient, fold in unannotated_folds().items()
        if fold in wanted and patient in acquisitions and patient not in annotated
    ]


def _phantoms(seed: int) -> Iterator[Picture]:
    for index in range(_PHANTOMS):
        spec = random_spec(np.random.default_rng((seed, index)))
        yield draw_slice(spec)[0].astype(np.float32), (spec.spacing_mm, spec.spacing_mm)


def _read(files: Sequence[_SliceFile], progress: Progress) -> Iterator[SagittalSeries]:
    for number, file in enumerate(files, start=1):
        yield file.read()
        progress(f"out-of-distribution detector, slice {number} of {len(files)}", number / len(files))


def _accepted(files: Sequence[_SliceFile], model: LoadedModel, progress: Progress) -> Iterator[Picture]:
    """Yield the slices that the product does not refuse."""
    for series in _read(files, progress):
        try:
            segment(series, SegmentationModels(model), mid_slice=0)
        except UnsuitableInput:
            continue
        yield _picture(series)


def _picture(series: SagittalSeries) -> Picture:
    _, row_mm, column_mm = series.grid.spacing_mm
    return series.pixels[0], (row_mm, column_mm)


def corrupted_pictures(pictures: Sequence[Picture]) -> dict[str, list[Picture]]:
    """Return corrupted versions of the images, by kind of corruption."""
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
    """Return the fitted detector, the distances of the slices set aside, and the limit."""
    detector = Detector.of(_features((*known, *_phantoms(seed=1)), model))
    distances = detector.distance(_features(aside, model))
    return detector, distances, _MARGIN * float(distances.max())


def export_detector(detector: Detector, limit: float, path: Path) -> float:
    """Write the distance divided by ``limit`` as ONNX and return the largest difference to NumPy."""
    module = _DetectorModule(detector, limit).eval()
    features = torch.from_numpy(detector.mean + np.eye(len(detector.mean), dtype=np.float32)[:3])
    free = {0: torch.export.Dim("batch")}
    session = write_onnx(module, {"features": features}, path, ["distance"], free)
    found = session.run(None, {"features": features.numpy()})[0]
    return float(np.abs(found - detector.distance(features.numpy()) / limit).max())


def release_detector(data: Path, models: Path, progress: Progress = no_progress) -> ModelRecord:
    """Fit the detector of the segmentation network in ``models``, choose its limit and register it there.

    Patients that the network's fit held out are not among the known slices.

    Args:
        data: folder with ``annotated`` and ``spider``.
        models: folder with the manifest and the segmentation network.
        progress: called with the stage and the share of the work done.

    Raises:
        ModelMissing: ``models`` holds no segmentation network.
        UsageError: it was fitted with other folds than those of the project or of ``data``.
        UnsuitableInput: the network refuses every slice that was set aside, so no limit can be chosen.
    """
    model = load_model(MODEL_NAME, Settings(models_dir=models))
    aside = [*_accepted(_unannotated(data, model.record, _SET_ASIDE), model, part(progress, 0.0, 0.2))]
    if not aside:
        raise UnsuitableInput(
            "The network refuses every slice that was set aside, so the detector's limit can't be chosen."
        )
    known = [*_accepted(_fitted_on(data, model.record), model, part(progress, 0.2, 0.7))]
    progress("out-of-distribution detector, features", 0.7)
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
            **{kind: share_above(pictures) for kind, pictures in corrupted_pictures(aside).items()},
        },
        "onnx_difference": export_detector(detector, limit, path),
    }
    return register_model(path, _description(model.record, metrics), models)


def detector_of_fold(data: Path, models: Path, progress: Progress = no_progress) -> SegmentationModels:
    """Return the network of a fold with its detector, which is fitted and registered first if necessary.

    Unlike in ``release_detector``, slices that the product refuses are among the known ones. Of 172 slices it refuses
    two, and checking each would take four times as long. The network has no detector without SPIDER's slices, or if it
    refuses all slices that were set aside.

    Args:
        data: folder with ``annotated`` and ``spider``.
        models: folder with the manifest and the segmentation network.
        progress: called with the stage and the share of the work done.

    Raises:
        ModelMissing: ``models`` holds no segmentation network.
        UsageError: it was fitted with other folds than those of the project or of ``data``.
    """
    settings = Settings(models_dir=models)
    found = network_and_detector(settings)
    if found.detector is not None or not (data / SPIDER).is_dir():
        return found
    network = found.network
    aside = [*_accepted(_unannotated(data, network.record, _SET_ASIDE), network, part(progress, 0.0, 0.3))]
    if not aside:
        return found
    known = [_picture(series) for series in _read(_fitted_on(data, network.record), part(progress, 0.3, 0.5))]
    progress("out-of-distribution detector, features", 0.5)
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
