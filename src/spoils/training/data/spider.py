"""SPIDER as its authors publish it, brought into the form that training reads: one mid-sagittal slice per patient.

Source: van der Graaf et al., Sci Data 2024;11:264, https://doi.org/10.5281/zenodo.10159290, CC BY 4.0.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from spoils.errors import InputUnreadable, UnsuitableInput, UsageError
from spoils.images import SagittalSeries
from spoils.io import read_canonical_voxels, read_input
from spoils.segmentation import resampled
from spoils.training.data.splits import SPIDER
from spoils.training.progress import Progress, no_progress

__all__ = ["SUBSETS", "Imported", "import_spider"]

SUBSETS = ("training", "validation")
"""How the authors divide their patients."""

_CANAL = 100
"""Label of the spinal canal in the published masks; vertebrae are 1 and above, discs 201 and above, from below."""

_SERIES = "_t2"
"""Ending of the names of sagittal T2 series; T1 and T2 SPACE series have others."""

_WINDOW_PERCENTILES = (0.5, 99.5)

_ACQUISITION_COLUMNS = {
    "vertebrae": "num_vertebrae",
    "discs": "num_discs",
    "manufacturer": "Manufacturer",
    "model": "ManufacturerModelName",
    "field_t": "MagneticFieldStrength",
    "te_ms": "EchoTime",
    "tr_ms": "RepetitionTime",
}
_GRADING_COLUMNS = {
    "patient": "Patient",
    "ivd_label": "IVD label",
    "modic": "Modic",
    "upper_endplate": "UP endplate",
    "lower_endplate": "LOW endplate",
    "spondylolisthesis": "Spondylolisthesis",
    "herniation": "Disc herniation",
    "narrowing": "Disc narrowing",
    "bulging": "Disc bulging",
    "pfirrmann": "Pfirrman grade",
}
"""Our columns by those of ``overview.csv`` and ``radiological_gradings.csv``, spelled as published."""


@dataclass(frozen=True)
class Imported:
    """The result of an import.

    Attributes:
        patients: imported patients, in the order of the table.
        left_out: the reason for each patient that was left out.
        discs: number of imported gradings.
        gradings_left_out: number of gradings that belong to no disc (label 0 or none).
    """

    patients: tuple[str, ...]
    left_out: Mapping[str, str]
    discs: int
    gradings_left_out: int


def import_spider(
    published: Path,
    data: Path,
    *,
    subsets: Sequence[str] = ("training",),
    progress: Progress = no_progress,
) -> Imported:
    """Write ``data/spider`` from the published files: ``images/ID.png``, ``acquisitions.csv`` and ``gradings.csv``.

    An image is the slice through the middle of the spinal canal. It has square pixels of the size of the original
    columns, and 8 bits between the 0.5 and 99.5 percentiles of its signal. The tables are written last.

    Args:
        published: folder with ``images/ID_t2.mha``, ``masks/ID_t2.mha``, ``overview.csv`` and
            ``radiological_gradings.csv``.
        data: folder of the training data, made if missing.
        subsets: which of ``SUBSETS`` to take.
        progress: called with the stage and the share of the work done.

    Raises:
        UsageError: ``data/spider`` already holds a table, or can't be written.
        InputUnreadable: a table, image or mask is missing or damaged, or no patient is left.
    """
    target = data / SPIDER
    if (target / "acquisitions.csv").exists():
        raise UsageError("There is a spider/acquisitions.csv already: choose another folder, or remove spider first.")
    overview = [row for row in _read(published / "overview.csv") if _is_taken(row, subsets)]
    gradings = _read(published / "radiological_gradings.csv")
    acquisitions: list[dict[str, str]] = []
    left_out: dict[str, str] = {}
    try:
        (target / "images").mkdir(parents=True, exist_ok=True)
        for number, row in enumerate(sorted(overview, key=_number), start=1):
            patient = _patient(row)
            try:
                acquisitions.append(_import_patient(published, target / "images" / f"{patient}.png", row))
            except UnsuitableInput as refusal:
                left_out[patient] = str(refusal)
            progress(f"imported patient {patient}", number / len(overview))
        if not acquisitions:
            raise InputUnreadable("No patient with a sagittal T2 series could be imported.")
        patients = tuple(row["patient"] for row in acquisitions)
        graded = [_renamed(row, _GRADING_COLUMNS) for row in gradings]
        wanted = [row for row in graded if row["patient"] in patients]
        discs = [row for row in wanted if row["ivd_label"] not in {"", "0"}]
        _write(target / "gradings.csv", discs)
        _write(target / "acquisitions.csv", acquisitions)
    except OSError as error:
        raise UsageError(f"The folder spider can't be written: {error.strerror}.") from error
    return Imported(patients, left_out, len(discs), len(wanted) - len(discs))


def _import_patient(published: Path, picture: Path, row: Mapping[str, str]) -> dict[str, str]:
    name = f"{row['new_file_name']}.mha"
    series = read_input(published / "images" / name).series
    middle = _mid_slice(published / "masks" / name, series)
    slice_mm, row_mm, column_mm = series.grid.spacing_mm
    pixels = resampled(series.pixels[middle], (row_mm, column_mm), column_mm)
    Image.fromarray(_in_8_bits(pixels, float(series.pixels.min()))).save(picture, format="PNG")
    return {
        "patient": _patient(row),
        "spacing_mm": f"{column_mm:.4f}",
        "resampled_rows": f"{len(pixels) / series.grid.shape[1]:.4f}",
        "sex": row.get("sex", ""),
        **_renamed(row, _ACQUISITION_COLUMNS),
        "slice_spacing_mm": f"{slice_mm:.4f}",
    }


def _mid_slice(path: Path, series: SagittalSeries) -> int:
    """Return the slice through the middle of the spinal canal, according to the published mask."""
    if not path.is_file():
        raise InputUnreadable(f"The mask {path.name} is missing.")
    values, grid = read_canonical_voxels(path)
    if not grid.matches(series.grid):
        raise UnsuitableInput("The mask does not lie on the grid of the image.")
    slices = np.nonzero(values == _CANAL)[0]
    if not len(slices):
        raise UnsuitableInput("The mask shows no spinal canal.")
    return int(np.median(slices))


def _in_8_bits(pixels: npt.NDArray[np.float32], padding: float) -> npt.NDArray[np.uint8]:
    """Window a slice by its own percentiles. Pixels with the value ``padding``, around the image, are ignored."""
    signal = pixels[pixels > padding]
    if not len(signal):
        raise UnsuitableInput("The middle slice is empty.")
    low, high = np.percentile(signal, _WINDOW_PERCENTILES)
    if not high > low:
        raise UnsuitableInput("The middle slice has no contrast.")
    scaled: npt.NDArray[np.float64] = np.clip((pixels - low) / (high - low), 0.0, 1.0)
    return np.round(255.0 * scaled).astype(np.uint8)


def _is_taken(row: Mapping[str, str], subsets: Sequence[str]) -> bool:
    return row.get("new_file_name", "").endswith(_SERIES) and row.get("subset", "") in subsets


def _patient(row: Mapping[str, str]) -> str:
    return row["new_file_name"].removesuffix(_SERIES)


def _number(row: Mapping[str, str]) -> tuple[float, str]:
    """Sort key: patients by number, names that are none after them."""
    patient = _patient(row)
    return (float(patient) if patient.isdecimal() else math.inf, patient)


def _renamed(row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """Return the cells under our names: whole numbers without a fraction, unknown ones empty.

    Raises:
        InputUnreadable: a column is missing.
    """
    missing = [name for name in columns.values() if name not in row]
    if missing:
        raise InputUnreadable(f"The published table has no column {missing[0]!r}.")
    return {ours: _plain(row[theirs]) for ours, theirs in columns.items()}


def _plain(cell: str) -> str:
    """Write a cell without what spreadsheets add.

    >>> _plain("3.0"), _plain("1.5"), _plain("nan"), _plain("Ingenia")
    ('3', '1.5', '', 'Ingenia')
    """
    try:
        number = float(cell)
    except ValueError:
        return cell
    if math.isnan(number):
        return ""
    return str(int(number)) if number.is_integer() else cell


def _read(path: Path) -> list[dict[str, Any]]:
    """Read a published table; blanks around names and cells are not part of them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream, restval="")
            return [{(name or "").strip(): str(cell).strip() for name, cell in row.items()} for row in table]
    except (OSError, ValueError, csv.Error) as error:
        raise InputUnreadable(f"The table {path.name} can't be read.") from error


def _write(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]) if rows else [])
        table.writeheader()
        table.writerows(rows)
