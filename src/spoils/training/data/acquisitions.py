"""Scanner, protocol and patient data of SPIDER's images."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from spoils.errors import InputUnreadable

__all__ = ["SEXES", "ScannerRecord", "read_acquisitions", "scanner_of_patients"]

SEXES = ("F", "M")


@dataclass(frozen=True)
class ScannerRecord:
    """Acquisition data of one patient's image; unknown values are empty or None.

    ``spacing_mm`` is the size of the square pixels; ``annotated_bodies`` and ``annotated_discs`` count what the source
    segmented in the whole volume.

    Raises:
        InputUnreadable: the sex is neither F nor M, or a number is not finite and above zero.
    """

    sex: str = ""
    manufacturer: str = ""
    model: str = ""
    field_t: float | None = None
    te_ms: float | None = None
    tr_ms: float | None = None
    spacing_mm: float | None = None
    annotated_bodies: int | None = None
    annotated_discs: int | None = None

    def __post_init__(self) -> None:
        if self.sex and self.sex not in SEXES:
            raise InputUnreadable(f"{self.sex!r} is not a sex of the data set ({', '.join(SEXES)}).")
        counts = (self.annotated_bodies, self.annotated_discs)
        numbers = (self.field_t, self.te_ms, self.tr_ms, self.spacing_mm, *counts)
        if not all(number is None or (math.isfinite(number) and number > 0) for number in numbers):
            raise InputUnreadable("Field strength, TE, TR, pixel spacing and numbers of structures must be above zero.")

    @property
    def scanner(self) -> str:
        """Manufacturer and model. Only the first word of the manufacturer is used, because the rest changed over time.

        >>> ScannerRecord(manufacturer="Philips Medical Systems", model="Ingenia").scanner
        'Philips Ingenia'
        """
        return " ".join((*self.manufacturer.split()[:1], self.model)).strip()

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Self:
        """Return the record of a row of ``acquisitions.csv``. A missing or empty column is unknown.

        Raises:
            InputUnreadable: a cell holds an impossible value.
        """

        def number(name: str) -> float | None:
            return float(row[name]) if row.get(name) else None

        try:
            return cls(
                sex=row.get("sex", ""),
                manufacturer=row.get("manufacturer", ""),
                model=row.get("model", ""),
                field_t=number("field_t"),
                te_ms=number("te_ms"),
                tr_ms=number("tr_ms"),
                spacing_mm=number("spacing_mm"),
                annotated_bodies=int(row["vertebrae"]) if row.get("vertebrae") else None,
                annotated_discs=int(row["discs"]) if row.get("discs") else None,
            )
        except ValueError as error:
            raise InputUnreadable(f"An acquisition can't be read: {error}.") from error


def read_acquisitions(path: Path) -> dict[str, dict[str, str]]:
    """Read ``acquisitions.csv`` by patient. A byte order mark, as Excel writes it, is ignored.

    Raises:
        InputUnreadable: the table is missing or damaged, or has no column ``patient``.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return {row["patient"]: row for row in csv.DictReader(stream, restval="")}
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise InputUnreadable(f"The acquisitions in {path.name} can't be read: {error}.") from error


def scanner_of_patients(folder: Path) -> dict[str, str]:
    """Return manufacturer and model of the scanner of each patient of ``acquisitions.csv``, as far as known."""
    acquisitions = read_acquisitions(folder / "acquisitions.csv")
    return {
        patient: f"{row.get('manufacturer', '')} {row.get('model', '')}".strip()
        for patient, row in acquisitions.items()
    }
