"""Pictures from which the network for the kind of a slice learns: real ones, and kinds made from them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from spoils.anatomy import BODIES, CANAL, DISCS, structure
from spoils.errors import InputUnreadable
from spoils.io import read_input, read_label_map
from spoils.phantom import draw_slice, random_spec
from spoils.segmentation import T2, resampled
from spoils.training.data import ANNOTATED, SPIDER, ScannerRecord, read_acquisitions, read_annotated, read_index
from spoils.training.progress import Progress, no_progress
from spoils.training.slice_kind.simulation import (
    Tissues,
    cut_above,
    inverted,
    like_ct,
    mixed,
    nothing,
    projected,
    resliced,
    shuffled,
    with_dark_fluid,
    without_fat,
)

__all__ = ["CANVAS", "CANVAS_MM", "PHANTOM", "SPACE", "Picture", "read_pictures", "stacked", "turned"]

FloatArray = npt.NDArray[np.float32]

CANVAS_MM = 1.8
"""Pixel size of the pictures: a little finer than the network's, as fitting turns and scales them."""

CANVAS = (208, 184)

SPACE, T1_FOLDER, PHANTOM = "spider-space", "spider-t1", "phantom"
_VOLUMES = ("bodies-3d", "discs-3d")
_NOTHINGS = 150
_NEAR_MM, _FAR_MM, _FARTHEST_MM = 6.0, 17.0, 27.0
"""Slices of volumes: how near to the middle they are suitable, from where to where they are off it."""
_STEP_MM = 3.0
_SPACE_BONE, _SPACE_DISC, _SPACE_CANAL = 1, 2, 3
_CLIP = (0.5, 99.7)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of known kind, lying upright.

    ``image`` is float32, 0 to 1, of the size ``CANVAS``; ``valid`` says where it holds any image. ``patient`` and
    ``source`` tell what must be held out together; ``simulated`` that the kind was made from another.
    """

    image: FloatArray
    valid: npt.NDArray[np.bool_]
    kind: str
    patient: str
    source: str
    simulated: bool = False


@dataclass(frozen=True, eq=False)
class _Slice:
    """A T2 slice at ``CANVAS_MM``, 0 to 1, with its tissues where they were drawn."""

    image: FloatArray
    patient: str
    source: str
    tissues: Tissues | None = None
    lumbar_rows: tuple[int, int] | None = None


def _scaled(image: FloatArray) -> FloatArray:
    low, high = np.percentile(image, _CLIP)
    return np.asarray(np.clip((image - low) / max(float(high - low), 1e-6), 0, 1), dtype=np.float32)


def _picture(image: FloatArray, kind: str, of: _Slice, *, simulated: bool = True) -> Picture:
    """Lay an image of ``CANVAS_MM`` on the middle of the canvas."""
    valid = _on_canvas(np.ones(image.shape, dtype=bool))
    return Picture(_on_canvas(image), valid, kind, of.patient, of.source, simulated)


def _on_canvas(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Lay an image on the middle of an empty canvas, cutting off what does not fit."""
    canvas = np.zeros(CANVAS, image.dtype)
    taken, placed = [], []
    for size, room in zip(image.shape, CANVAS, strict=True):
        length = min(size, room)
        taken.append(slice((size - length) // 2, (size - length) // 2 + length))
        placed.append(slice((room - length) // 2, (room - length) // 2 + length))
    canvas[tuple(placed)] = image[tuple(taken)]
    return canvas


def _tissue(masks: Sequence[npt.NDArray[np.bool_]], spacing_mm: float) -> Tissues:
    bone, disc, canal = (resampled(mask, (spacing_mm, spacing_mm), CANVAS_MM) for mask in masks)
    return Tissues(bone, disc, canal)


def _lumbar_rows(labels: npt.NDArray[np.uint8], spacing_mm: float) -> tuple[int, int] | None:
    """Return the rows, at ``CANVAS_MM``, of the tops of L1 and of L4; None where either was not drawn."""
    rows = [np.flatnonzero((labels == structure(name).label).any(axis=1)) for name in (BODIES[0], BODIES[3])]
    if not all(map(len, rows)):
        return None
    upper, lower = (int(found[0] * spacing_mm / CANVAS_MM) for found in rows)
    return upper, lower


def _annotated(data: Path) -> Iterator[_Slice]:
    folder = data / ANNOTATED
    if not folder.is_dir():
        return
    for row in read_index(folder):
        one = read_annotated(row, folder)
        groups = ([structure(n).label for n in names] for names in (BODIES, DISCS, (CANAL,)))
        masks = [np.isin(one.labels, group) for group in groups]
        image = _scaled(resampled(one.series.pixels[0], (one.spacing_mm, one.spacing_mm), CANVAS_MM))
        tissues = _tissue(masks, one.spacing_mm) if masks[2].any() else None
        yield _Slice(image, row["patient"], row["source"], tissues, _lumbar_rows(one.labels, one.spacing_mm))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _space(data: Path) -> Iterator[_Slice]:
    folder = data / SPACE
    if not folder.is_dir():
        return
    for row in _rows(folder / "index.csv"):
        spacing_mm = float(row["spacing_mm"])
        image = _scaled(_read(folder / "images" / row["file"], spacing_mm))
        labels = _labels(folder / "labels" / row["file"])
        masks = [labels == value for value in (_SPACE_BONE, _SPACE_DISC, _SPACE_CANAL)]
        yield _Slice(image, row["patient"], SPACE, _tissue(masks, spacing_mm))


def _labels(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture, dtype=np.uint8)


def _read(path: Path, spacing_mm: float) -> FloatArray:
    return resampled(read_input(path, spacing_mm=spacing_mm).series.pixels[0], (spacing_mm, spacing_mm), CANVAS_MM)


def _spider(data: Path) -> Iterator[tuple[_Slice, Path, float]]:
    """Yield SPIDER's slices, each with the place where its T1 slice may be, and how high the picture is in mm."""
    folder = data / SPIDER
    if not folder.is_dir():
        return
    for patient, row in sorted(read_acquisitions(folder / "acquisitions.csv").items()):
        spacing_mm = ScannerRecord.of_row(row).spacing_mm
        if spacing_mm is None:
            continue
        image = _scaled(_read(folder / "images" / f"{patient}.png", spacing_mm))
        t1 = data / T1_FOLDER / "images" / f"{patient}.png"
        yield _Slice(image, patient, SPIDER), t1, image.shape[0] * CANVAS_MM


def _t1(path: Path, height_mm: float) -> FloatArray:
    """Read a T1 slice whose pixel geometry is lost: it covers the height of the T2 slice of the same patient."""
    rows = read_input(path, spacing_mm=1.0).series.pixels.shape[1]
    return _scaled(_read(path, height_mm / rows))


def _from_spider(data: Path, rng: np.random.Generator) -> Iterator[Picture]:
    for slice_, t1_path, height_mm in _spider(data):
        yield _picture(slice_.image, T2, slice_, simulated=False)
        if not t1_path.is_file():
            continue
        t1 = _t1(t1_path, height_mm)
        yield _picture(t1, "t1", slice_, simulated=False)
        yield _picture(inverted(t1, rng), "inverted", slice_)
        if abs(t1.shape[1] - slice_.image.shape[1]) <= 0.03 * t1.shape[1]:
            yield _picture(mixed(t1, slice_.image, rng), "proton-density", slice_)
            yield _picture(mixed(t1, slice_.image, rng, coarse=True), "localizer", slice_)


def _from_drawn(slices: Iterator[_Slice], rng: np.random.Generator) -> Iterator[Picture]:
    """Yield slices with drawn tissues, and the other contrasts and regions that these let one make."""
    for one in slices:
        yield _picture(one.image, T2, one, simulated=False)
        yield _picture(inverted(one.image, rng), "inverted", one)
        if one.tissues is None:
            continue
        rows = np.flatnonzero(one.tissues.canal.max(axis=1) > 0.5)
        if len(rows) == 0:
            continue
        below = slice(int(rows[0]), None)
        yield _picture(without_fat(one.image, one.tissues, rng), "fat-suppressed", one)
        yield _picture(without_fat(one.image, one.tissues, rng), "fat-suppressed", one)
        yield _picture(like_ct(one.image, one.tissues, rng), "ct", one)
        yield _picture(with_dark_fluid(one.image, one.tissues, rng, share=(0.12, 0.45))[below], "t1", one)
        yield _picture(with_dark_fluid(one.image, one.tissues, rng, share=(0.75, 1.1))[below], "proton-density", one)
        if one.lumbar_rows:
            yield _picture(cut_above(one.image, one.lumbar_rows, rng), "other-region", one)


def _from_volumes(data: Path, rng: np.random.Generator) -> Iterator[Picture]:
    """Yield slices, off and on the middle, other planes and projections of volumes in which something is drawn."""
    for folder in (data / name for name in _VOLUMES):
        for label_path in sorted(folder.glob("*_labels.nii.gz")):
            patient = label_path.name.removesuffix("_labels.nii.gz")
            series = read_input(folder / f"{patient}.nii.gz").series
            slice_mm, row_mm, column_mm = series.grid.spacing_mm
            labels = read_label_map(label_path)[0].labels
            middle = float(np.argwhere(labels > 0)[:, 0].mean())
            of = _Slice(np.zeros((1, 1), np.float32), patient, patient.partition("-")[0])
            volume = np.stack([resampled(pixels, (row_mm, column_mm), CANVAS_MM) for pixels in series.pixels])
            for index in range(0, len(volume), max(1, round(_STEP_MM / slice_mm))):
                offset_mm = abs(index - middle) * slice_mm
                if offset_mm <= _NEAR_MM:
                    yield _picture(_scaled(volume[index]), T2, of, simulated=False)
                elif _FAR_MM <= offset_mm <= _FARTHEST_MM:
                    yield _picture(_scaled(volume[index]), "off-midline", of, simulated=False)
            for image in resliced(volume, slice_mm / CANVAS_MM, rng):
                yield _picture(_scaled(image), "other-plane", of)
            for image in projected(volume, slice_mm / CANVAS_MM, rng):
                yield _picture(_scaled(image), "radiograph", of)


def _phantoms(count: int, seed: int) -> Iterator[_Slice]:
    for index in range(count):
        spec = random_spec(np.random.default_rng((seed, 7, index)))
        pixels, labels = draw_slice(spec)
        groups = ([structure(n).label for n in names] for names in (BODIES, DISCS, (CANAL,)))
        tissues = _tissue([np.isin(labels, group) for group in groups], spec.spacing_mm)
        image = _scaled(resampled(pixels, (spec.spacing_mm, spec.spacing_mm), CANVAS_MM))
        yield _Slice(image, f"phantom-{index}", PHANTOM, tissues, _lumbar_rows(labels, spec.spacing_mm))


def read_pictures(data: Path, *, seed: int, phantoms: int, progress: Progress = no_progress) -> list[Picture]:
    """Read or make all pictures; the same data and seed give the same ones.

    Args:
        data: folder with ``annotated``, ``spider``, ``spider-t1``, ``spider-space``, ``bodies-3d`` and ``discs-3d``,
            as far as they are there.
        seed: seed of what is made.
        phantoms: number of synthetic patients.
        progress: called with the stage and the share of the work done.

    Raises:
        InputUnreadable: a file can't be read, or the folder holds none of the data.
    """
    rng = np.random.default_rng(seed)
    steps: Mapping[str, Callable[[], Iterator[Picture]]] = {
        "SPIDER": lambda: _from_spider(data, rng),
        "annotated slices": lambda: _from_drawn(_annotated(data), rng),
        "T2 SPACE": lambda: _from_drawn(_space(data), rng),
        "volumes": lambda: _from_volumes(data, rng),
        "phantoms": lambda: _from_drawn(_phantoms(phantoms, seed), rng),
    }
    pictures: list[Picture] = []
    for number, (name, step) in enumerate(steps.items()):
        progress(f"reading, {name}", number / len(steps))
        pictures += step()
    real = [one for one in pictures if one.source != PHANTOM]
    if not real and not phantoms:
        raise InputUnreadable(f"{data.name} holds none of the folders that this network learns from.")
    return [*pictures, *_from_nothing(pictures, rng)]


def _from_nothing(pictures: Sequence[Picture], rng: np.random.Generator) -> Iterator[Picture]:
    """Yield pictures without anatomy: noise and shapes, and real pictures cut up and shuffled."""
    for index in range(_NOTHINGS):
        of = _Slice(np.zeros((1, 1), np.float32), f"nothing-{index}", "nothing")
        yield _picture(nothing(CANVAS, rng), "no-anatomy", of)
        one = pictures[int(rng.integers(len(pictures)))]
        of = _Slice(one.image, one.patient, one.source)
        yield _picture(shuffled(one.image, rng), "no-anatomy", of)


def stacked(pictures: Sequence[Picture]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the images and where they are valid, each (n, rows, columns)."""
    return np.stack([one.image for one in pictures]), np.stack([one.valid for one in pictures])


def turned(one: Picture, turn: str) -> Picture:
    """Return a picture turned in one of the ways of ``TURNS``."""
    turns: Mapping[str, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]] = {
        "upright": lambda image: image,
        "upside-down": lambda image: image[::-1],
        "turned-180": lambda image: image[::-1, ::-1],
        "mirrored": lambda image: image[:, ::-1],
        "turned-90": lambda image: _on_canvas(np.rot90(image)),
    }
    make = turns[turn]
    return replace(one, image=np.ascontiguousarray(make(one.image)), valid=np.ascontiguousarray(make(one.valid)))
