"""Sagittal slices of SPIDER's T2 SPACE volumes with expert masks, the middle one and some beside it.

The masks name neither S1 nor what lies above T12-L1. Both are visible, so they are unknown and not background.

The experts' discs end where the dark endplates begin, 1.4 mm from the bodies. The discs of the annotated slices reach
from body to body, and so do those of the product. Heights decided: on 28 middle slices the central heights of L1-L2 to
L4-L5 are 10.2, 11.7, 12.4 and 12.6 mm from body to body, and 6.5, 8.3, 9.0 and 8.9 mm in the masks. Published are 10.0,
11.6, 12.5 and 13.8 mm.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import distance_transform_edt

from spoils.anatomy import BACKGROUND, BODIES, DISCS, bodies_beside, structure
from spoils.errors import InputUnreadable
from spoils.images import SagittalSeries
from spoils.io import read_input
from spoils.training.data.splits import grading_folds

__all__ = [
    "SPIDER_SPACE",
    "UNKNOWN",
    "ExpertSlice",
    "SpaceRow",
    "read_expert_slice",
    "read_space_index",
    "space_folds",
]

LabelImage = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

SPIDER_SPACE = "spider-space"
"""Folder of these slices, in the folder of all data; also their name as a source."""

UNKNOWN = 255
"""Label value of a pixel of which nothing is known. The loss and the scores ignore it."""

_VERTEBRA, _CANAL = 1, 3
"""Values in ``labels``: vertebrae include their posterior elements."""

_RIM_MM = 4.0
"""A pixel lies between disc and body if its distances to both add up to no more. 99 % of the gaps are below 3.6 mm."""
_SACRAL_RIM_MM = 2.0
"""How far the rim of L5-S1 reaches, because no mask of S1 ends it."""
_PEDICLE_MM = 4.0
"""Vertebra this close to a body but not in it is unknown: a program cut the pedicles off, no expert."""


@dataclass(frozen=True)
class SpaceRow:
    """A row of ``index.csv``: one slice, ``offset_mm`` beside the middle of the patient's spine."""

    name: str
    patient: str
    offset_mm: float
    spacing_mm: float
    has_levels: bool

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Self:
        """Return what a row says.

        Raises:
            InputUnreadable: a cell is missing or holds something that can't be.
        """
        try:
            spacing_mm, offset_mm = float(row["spacing_mm"]), float(row["offset_mm"])
            if not (math.isfinite(offset_mm) and math.isfinite(spacing_mm) and spacing_mm > 0):
                raise ValueError("offset or spacing is impossible")
            return cls(Path(row["file"]).stem, row["patient"], offset_mm, spacing_mm, row["levels"] == "1")
        except (KeyError, ValueError) as error:
            raise InputUnreadable(f"A row of {SPIDER_SPACE}/index.csv can't be read: {error}.") from error


@dataclass(frozen=True, eq=False)
class ExpertSlice:
    """A one-slice series with square pixels, and what is known of it.

    Attributes:
        series: the slice.
        labels: our label values, uint8 (rows, columns); ``UNKNOWN`` where nothing is known. A disc is what the experts
            drew, and its rim towards the bodies is unknown.
        rim: bool (rows, columns), the unknown pixels between disc and body: they are of no body.
        discs: label values of the discs from body to body, 0 elsewhere. It holds only the discs between two drawn
            bodies.
    """

    series: SagittalSeries
    labels: LabelImage
    rim: Mask
    discs: LabelImage


