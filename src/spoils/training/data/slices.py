"""Training samples for the 14 regions: slices annotated or self-labelled, volumes with one kind drawn, phantoms."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from skimage.transform import resize
from torch import Tensor
from torch.utils.data import Dataset

from spoils.anatomy import BODIES, CANAL, CHAIN, DISCS, N_CLASSES, STRUCTURES, structure
from spoils.errors import InputUnreadable
from spoils.images import SagittalSeries
from spoils.io import read_annotation, read_input, read_label_map
from spoils.phantom import draw_slice, random_spec
from spoils.segmentation.preprocess import PIXEL_MM, normalised, resampled
from spoils.training.data.augmentation import Augmentation, augment_signal, cut_field_of_view, sample_patch
from spoils.training.data.splits import segmentation_folds

__all__ = [
    "AnnotatedSlice",
    "Mixture",
    "PatchDataset",
    "Person",
    "Sample",
    "annotated_samples",
    "person_of",
    "phantom_samples",
    "project_person",
    "read_annotated",
    "read_index",
    "rows_of",
    "same_person_other_source",
    "self_labelled_sample",
    "volume_samples",
]

_LABEL_PIXEL_MM = PIXEL_MM / 2
"""Labels are kept finer than images: a contour drawn on coarse pixels stays smooth when a patch is turned."""

Person = tuple[str, str]
"""Number and source of a patient: every source numbers its patients on its own."""

_COLUMNS = ("id", "source", "patient", "spacing_mm", "canal")
_CANALS = ("full", "partial", "absent")

_PREFIXED_SOURCES = ("ivd", "vb1", "vb2", "vesal")
"""Sources whose name stands before the number of their patients in the packaged folds; SPIDER's have a number alone."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One slice ready for fitting.

    ``image`` is float32 (rows, columns) at ``PIXEL_MM``; ``labels`` uint8 over the same field of view, twice as fine;
    ``unlabelled`` bool (14,): the classes whose contours nobody drew here (background never).
    """

    patient: str
    source: str
    image: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]
    unlabelled: npt.NDArray[np.bool_]

    @property
    def lowest(self) -> tuple[float, float]:
        """Row and column, in pixels of ``image``, of the middle of the lowest drawn body or disc."""
        for name in reversed(CHAIN):
            found = np.argwhere(self.labels == structure(name).label)
            if len(found):
                row, column = found.mean(axis=0) * self.image.shape[0] / self.labels.shape[0]
                return float(row), float(column)
        raise InputUnreadable(f"The sample of patient {self.patient} shows no body and no disc.")


def read_index(folder: Path) -> list[dict[str, str]]:
    """Read ``index.csv`` of a folder of annotated slices; a mark of byte order, as Excel writes it, is passed over.

    Raises:
        InputUnreadable: there is no such table, or it lacks a column; a cell is empty or holds something that can't be;
            two rows are of one image.
    """
    path = folder / "index.csv"
    if not path.is_file():
        raise InputUnreadable(f"{folder.name} holds no index.csv; is this the folder of annotated slices?")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream, restval="")
            rows, columns = list(table), table.fieldnames or ()
    except (OSError, ValueError, csv.Error) as error:
        raise InputUnreadable(f"The table index.csv can't be read: {error}.") from error
    missing = [column for column in _COLUMNS if column not in columns]
    if missing:
        raise InputUnreadable(f"The table index.csv lacks {', '.join(missing)}; its cells are separated by commas.")
    for row in rows:
        _require_possible(row)
    if len({row["id"] for row in rows}) < len(rows):
        raise InputUnreadable("Two rows of index.csv have the same id.")
    return rows


def _require_possible(row: Mapping[str, str]) -> None:
    empty = [column for column in _COLUMNS if not row[column]]
    if empty:
        raise InputUnreadable(f"A row of index.csv has no {empty[0]} (id: {row['id'] or 'none'}).")
    if row["canal"] not in _CANALS:
        raise InputUnreadable(f"The canal of {row['id']} in index.csv is none of {', '.join(_CANALS)}.")
    try:
        spacing_mm = float(row["spacing_mm"])
    except ValueError:
        spacing_mm = math.nan
    if not (math.isfinite(spacing_mm) and spacing_mm > 0):
        raise InputUnreadable(f"The spacing_mm of {row['id']} in index.csv is no number above zero.")


def person_of(row: Mapping[str, str]) -> Person:
    """Return whose slice a row of ``index.csv`` is."""
    return row["patient"], row["source"]


def project_person(patient: str) -> Person:
    """Return whom the packaged folds call ``patient``.

    >>> project_person("vb2-05"), project_person("3")
    (('vb2-05', 'vb2'), ('3', 'spider'))
    """
    prefix = patient.partition("-")[0]
    return patient, prefix if prefix in _PREFIXED_SOURCES else "spider"


def same_person_other_source(rows: Iterable[Mapping[str, str]], folds: Mapping[str, int]) -> set[Person]:
    """Return who has the number of a patient in ``folds``, but is someone else.

    The packaged folds mean patients of the project's sources. Folds of a user's own mean whoever in their folder has
    the number.
    """
    if folds != segmentation_folds():
        return set()
    people = {person_of(row) for row in rows}
    return {person for person in people if person[0] in folds and person != project_person(person[0])}


def rows_of(folder: Path, patients: Iterable[str | Person]) -> list[dict[str, str]]:
    """Return the rows of ``index.csv`` of ``patients``: people, or whom the folds for this folder call so.

    Raises:
        InputUnreadable: the table can't be read.
    """
    wanted, rows = set(patients), read_index(folder)
    others = same_person_other_source(rows, segmentation_folds(folder.parent))
    return [
        row
        for row in rows
        if (person := person_of(row)) in wanted or (row["patient"] in wanted and person not in others)
    ]


@dataclass(frozen=True, eq=False)
class AnnotatedSlice:
    """A one-slice series with square pixels of ``spacing_mm``, and what was drawn on it.

    ``labels`` are uint8 (rows, columns); ``drawn`` names the structures that were drawn whole.
    """

    series: SagittalSeries
    spacing_mm: float
    labels: npt.NDArray[np.uint8]
    drawn: frozenset[str]


def read_annotated(row: Mapping[str, str], folder: Path) -> AnnotatedSlice:
    """Read the slice of a row of ``index.csv``: ``ID.png`` and ``ID.json``.

    A canal drawn in part says nothing of the rest of it, so it is not among what was drawn.

    Raises:
        InputUnreadable: a file is missing or damaged, or the annotation is of a picture of another size.
        UnsuitableInput: the picture is not that of a lumbar spine.
    """
    annotation, spacing_mm = read_annotation(folder / f"{row['id']}.json"), float(row["spacing_mm"])
    series = read_input(folder / f"{row['id']}.png", spacing_mm=spacing_mm).series
    if annotation.labels.shape != series.pixels.shape[1:]:
        (rows, columns), (found_rows, found_columns) = annotation.labels.shape, series.pixels.shape[1:]
        raise InputUnreadable(
            f"The annotation {row['id']}.json is of a picture of {columns} x {rows} pixels,"
            f" but {row['id']}.png has {found_columns} x {found_rows}."
        )
    drawn = annotation.names - (set() if row["canal"] == "full" else {CANAL})
    return AnnotatedSlice(series, spacing_mm, annotation.labels, drawn)


def _unlabelled(drawn: Iterable[str]) -> npt.NDArray[np.bool_]:
    missing = {s.label for s in STRUCTURES} - {structure(name).label for name in drawn}
    flags = np.zeros(N_CLASSES, dtype=bool)
    flags[sorted(missing)] = True
    return flags


def _finer(labels: npt.NDArray[np.uint8], image: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Bring labels to twice the pixels of ``image``; contours are interpolated, not copied in steps."""
    return _of_shares({int(label): labels == label for label in np.unique(labels[labels > 0])}, image)


