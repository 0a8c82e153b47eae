"""The data set as a folder: the disc table, its disagreements and its demographics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import spoils
from spoils.config import Settings
from spoils.errors import InputUnreadable, UsageError
from spoils.grading import CHANNELS, FEATURES
from spoils.segmentation import SegmentationModels
from spoils.training.data import SPIDER
from spoils.training.disc_table.build import build_table
from spoils.training.disc_table.demographics import count_demographics, demographics_text
from spoils.training.disc_table.disagreements import (
    LEAST_PATIENTS,
    Disagreement,
    csv_of_disagreements,
    expected_grades,
    grades_unlike_image,
    level_disagreements,
)
from spoils.training.disc_table.parquet import read_table, write_table
from spoils.training.disc_table.table import DiscTable
from spoils.training.progress import Progress, no_progress

__all__ = ["DEMOGRAPHICS_NAME", "DISAGREEMENTS_NAME", "TABLE_NAME", "build_dataset", "open_table"]

TABLE_NAME = "discs.parquet"
DISAGREEMENTS_NAME = "disagreements.csv"
DEMOGRAPHICS_NAME = "demographics"
"""File name without extension; it is written as JSON and as Markdown."""

_PACKAGE = Path(spoils.__file__).parent
_DECIDING = (
    "anatomy.py",
    "images.py",
    "spatial.py",
    "discs",
    "findings",
    "geometry",
    "grading",
    "io",
    "segmentation",
    "training/disc_table",
)
"""Modules and rooms whose code determines the table. If one changes, the table is built again."""
_CODE = (".py", ".json")


def open_table(
    data: Path,
    path: Path,
    settings: Settings,
    progress: Progress = no_progress,
    *,
    limit: int | None = None,
) -> DiscTable:
    """Return the disc table: that in ``path`` if it was made from the same data and models, otherwise a new one.

    Args:
        data: folder that contains ``spider``.
        path: the Parquet file.
        settings: location of the segmentation network.
        progress: called with the stage and the share of the work done.
        limit: maximum number of patients, the first by name.

    Raises:
        UsageError: the table can't be written to ``path``.
        InputUnreadable: a table or an image can't be read.
        ModelError: the network is missing or does not match the manifest.
    """
    spider, models = data / SPIDER, SegmentationModels.load(settings)
    made_from = _made_from(spider, models, limit)
    key = _sha256(json.dumps(made_from).encode())
    table = read_table(path, key)
    if table is None:
        table = build_table(spider, models, progress, limit=limit)
        write_table(table, path, key, made_from)
    return table


def build_dataset(
    data: Path,
    out: Path,
    settings: Settings,
    progress: Progress = no_progress,
    *,
    limit: int | None = None,
) -> dict[str, Any]:
    """Build the data set in ``out``. An existing table that was made from the same data and models is used again.

    Args:
        data: folder that contains ``spider``.
        out: folder of the data set.
        settings: location of the segmentation network.
        progress: called with the stage and the share of the work done.
        limit: maximum number of patients, the first by name.

    Returns:
        The result of ``count_demographics``, with the number of ``disagreements`` by kind.

    Raises:
        UsageError: ``out`` can't be written to.
        InputUnreadable: a table or an image can't be read.
        ModelError: the network is missing or does not match the manifest.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {out.name} can't be made: {error.strerror}.") from error
    table = open_table(data, out / TABLE_NAME, settings, progress, limit=limit)
    found, counted = _disagreements(table), count_demographics(table)
    (out / DISAGREEMENTS_NAME).write_text(csv_of_disagreements(found), encoding="utf-8", newline="")
    (out / f"{DEMOGRAPHICS_NAME}.json").write_text(json.dumps(counted, indent=1) + "\n", encoding="utf-8")
    (out / f"{DEMOGRAPHICS_NAME}.md").write_text(demographics_text(counted), encoding="utf-8")
    kinds = [one.kind for one in found]
    return {**counted, "disagreements": {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}}


def _disagreements(table: DiscTable) -> tuple[Disagreement, ...]:
    found = level_disagreements(table)
    if len(set(table.patients.tolist())) < LEAST_PATIENTS:
        return found
    return (*found, *grades_unlike_image(table, expected_grades(table)))


def _made_from(spider: Path, models: SegmentationModels, limit: int | None) -> Mapping[str, str]:
    """Return versions and hashes of everything that determines the table, by name."""
    pictures = sorted((spider / "images").glob("*.png"))
    return {
        "spoils": spoils.__version__,
        "code": _sha256(b"".join(_content(path) for path in _deciding_code())),
        "segmentation": models.network.record.sha256,
        "out-of-distribution": "none" if models.detector is None else models.detector.record.sha256,
        **{name: _sha256(_content(spider / name)) for name in ("acquisitions.csv", "gradings.csv")},
        "images": _sha256(b"".join(_content(picture) for picture in pictures)),
        "columns": ",".join((*CHANNELS, *FEATURES)),
        "patients": "all" if limit is None else f"the first {limit}",
    }


def _deciding_code() -> list[Path]:
    parts = [_PACKAGE / name for name in _DECIDING]
    files = [path for part in parts for path in (sorted(part.rglob("*")) if part.is_dir() else [part])]
    return [path for path in files if path.suffix in _CODE]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputUnreadable(f"The file {path.name} can't be read: {error.strerror}.") from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
