"""LabelMe annotations of one sagittal slice: polygons in (x, y) pixels whose whole numbers are pixel centres.

Polygons of adjoining structures may share a border pixel; bodies are painted first, then discs, then the canal, so
that the thinner structure keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from skimage.draw import polygon2mask
from skimage.measure import find_contours

from spoils.anatomy import STRUCTURES, Kind, structure
from spoils.errors import InputUnreadable
from spoils.files import write_file
from spoils.messages import message

__all__ = [
    "Annotation",
    "Polygons",
    "rasterize_polygons",
    "read_annotation",
    "read_labelme",
    "trace_polygons",
    "write_labelme",
]

_VERSION = "5.4.1"
_PAINTING_ORDER = (Kind.BODY, Kind.DISC, Kind.CANAL)

Polygons = Mapping[str, tuple[npt.NDArray[np.float64], ...]]
"""Polygons by structure name, each (corners, 2) of (x, y): x is the column, y the row, whole numbers are centres."""


@dataclass(frozen=True, eq=False)
class Annotation:
    """An annotated slice: uint8 ``labels`` (rows, columns) and the ``names`` of the structures that were drawn.

    A structure that is not among ``names`` is unlabelled, which is not the same as absent.
    """

    labels: npt.NDArray[np.uint8]
    names: frozenset[str]


def read_annotation(path: Path) -> Annotation:
    """Read a LabelMe file and rasterise it.

    Raises:
        InputUnreadable: the file is missing, damaged, or no LabelMe file of known structures.
    """
    polygons, shape = read_labelme(path)
    return Annotation(rasterize_polygons(polygons, shape), frozenset(polygons))


def read_labelme(path: Path) -> tuple[dict[str, tuple[npt.NDArray[np.float64], ...]], tuple[int, int]]:
    """Read the polygons by structure name, and the shape (rows, columns) of the annotated image.

    Raises:
        InputUnreadable: the file is missing, damaged, or no LabelMe file of known structures.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        shape = (int(content["imageHeight"]), int(content["imageWidth"]))
        drawn = [(entry["label"], np.array(entry["points"], dtype=np.float64)) for entry in content["shapes"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputUnreadable(message("labelme-expected")) from error
    names = {known.name for known in STRUCTURES}
    polygons: dict[str, tuple[npt.NDArray[np.float64], ...]] = {}
    for name, points in drawn:
        if name not in names:
            raise InputUnreadable(message("labelme-structure-unknown", name=str(name)))
        if points.ndim != 2 or points.shape[0] < 3 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise InputUnreadable(message("labelme-not-a-polygon", name=name))
        polygons[name] = (*polygons.get(name, ()), points)
    return polygons, shape


def rasterize_polygons(polygons: Polygons, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Paint polygons into labels of ``shape`` (rows, columns): a pixel belongs to a polygon that holds its centre.

    >>> square = np.array(((0.5, 0.5), (2.5, 0.5), (2.5, 1.5), (0.5, 1.5)))
    >>> rasterize_polygons({"L1": (square,)}, (3, 4)).tolist()
    [[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    """
    labels = np.zeros(shape, dtype=np.uint8)
    for kind in _PAINTING_ORDER:
        for name, contours in polygons.items():
            if structure(name).kind is kind:
                for contour in contours:
                    labels[polygon2mask(shape, contour[:, ::-1])] = structure(name).label
    return labels


def trace_polygons(labels: npt.NDArray[np.uint8]) -> dict[str, tuple[npt.NDArray[np.float64], ...]]:
    """Trace the outer contour of every connected part of every structure, half way to the neighbouring pixel centres.

    ``labels`` are (rows, columns). Holes are not contours.
    """
    polygons: dict[str, tuple[npt.NDArray[np.float64], ...]] = {}
    for known in STRUCTURES:
        mask = np.pad(labels == known.label, 1).astype(np.float64)
        contours = (contour[:-1, ::-1] - 1.0 for contour in find_contours(mask, 0.5))
        outer = tuple(contour for contour in contours if _is_outer(contour))
        if outer:
            polygons[known.name] = outer
    return polygons


def write_labelme(polygons: Polygons, shape: tuple[int, int], image_name: str, path: Path) -> None:
    """Write polygons as a LabelMe file beside the image called ``image_name``, of ``shape`` (rows, columns).

    Raises:
        UsageError: the file can't be written there.
    """
    shapes = [_shape_entry(name, contour) for name, contours in polygons.items() for contour in contours]
    content: dict[str, Any] = {
        "version": _VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": image_name,
        "imageData": None,
        "imageHeight": shape[0],
        "imageWidth": shape[1],
    }
    write_file(path, json.dumps(content).encode())


def _shape_entry(name: str, contour: npt.NDArray[np.float64]) -> dict[str, Any]:
    points = np.round(contour, 3).tolist()
    return {"label": structure(name).name, "points": points, "group_id": None, "shape_type": "polygon", "flags": {}}


def _is_outer(contour: npt.NDArray[np.float64]) -> bool:
    """Say whether a contour of ``find_contours`` goes around its structure, not around a hole in it."""
    x, y = contour.T
    return bool(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)) > 0)
