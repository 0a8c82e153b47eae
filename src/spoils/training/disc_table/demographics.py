"""Demographics of the data set and distribution of its grades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.grading import FINDINGS, GRADES, SEVERITIES
from spoils.training.disc_table.table import DiscRow, DiscTable

__all__ = ["GRADING_TITLES", "count_demographics", "demographics_text", "discs_by_level"]

_NOT_PUBLISHED = ("age", "treatment", "scores of pain and disability")
"""Items of the study's tables that SPIDER does not publish."""
_ALL_LEVELS = "all levels"


def _present(row: DiscRow) -> Iterator[str]:
    return (name for name, present in zip(FINDINGS, row.label.findings.present, strict=True) if present)


_COHORT: Mapping[str, Callable[[DiscRow], str]] = {
    "sex": lambda row: row.acquisition.sex,
    "field strength": lambda row: f"{row.acquisition.field_t:g} T" if row.acquisition.field_t else "",
    "scanner": lambda row: row.acquisition.scanner,
}
_GRADINGS: Mapping[str, tuple[Sequence[str], Callable[[DiscRow], Iterable[str]]]] = {
    "pfirrmann": (tuple(map(str, GRADES)), lambda row: (str(row.label.grade),)),
    "severity": (SEVERITIES, lambda row: (row.label.severity,)),
    "label": (GRADE_CLASSES, lambda row: (row.label.label,)),
    "findings": (FINDINGS, _present),
}
GRADING_TITLES: Mapping[str, str] = {
    "pfirrmann": "Pfirrmann grade by level",
    "severity": "Severity by level",
    "label": "The eleven classes by level",
    "findings": "Findings by level (a disc may have several)",
}
"""Titles of the tables by level."""


def count_demographics(table: DiscTable) -> dict[str, Any]:
    """Count patients and discs.

    Returns:
        - ``patients`` and ``discs``;
        - ``left_out`` patients and discs;
        - ``cohort``: ``sex``, ``field strength`` and ``scanner``, each with ``patients`` and ``discs`` by value;
        - ``by_level``: ``pfirrmann``, ``severity``, ``label`` and ``findings``, each by level with the number of discs
          by value;
        - ``not_published``.
    """
    refused = sum(left.level is None for left in table.left_out)
    return {
        "patients": len({row.label.patient for row in table.rows}),
        "discs": len(table.rows),
        "left_out": {"patients": refused, "discs": len(table.left_out) - refused},
        "cohort": {name: _cohort(table.rows, key) for name, key in _COHORT.items()},
        "by_level": {name: _by_level(table.rows, *grading) for name, grading in _GRADINGS.items()},
        "not_published": list(_NOT_PUBLISHED),
    }


def _cohort(rows: Sequence[DiscRow], key: Callable[[DiscRow], str]) -> dict[str, dict[str, int]]:
    value_of = {row.label.patient: key(row) or "unknown" for row in rows}
    patients, discs = Counter(value_of.values()), Counter(value_of[row.label.patient] for row in rows)
    return {value: {"patients": patients[value], "discs": discs[value]} for value in sorted(patients)}


def _by_level(
    rows: Sequence[DiscRow], values: Sequence[str], values_of: Callable[[DiscRow], Iterable[str]]
) -> dict[str, dict[str, int]]:
    counts = {level: Counter[str]() for level in (*DISCS, _ALL_LEVELS)}
    for row in rows:
        for level in (row.label.level, _ALL_LEVELS):
            counts[level].update(values_of(row))
    return {level: {value: of_level[value] for value in values} for level, of_level in counts.items()}


def discs_by_level(counted: Mapping[str, Any]) -> dict[str, int]:
    """Return the number of discs of each level and of ``all levels``. Each disc has one Pfirrmann grade.

    >>> discs_by_level({"by_level": {"pfirrmann": {"all levels": {"1": 2, "2": 3}}}})
    {'all levels': 5}
    """
    return {level: sum(of.values()) for level, of in counted["by_level"]["pfirrmann"].items()}


def demographics_text(counted: Mapping[str, Any]) -> str:
    """Return the result of ``count_demographics`` as Markdown tables."""
    left_out = counted["left_out"]
    lines = [
        "# Demographics",
        "",
        f"{counted['discs']} discs of {counted['patients']} patients. Left out: {left_out['patients']} patients whose"
        f" image was refused, and {left_out['discs']} single discs.",
        f"Not published by the source: {', '.join(counted['not_published'])}.",
        "",
        "## Cohort",
        "",
        "| | | patients | % | discs |",
        "|---|---|---|---|---|",
    ]
    for name, values in counted["cohort"].items():
        lines += [
            f"| {name} | {value} | {n['patients']} | {n['patients'] / counted['patients']:.1%} | {n['discs']} |"
            for value, n in values.items()
        ]
    discs = discs_by_level(counted)
    for name, levels in counted["by_level"].items():
        lines += ["", f"## {GRADING_TITLES[name]}", "", *_level_table(levels, discs)]
    return "\n".join(lines) + "\n"


def _level_table(levels: Mapping[str, Mapping[str, int]], discs: Mapping[str, int]) -> list[str]:
    """Lay out one row for each value and one column for each level. Shares refer to the discs of the level."""
    head = ["| |" + "".join(f" {level} |" for level in levels), "|---|" + "---|" * len(levels)]
    values = next(iter(levels.values()))
    rows = [
        f"| {value} |" + "".join(f" {_with_share(of[value], discs[level])} |" for level, of in levels.items())
        for value in values
    ]
    return [*head, *rows]


def _with_share(count: int, of: int) -> str:
    return f"{count} ({count / of:.0%})" if count else "0"
