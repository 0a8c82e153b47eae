"""Samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from spoils.anatomy import BODIES, CHAIN, DISCS, N_CLASSES, STRUCTURES, structure
from spoils.errors import InputUnreadable
from spoils.images import SagittalSeries
from spoils.io import read_input, read_label_map
from spoils.phantom import draw_slice, random_spec
from spoils.segmentation import PIXEL_MM, resampled
from spoils.training.data import (
    SPIDER_SPACE,
    Person,
    read_annotated,
    read_expert_slice,
    read_index,
    read_space_index,
    rows_of,
)

__all__ = [
    "Sample",
    "annotated_samples",
    "phantom_samples",
    "self_labelled_sample",
    "space_samples",
    "volume_samples",
]

_LABEL_PIXEL_MM = PIXEL_MM / 2
"""Pixel size of labels. It is finer than that of images, so that contours stay smooth when a patch is rotated."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One slice prepared for fitting.

    ``image`` is float32 (rows, columns) at ``PIXEL_MM``. ``labels`` is uint8 over the same field of view, with half the
    pixel size, and ``UNKNOWN`` where nothing is known. ``unlabelled`` is bool (14,): the classes that were not
    annotated in this slice (background never).
    """

    patient: str
    source: str
    image: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]
    unlabelled: npt.NDArray[np.bool_]

    @property
    def lowest(self) -> tuple[float, float]:
        """Row and column, in pixels of ``image``, of the middle of the lowest labelled body or disc."""
        for name in reversed(CHAIN):
            found = np.argwhere(self.labels == structure(name).label)
            if len(found):
                row, column = found.mean(axis=0) * self.image.shape[0] / self.labels.shape[0]
                return float(row), float(column)
        raise InputUnreadable(f"The sample of patient {self.patient} shows no body and no disc.")


def _unlabelled(drawn: Iterable[str]) -> npt.NDArray[np.bool_]:
    missing = {s.label for s in STRUCTURES} - {structure(name).label for name in drawn}
    flags = np.zeros(N_CLASSES, dtype=bool)
    flags[sorted(missing)] = True
    return flags


def _finer(labels: npt.NDArray[np.uint8], image: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Resample labels to half the pixel size of ``image``, with interpolated contours."""
    return _of_shares({int(label): labels == label for label in np.unique(labels[labels > 0])}, image)


def _of_shares(share_of: Mapping[int, npt.NDArray[Any]], image: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return labels at half the pixel size of ``image``, given the share (0 to 1) of each pixel that each covers."""
    rows, columns = (2 * n for n in image.shape)
    best = np.full((rows, columns), 0.5, dtype=np.float32)
    finer = np.zeros((rows, columns), dtype=np.uint8)
    for label, share in share_of.items():
        whole = torch.from_numpy(np.ascontiguousarray(share, dtype=np.float32))[None, None]
        found = functional.interpolate(whole, (rows, columns), mode="bilinear", antialias=True)[0, 0].numpy()
        finer[found > best] = label
        np.maximum(best, found, out=best)
    return finer


def annotated_samples(folder: Path, patients: Iterable[str | Person] | None = None) -> list[Sample]:
    """Read annotated slices (PNG, LabelMe JSON, ``index.csv``), all or those of ``patients`` as in ``rows_of``.

    If the canal is annotated in part, it is unknown outside the annotation.

    Raises:
        InputUnreadable: the table, a picture or an annotation can't be read.
    """
    samples = []
    for row in read_index(folder) if patients is None else rows_of(folder, patients):
        one = read_annotated(row, folder)
        image = resampled(one.series.pixels[0], (one.spacing_mm, one.spacing_mm))
        samples.append(Sample(row["patient"], row["source"], image, _finer(one.labels, image), _unlabelled(one.drawn)))
    return samples


def volume_samples(folder: Path, patients: Iterable[str] | None = None, *, every_mm: float = 4.0) -> list[Sample]:
    """Read sagittal slices of volumes in which experts annotated only one kind of structure.

    Args:
        folder: folder with ``ID.nii.gz`` and ``ID_labels.nii.gz``.
        patients: ids to keep, all by default.
        every_mm: distance between the slices.
    """
    wanted = None if patients is None else set(patients)
    samples = []
    for label_path in sorted(folder.glob("*_labels.nii.gz")):
        patient = label_path.name.removesuffix("_labels.nii.gz")
        if wanted is not None and patient not in wanted:
            continue
        series = read_input(folder / f"{patient}.nii.gz").series
        labels = read_label_map(label_path)[0].labels
        drawn = [name for name in (*BODIES, *DISCS) if (labels == structure(name).label).any()]
        slice_mm, row_mm, column_mm = series.grid.spacing_mm
        area = (labels > 0).sum(axis=(1, 2))
        for index in range(0, len(area), max(1, round(every_mm / slice_mm))):
            # A slice at the edge of the annotated structures has partial volume instead of a contour to learn.
            if area[index] > 0.5 * area.max():
                image = resampled(series.pixels[index], (row_mm, column_mm))
                finer = _finer(labels[index], image)
                samples.append(Sample(patient, folder.name, image, finer, _unlabelled(drawn)))
    return samples


def space_samples(folder: Path, patients: Iterable[str]) -> list[Sample]:
    """Read the slices of ``patients`` in the folder ``spider-space``; no expert drew S1 on them.

    Raises:
        InputUnreadable: the table, a picture or a mask can't be read.
    """
    wanted, samples = set(patients), []
    for row in read_space_index(folder):
        if row.patient in wanted:
            one = read_expert_slice(row, folder)
            image = resampled(one.series.pixels[0], (row.spacing_mm, row.spacing_mm))
            drawn = [s.name for s in STRUCTURES if (one.labels == s.label).any()]
            samples.append(Sample(row.patient, SPIDER_SPACE, image, _finer(one.labels, image), _unlabelled(drawn)))
    return samples


def phantom_samples(count: int, *, seed: int) -> list[Sample]:
    """Draw ``count`` synthetic patients, each a mid-sagittal slice in which all structures are labelled."""
    samples = []
    for index in range(count):
        spec = random_spec(np.random.default_rng((seed, index)))
        pixels, labels = draw_slice(spec)
        image = resampled(pixels, (spec.spacing_mm, spec.spacing_mm))
        everything = np.zeros(N_CLASSES, dtype=bool)
        samples.append(Sample(f"phantom-{index}", "phantom", image, _finer(labels, image), everything))
    return samples


def self_labelled_sample(
    patient: str, series: SagittalSeries, coverage: Mapping[str, npt.NDArray[np.float32]]
) -> Sample:
    """Return a sample of a series of one slice, given the share of each pixel that each structure covers."""
    _, row_mm, column_mm = series.grid.spacing_mm
    image = resampled(series.pixels[0], (row_mm, column_mm))
    labels = _of_shares({structure(name).label: share for name, share in coverage.items()}, image)
    return Sample(patient, "self-labelled", image, labels, np.zeros(N_CLASSES, dtype=bool))
