"""SPIDER's gradings of discs, with the severity and class derived from the findings."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from spoils.anatomy import DISCS
from spoils.errors import InputUnreadable
from spoils.grading import FINDINGS, GRADES, SEVERITIES, severity_rules

__all__ = [
    "DiscLabel",
    "Findings",
    "count_graded_discs",
    "read_disc_labels",
    "severity_of_findings",
]


@dataclass(frozen=True)
class Findings:
    """A radiologist's findings at one disc, as in SPIDER: Modic type 0 to 3, all others 0 (absent) or 1 (present).

    Raises:
        InputUnreadable: a value is out of range.
    """

    modic: int = 0
    upper_endplate: int = 0
    lower_endplate: int = 0
    spondylolisthesis: int = 0
    herniation: int = 0
    narrowing: int = 0
    bulging: int = 0

    def __post_init__(self) -> None:
        values = asdict(self)
        if values.pop("modic") not in range(4) or not set(values.values()) <= {0, 1}:
            raise InputUnreadable("A Modic type is 0 to 3, and any other finding is 0 or 1.")

    @property
    def present(self) -> tuple[bool, ...]:
        """Which of ``FINDINGS`` are present. Changes of both endplates count once.

        >>> Findings(modic=2, lower_endplate=1).present
        (False, False, False, True, True, False)
        """
        values = {**asdict(self), "endplate": self.upper_endplate or self.lower_endplate}
        return tuple(bool(values[name]) for name in FINDINGS)


@dataclass(frozen=True)
class DiscLabel:
    """A radiologist's label of one disc: Pfirrmann grade 1-5, severity L, M or H, and the findings that define it."""

    patient: str
    level: str
    grade: int
    severity: str
    findings: Findings = Findings()

    def __post_init__(self) -> None:
        if self.grade not in GRADES or self.severity not in SEVERITIES or self.level not in DISCS:
            raise InputUnreadable(f"{self.level} {self.grade}{self.severity} is not a graded lumbar disc.")

    @property
    def label(self) -> str:
        """Its class, one of eleven."""
        return f"{self.grade}{self.severity}"


def severity_of_findings(findings: Mapping[str, int], grade: int) -> str:
    """Return L, M or H from a disc's findings; the rules are those of ``spoils.grading``.

    ``findings`` are SPIDER's columns: ``modic``, ``upper_endplate``, ``lower_endplate``, ``spondylolisthesis``,
    ``herniation``, ``narrowing``, ``bulging``; zero is absent.

    >>> severity_of_findings({"narrowing": 1, "bulging": 1}, grade=4)
    'M'
    >>> severity_of_findings({"narrowing": 1, "bulging": 1}, grade=2)
    'L'
    """
    rules = severity_rules()
    present = {name for name, value in findings.items() if value}
    if present & {"upper_endplate", "lower_endplate"}:
        present.add("endplate")
    points = sum(value for name, value in rules.points.items() if name in present)
    return rules.severity(points, grade)


def read_disc_labels(path: Path) -> dict[str, dict[str, DiscLabel]]:
    """Read ``gradings.csv``: the label of each lumbar disc by patient and level.

    The table counts discs upward from the lowest, which is taken to be L5-S1. Discs above T12-L1 are left out.

    Raises:
        InputUnreadable: the table is missing, lacks a column or holds something else than numbers.
    """
    labels: dict[str, dict[str, DiscLabel]] = {}
    for disc in _read_gradings(path):
        if disc.from_below <= len(DISCS):
            level, severity = DISCS[-disc.from_below], severity_of_findings(asdict(disc.findings), disc.grade)
            label = DiscLabel(disc.patient, level, disc.grade, severity, disc.findings)
            labels.setdefault(disc.patient, {})[level] = label
    return labels


def count_graded_discs(path: Path) -> Counter[str]:
    """Read ``gradings.csv``: how many discs of each patient are graded, lumbar or not.

    Raises:
        InputUnreadable: the table is missing, lacks a column or holds something else than numbers.
    """
    return Counter(disc.patient for disc in _read_gradings(path))


@dataclass(frozen=True)
class _Grading:
    """One row of ``gradings.csv``; ``from_below`` is 1 for the lowest disc."""

    patient: str
    from_below: int
    grade: int
    findings: Findings


def _read_gradings(path: Path) -> list[_Grading]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [_grading(row) for row in csv.DictReader(stream)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputUnreadable(f"The gradings in {path.name} can't be read: {error}.") from error


def _grading(row: Mapping[str, str]) -> _Grading:
    values = {name: int(value) for name, value in row.items() if name != "patient"}
    from_below, grade = values.pop("ivd_label"), values.pop("pfirrmann")
    return _Grading(row["patient"], from_below, grade, Findings(**values))