def _of_shares(share_of: Mapping[int, npt.NDArray[Any]], image: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return labels at twice the pixels of ``image`` from the share, 0 to 1, by which each label covers each pixel."""
    rows, columns = (2 * n for n in image.shape)
    best = np.full((rows, columns), 0.5, dtype=np.float32)
    finer = np.zeros((rows, columns), dtype=np.uint8)
    for label, share in share_of.items():
        found = resize(share.astype(np.float32), (rows, columns), order=1, anti_aliasing=True)
        finer[found > best] = label
        np.maximum(best, found, out=best)
    return finer


def annotated_samples(folder: Path, patients: Iterable[str | Person] | None = None) -> list[Sample]:
    """Read annotated slices (PNG, LabelMe JSON, ``index.csv``), all or those of ``patients`` as in ``rows_of``.

    A canal drawn in part leaves the canal unknown outside what was drawn.

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
    """Read sagittal slices of volumes in which experts drew one kind of structure only.

    Args:
        folder: holds ``ID.nii.gz`` and ``ID_labels.nii.gz``.
        patients: ids to keep, all by default.
        every_mm: distance of the slices taken.
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
            # A slice that barely grazes the drawn structures is partial volume, not a contour to learn.
            if area[index] > 0.5 * area.max():
                image = resampled(series.pixels[index], (row_mm, column_mm))
                finer = _finer(labels[index], image)
                samples.append(Sample(patient, folder.name, image, finer, _unlabelled(drawn)))
    return samples


def phantom_samples(count: int, *, seed: int) -> list[Sample]:
    """Draw ``count`` synthetic patients, each a mid-sagittal slice with everything labelled."""
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
    """Return a sample of a one-slice series from the shares by which each structure covers each of its pixels."""
    _, row_mm, column_mm = series.grid.spacing_mm
    image = resampled(series.pixels[0], (row_mm, column_mm))
    labels = _of_shares({structure(name).label: share for name, share in coverage.items()}, image)
    return Sample(patient, "self-labelled", image, labels, np.zeros(N_CLASSES, dtype=bool))


@dataclass(frozen=True)
class Mixture:
    """Groups of samples and the share of patches drawn from each; empty groups are passed over."""

    groups: Sequence[Sequence[Sample]]
    shares: Sequence[float]

    def draw(self, rng: np.random.Generator) -> Sample:
        """Return a sample: first the group by share, then any of the group."""
        filled = [(group, share) for group, share in zip(self.groups, self.shares, strict=True) if len(group)]
        shares = np.array([share for _, share in filled])
        group = filled[int(rng.choice(len(filled), p=shares / shares.sum()))][0]
        return group[int(rng.integers(len(group)))]


class PatchDataset(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Augmented patches. Item ``i`` depends on ``(*seed, i)`` alone, so a resumed fit sees what it would have seen.

    An item is (image float32 (1, rows, columns), labels uint8 (rows, columns), unlabelled bool (14,)).
    """

    def __init__(
        self,
        mixture: Mixture,
        *,
        length: int,
        shape: tuple[int, int],
        seed: tuple[int, ...],
        augmentation: Augmentation | None = None,
    ) -> None:
        self.mixture = mixture
        self.length = length
        self.shape = shape
        self.seed = seed
        self.augmentation = augmentation or Augmentation()

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        rng = np.random.default_rng((*self.seed, index))
        sample = self.mixture.draw(rng)
        patch, labels, inside = sample_patch(
            sample.image,
            sample.labels,
            centre=self._centre(sample, rng),
            shape=self.shape,
            pixel_mm=PIXEL_MM,
            augmentation=self.augmentation,
            rng=rng,
        )
        labels, inside = cut_field_of_view(labels, inside, self.augmentation, rng)
        # As at run time, only what the picture shows decides the scale, and air as dark as its darkest pixel pads it.
        shown = normalised(augment_signal(patch, self.augmentation, rng)[inside])
        image = np.full(patch.shape, shown.min(), dtype=np.float32)
        image[inside] = shown
        return torch.from_numpy(image[None]), torch.from_numpy(labels), torch.from_numpy(sample.unlabelled)

    def _centre(self, sample: Sample, rng: np.random.Generator) -> tuple[float, float]:
        """Choose a centre that keeps the sacrum in view: without it no level can be named."""
        row, column = sample.lowest
        rows, columns = self.shape
        return row - rows * rng.uniform(0.15, 0.42), column + columns * rng.uniform(-0.18, 0.18)
