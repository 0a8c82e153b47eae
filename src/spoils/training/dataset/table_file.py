"""The table of graded discs as a Parquet file: one row for each disc, a column for everything that is known of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.parquet

from spoils.grading import FEATURES
from spoils.training.dataset.acquisitions import Acquisition
from spoils.training.dataset.table import IMAGE_SHAPE, DiscRow, DiscTable, LeftOut
from spoils.training.grading_labels import DiscLabel, Findings

__all__ = ["FORMAT", "read_table", "write_table"]

FORMAT = "2"
"""Version of the columns: a table of another version is not read."""

_FEATURE = "feature_"
"""Before the name of a feature: some features share their name with a measurement."""
_FINDINGS = tuple(field.name for field in fields(Findings))
_ACQUISITION = {
    "sex": pyarrow.string(),
    "manufacturer": pyarrow.string(),
    "model": pyarrow.string(),
    "field_t": pyarrow.float64(),
    "te_ms": pyarrow.float64(),
    "tr_ms": pyarrow.float64(),
    "spacing_mm": pyarrow.float64(),
    "discs": pyarrow.int8(),
}


def _schema(key: str, left_out: Sequence[LeftOut]) -> pyarrow.Schema:
    text, number, small = pyarrow.string(), pyarrow.float32(), pyarrow.int8()
    columns = {
        "patient": text,
        "level": text,
        "pfirrmann": small,
        "severity": text,
        "label": text,
        **dict.fromkeys(_FINDINGS, small),
        **_ACQUISITION,
        **{_FEATURE + name: number for name in FEATURES},
        "image": pyarrow.binary(),
    }
    told = json.dumps([[left.patient, left.level, left.reason] for left in left_out])
    return pyarrow.schema(columns.items(), metadata={"key": key, "format": FORMAT, "left_out": told})


def _cells(row: DiscRow) -> dict[str, Any]:
    label = row.label
    features = (None if np.isnan(value) else float(value) for value in row.features)
    return {
        "patient": label.patient,
        "level": label.level,
        "pfirrmann": label.grade,
        "severity": label.severity,
        "label": label.label,
        **asdict(label.findings),
        **asdict(row.acquisition),
        **dict(zip((_FEATURE + name for name in FEATURES), features, strict=True)),
        "image": row.image.astype(np.float16).tobytes(),
    }


def write_table(table: DiscTable, path: Path, key: str) -> None:
    """Write the table as Parquet; ``key`` says what it was made from.

    A row is a disc; ``image`` holds it as float16 bytes of (channel, row, column).
    """
    schema = _schema(key, table.left_out)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([_cells(row) for row in table.rows], schema), path)


def read_table(path: Path, key: str) -> DiscTable | None:
    """Read a table written by ``write_table``; None when it is not there or was made from something else."""
    if not path.is_file():
        return None
    stored = pyarrow.parquet.read_table(path)
    metadata = stored.schema.metadata or {}
    if (metadata.get(b"key"), metadata.get(b"format")) != (key.encode(), FORMAT.encode()):
        return None
    rows = tuple(_row(cells) for cells in stored.to_pylist())
    return DiscTable(rows, tuple(LeftOut(*left) for left in json.loads(metadata[b"left_out"])))


def _row(cells: Mapping[str, Any]) -> DiscRow:
    findings = Findings(**{name: cells[name] for name in _FINDINGS})
    label = DiscLabel(cells["patient"], cells["level"], cells["pfirrmann"], cells["severity"], findings)
    features = np.array([cells[_FEATURE + name] for name in FEATURES], dtype=np.float32)
    return DiscRow(label, features, _image(cells["image"]), Acquisition(**{name: cells[name] for name in _ACQUISITION}))


def _image(content: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(content, dtype=np.float16).reshape(IMAGE_SHAPE).astype(np.float32)