def read_space_index(folder: Path) -> list[SpaceRow]:
    """Read the slices whose levels are named in ``levels``.

    Raises:
        InputUnreadable: ``index.csv`` is missing or damaged.
    """
    try:
        with (folder / "index.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows = [SpaceRow.of_row(row) for row in csv.DictReader(stream, restval="")]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputUnreadable(f"The table {SPIDER_SPACE}/index.csv can't be read: {error}.") from error
    return [row for row in rows if row.has_levels]


def space_folds(data: Path, folds: Mapping[str, int]) -> dict[str, int]:
    """Return the fold of each patient of ``spider-space``.

    An annotated patient is in the fold of the annotated slices, any other in the fold of grading. A patient in neither
    is in no fold: no fit learns from this patient and no fit is scored on it.

    Args:
        data: folder that may hold ``spider-space``.
        folds: fold of each annotated patient.
    """
    if not (data / SPIDER_SPACE / "index.csv").is_file():
        return {}
    known = {**grading_folds(data), **folds}
    patients = {row.patient for row in read_space_index(data / SPIDER_SPACE)}
    return {patient: known[patient] for patient in sorted(patients) if patient in known}


def read_expert_slice(row: SpaceRow, folder: Path) -> ExpertSlice:
    """Read ``images/NAME.png`` with ``labels/NAME.png`` and ``levels/NAME.png``.

    Raises:
        InputUnreadable: a file is missing or damaged, or the three differ in size.
    """
    series = read_input(folder / "images" / f"{row.name}.png", spacing_mm=row.spacing_mm).series
    experts, levels = (_read_map(folder / name / f"{row.name}.png") for name in ("labels", "levels"))
    if not experts.shape == levels.shape == series.pixels.shape[1:]:
        raise InputUnreadable(f"Image and masks of {row.name} in {SPIDER_SPACE} differ in size.")
    return ExpertSlice(series, *known_labels(levels, experts, row.spacing_mm))


def _read_map(path: Path) -> LabelImage:
    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("L"), dtype=np.uint8)
    except OSError as error:
        raise InputUnreadable(f"The mask {path.parent.name}/{path.name} can't be read.") from error


def known_labels(levels: LabelImage, experts: LabelImage, spacing_mm: float) -> tuple[LabelImage, Mask, LabelImage]:
    """Return labels, rim and discs of an ``ExpertSlice``.

    Args:
        levels: our label values (rows, columns).
        experts: the experts' masks of the same shape: 1 vertebra, 2 disc, 3 canal.
        spacing_mm: size of the square pixels.
    """
    labels, rims, discs = levels.copy(), np.zeros(levels.shape, dtype=bool), np.zeros_like(levels)
    bodies = np.isin(levels, [structure(name).label for name in BODIES])
    free = levels == BACKGROUND
    pedicle = free & (experts == _VERTEBRA)
    if bodies.any():
        labels[pedicle & (distance_transform_edt(~bodies) * spacing_mm <= _PEDICLE_MM)] = UNKNOWN
    for name in DISCS:
        disc = levels == structure(name).label
        if not disc.any():
            continue
        drawn = [levels == structure(body).label for body in bodies_beside(name) if body is not None]
        beside = [body for body in drawn if body.any()]
        rim = _rim(disc, beside, spacing_mm) & free
        rims |= rim
        if len(beside) == 2:
            discs[disc | rim] = structure(name).label
    labels[rims] = UNKNOWN
    above = _above(levels)
    labels[above & (levels == BACKGROUND) & _before_canal(experts == _CANAL)] = UNKNOWN
    return labels, rims, discs


def _rim(disc: Mask, beside: list[Mask], spacing_mm: float) -> Mask:
    """Return what lies between a disc and the bodies beside it; where one is not drawn, a margin around the disc."""
    rows, columns = np.nonzero(disc)
    margin = math.ceil(_RIM_MM / spacing_mm) + 1
    window = tuple(slice(max(0, int(n.min()) - margin), int(n.max()) + margin + 1) for n in (rows, columns))
    from_disc = distance_transform_edt(~disc[window]) * spacing_mm
    inside = np.zeros(from_disc.shape, dtype=bool)
    for body in beside:
        if body[window].any():
            inside |= from_disc + distance_transform_edt(~body[window]) * spacing_mm <= _RIM_MM
    if len(beside) < 2:
        inside |= from_disc <= _SACRAL_RIM_MM
    rim = np.zeros_like(disc)
    rim[window] = inside & ~disc[window]
    return rim


def _above(levels: LabelImage) -> Mask:
    """Return what lies above the middle line of the uppermost drawn disc; nothing if no disc is drawn."""
    above = np.zeros(levels.shape, dtype=bool)
    for name in DISCS:
        found = np.argwhere(levels == structure(name).label)
        if len(found) < 3:
            continue
        middle = found.mean(axis=0)
        _, _, axes = np.linalg.svd(found - middle, full_matrices=False)
        across = axes[1] if axes[1][0] < 0 else -axes[1]  # towards the head, where rows are smaller
        rows, columns = np.indices(levels.shape)
        above = (rows - middle[0]) * across[0] + (columns - middle[1]) * across[1] > 0
        break
    return above


def _before_canal(canal: Mask) -> Mask:
    """Return what lies in front of the canal in its row; the whole row where there is no canal."""
    first = np.where(canal.any(axis=1), canal.argmax(axis=1), canal.shape[1])
    return np.asarray(np.arange(canal.shape[1])[None] < first[:, None])
