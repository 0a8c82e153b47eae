"""The table of graded discs as a Parquet file, with one row for each disc."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.parquet
from pydantic import TypeAdapter

from spoils.discs import SignalReference
from spoils.files import staged_file
from spoils.findings import Measured, Measurement, NotMeasured
from spoils.grading import FEATURES
from spoils.images import Note
from spoils.messages import Message
from spoils.training.data import DiscLabel, Findings, ScannerRecord
from spoils.training.disc_table.measurements import MEASUREMENTS, unit_of
from spoils.training.disc_table.table import IMAGE_SHAPE, DiscRow, DiscTable, LeftOut, Reading, SeenDisc

__all__ = ["FORMAT", "read_table", "write_table"]

_log = logging.getLogger(__name__)

_MESSAGES: TypeAdapter[Message] = TypeAdapter(Message)

FORMAT = "4"
"""Version of the columns. Tables of other versions are not read."""

_FEATURE = "feature_"
"""Prefix of features, because some have the same name as a measurement."""
_STORED = np.dtype("<f2")
"""Type of stored images: float16, little-endian."""
_FINDINGS = tuple(field.name for field in fields(Findings))
_TEXT, _NUMBER, _COUNT = pyarrow.string(), pyarrow.float64(), pyarrow.int8()
_LABEL = {"patient": _TEXT, "level": _TEXT, "pfirrmann": _COUNT, "severity": _TEXT, "label": _TEXT}
_ACQUISITION = {
    **dict.fromkeys(("sex", "manufacturer", "model"), _TEXT),
    **dict.fromkeys(("field_t", "te_ms", "tr_ms", "spacing_mm"), _NUMBER),
    **dict.fromkeys(("annotated_bodies", "annotated_discs"), _COUNT),
}
_SEEN = {
    **dict.fromkeys(MEASUREMENTS, _NUMBER),
    "method": pyarrow.map_(_TEXT, _TEXT),
    "not_measured": pyarrow.map_(_TEXT, _TEXT),
    "flags": pyarrow.list_(_TEXT),
    "image_pixel_mm": _NUMBER,
    "signal_reference": _TEXT,
}
_COLUMNS = {
    **_LABEL,
    **dict.fromkeys(_FINDINGS, _COUNT),
    **_ACQUISITION,
    **_SEEN,
    **{_FEATURE + name: pyarrow.float32() for name in FEATURES},
    "image": pyarrow.binary(),
}


def write_table(table: DiscTable, path: Path, key: str, made_from: Mapping[str, str] | None = None) -> None:
    """Write the table as Parquet.

    A row is a disc. A value that was not measured is null, and ``not_measured`` holds the reason. ``image`` holds the
    float16 bytes of (channel, row, column). What was left out and what each image shows are in the file's metadata.

    Args:
        table: the discs.
        path: the file.
        key: digest of the inputs. The table is read again only with the same key.
        made_from: the inputs in readable form (versions, hashes), kept in the metadata.

    Raises:
        UsageError: the file can't be written there.
    """
    metadata = {
        "key": key,
        "format": FORMAT,
        "made_from": json.dumps(dict(made_from or {})),
        "left_out": json.dumps([asdict(left) for left in table.left_out]),
        "readings": json.dumps([asdict(reading) for reading in table.readings]),
    }
    schema = pyarrow.schema(_COLUMNS.items(), metadata=metadata)
    columns = pyarrow.Table.from_pylist([_cells(row) for row in table.rows], schema)
    with staged_file(path) as draft:
        pyarrow.parquet.write_table(columns, draft)


def read_table(path: Path, key: str) -> DiscTable | None:
    """Read a table written by ``write_table``; None if it is missing, damaged, or made from other inputs."""
    if not path.is_file():
        return None
    try:
        metadata = pyarrow.parquet.read_schema(path).metadata or {}
        if (metadata.get(b"key"), metadata.get(b"format")) != (key.encode(), FORMAT.encode()):
            return None
        rows = pyarrow.parquet.read_table(path).to_pylist()
    except (pyarrow.ArrowException, OSError):
        _log.warning("The table %s is damaged and is built again.", path.name)
        return None
    return DiscTable(
        rows=tuple(_row(cells) for cells in rows),
        left_out=tuple(LeftOut(**left) for left in json.loads(metadata[b"left_out"])),
        readings=tuple(_reading(reading) for reading in json.loads(metadata[b"readings"])),
    )


def _cells(row: DiscRow) -> dict[str, Any]:
    label = row.label
    features = (None if np.isnan(value) else float(value) for value in row.features)
    return {
        **dict(zip(_LABEL, (label.patient, label.level, label.grade, label.severity, label.label), strict=True)),
        **asdict(label.findings),
        **asdict(row.acquisition),
        **_seen_cells(row.seen),
        **dict(zip((_FEATURE + name for name in FEATURES), features, strict=True)),
        "image": row.image.astype(_STORED).tobytes(),
    }


def _seen_cells(seen: SeenDisc) -> dict[str, Any]:
    known = {name: found for name, found in seen.measured.items() if isinstance(found, Measurement)}
    missing = {name: found.not_measured for name, found in seen.measured.items() if isinstance(found, NotMeasured)}
    return {
        **{name: found.value for name, found in known.items()},
        "method": {name: found.method for name, found in known.items()},
        "not_measured": missing,
        "flags": seen.flags,
        "image_pixel_mm": seen.image_pixel_mm,
        "signal_reference": seen.signal_reference,
    }


def _row(cells: Mapping[str, Any]) -> DiscRow:
    findings = Findings(**{name: cells[name] for name in _FINDINGS})
    label = DiscLabel(cells["patient"], cells["level"], cells["pfirrmann"], cells["severity"], findings)
    features = np.array([cells[_FEATURE + name] for name in FEATURES], dtype=np.float32)
    acquisition = ScannerRecord(**{name: cells[name] for name in _ACQUISITION})
    return DiscRow(label, features, _image(cells["image"]), acquisition, _seen(cells))


def _seen(cells: Mapping[str, Any]) -> SeenDisc:
    methods, missing, reference = dict(cells["method"]), dict(cells["not_measured"]), cells["signal_reference"]
    measured: dict[str, Measured] = {
        **{name: _measurement(name, cells[name], method) for name, method in methods.items()},
        **{name: NotMeasured(not_measured=reason) for name, reason in missing.items()},
    }
    return SeenDisc(
        measured={name: measured[name] for name in MEASUREMENTS if name in measured},
        image_pixel_mm=cells["image_pixel_mm"],
        signal_reference=SignalReference(reference) if reference else None,
        flags=tuple(cells["flags"]),
    )


def _measurement(name: str, value: float, method: str) -> Measurement:
    return Measurement.model_validate({"value": value, "unit": unit_of(name), "method": method})


def _image(content: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(content, dtype=_STORED).reshape(IMAGE_SHAPE).astype(np.float32)


def _reading(content: Mapping[str, Any]) -> Reading:
    notes = tuple(Note(note["code"], _MESSAGES.validate_python(note["message"])) for note in content["notes"])
    return Reading(content["patient"], content["graded"], tuple(content["found"]), notes)
