"""Building of the table of reference values from the table of graded discs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np

from spoils import __version__
from spoils.anatomy import BODIES, DISCS, bodies_beside
from spoils.config import Settings
from spoils.errors import UsageError
from spoils.findings import BODY_MEASUREMENTS, CANAL_MEASUREMENTS, DISC_MEASUREMENTS, Measured, Measurement
from spoils.reference_values import (
    BOTH,
    LEAST_PATIENTS,
    PERCENTS,
    Cohort,
    ReferenceGroups,
    ReferenceValues,
    Spread,
    body_depth_mm,
    scaled,
)
from spoils.segmentation import SegmentationModels
from spoils.training.disc_table import DiscRow, DiscTable, open_table
from spoils.training.progress import Progress, no_progress

__all__ = ["HEALTHY_GRADE", "build_reference", "reference_of", "reference_text"]

VERSION = "1.0.0"
HEALTHY_GRADE = 2
"""Discs of this Pfirrmann grade and below count as healthy."""

SOURCE = (
    "SPIDER (van der Graaf et al., Sci Data 2024;11:264, Zenodo 10159290, CC BY 4.0): one mid-sagittal T2 slice of each"
    " patient of the training split, measured by SPOILS on its own contours"
)
_FIGURES = 5
"""Significant figures that are kept."""


@dataclass(frozen=True)
class _Spine:
    """One patient: sex, measurements by level and name, and the levels of healthy discs and of bodies between such."""

    sex: str
    found: Mapping[str, Mapping[str, float]]
    healthy: frozenset[str]


def build_reference(data: Path, table: Path, settings: Settings, progress: Progress = no_progress) -> ReferenceValues:
    """Build reference values from the graded patients in ``data``.

    Args:
        data: folder that contains ``spider``.
        table: file of the table of graded discs. It is built unless it was made from the same data and models.
        settings: location of the segmentation network.
        progress: called with the stage and the share of the work done.

    Raises:
        InputUnreadable: a table or an image can't be read.
        ModelError: the network is missing or does not match the manifest.
        UsageError: there are too few patients in the data.
    """
    discs = open_table(data, table, settings, progress)
    network = SegmentationModels.load(settings).network.record.sha256
    return reference_of(discs, {"spoils": __version__, "segmentation": network})


def reference_of(table: DiscTable, made_from: Mapping[str, str]) -> ReferenceValues:
    """Return the reference values of the patients in ``table``.

    Discs that would not be graded in use, because their contour or level is uncertain, are left out. Every length is
    scaled to the mean depth of all patients' bodies, every area by its square. ``made_from`` is kept with the values.

    Raises:
        UsageError: there are too few patients in the table.
    """
    by_patient: dict[str, list[DiscRow]] = defaultdict(list)
    for row in table.rows:
        if not row.seen.flags:
            by_patient[row.label.patient].append(row)
    depths_mm = {patient: body_depth_mm(_bodies(rows)) for patient, rows in by_patient.items()}
    known_mm = [depth_mm for depth_mm in depths_mm.values() if depth_mm is not None]
    if len(known_mm) < LEAST_PATIENTS:
        raise UsageError(f"Reference values need at least {LEAST_PATIENTS} patients; the data have {len(known_mm)}.")
    mean_mm = float(f"{fmean(known_mm):.{_FIGURES}g}")
    spines = [_spine(rows, depths_mm[patient], mean_mm) for patient, rows in by_patient.items()]
    levels = {level: dict(_groups(level, names, spines)) for level, names in _NAMES.items()}
    return ReferenceValues(
        version=VERSION,
        source=SOURCE,
        people="patients with back pain",
        healthy=f"whose discs here have Pfirrmann grade 1 or {HEALTHY_GRADE}",
        patients={BOTH: len(spines), "F": _count(spines, "F"), "M": _count(spines, "M")},
        body_depth_mm=mean_mm,
        made_from=dict(made_from),
        levels={level: groups for level, groups in levels.items() if groups},
    )


_NAMES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(DISCS, (*DISC_MEASUREMENTS, *CANAL_MEASUREMENTS)),
    **dict.fromkeys(BODIES, BODY_MEASUREMENTS),
}


def _count(spines: Sequence[_Spine], sex: str) -> int:
    return sum(spine.sex == sex for spine in spines)


def _bodies(rows: Sequence[DiscRow]) -> dict[str, dict[str, Measured]]:
    """Collect the bodies adjacent to the discs of one patient."""
    bodies: dict[str, dict[str, Measured]] = {}
    for row in rows:
        for body, part in zip(bodies_beside(row.label.level), ("upper_", "lower_"), strict=True):
            if body is not None:
                bodies[body] = {name: row.seen.measured[part + name] for name in BODY_MEASUREMENTS}
    return bodies


def _spine(rows: Sequence[DiscRow], depth_mm: float | None, mean_mm: float) -> _Spine:
    measured = _bodies(rows)
    for row in rows:
        canal = {name: row.seen.measured["canal_" + name] for name in CANAL_MEASUREMENTS}
        measured[row.label.level] = {name: row.seen.measured[name] for name in DISC_MEASUREMENTS} | canal
    worn = {row.label.level for row in rows if row.label.grade > HEALTHY_GRADE}
    beside_worn = {body for disc in worn for body in bodies_beside(disc)}
    return _Spine(
        rows[0].acquisition.sex,
        {level: dict(_scaled(found, depth_mm, mean_mm)) for level, found in measured.items()},
        frozenset(measured) - worn - beside_worn,
    )


def _scaled(found: Mapping[str, Measured], depth_mm: float | None, mean_mm: float) -> Iterator[tuple[str, float]]:
    for name, measured in found.items():
        if isinstance(measured, Measurement):
            value = scaled(measured, depth_mm, mean_mm)
            if value is not None:
                yield name, value


def _groups(level: str, names: Sequence[str], spines: Sequence[_Spine]) -> Iterator[tuple[str, ReferenceGroups]]:
    for name in names:
        have = [spine for spine in spines if name in spine.found.get(level, {})]
        cohort: dict[Any, Cohort] = {}
        healthy: dict[Any, Spread] = {}
        for who in (BOTH, "F", "M"):
            group = [spine for spine in have if who in {BOTH, spine.sex}]
            values = [spine.found[level][name] for spine in group]
            if len(values) >= LEAST_PATIENTS:
                cohort[who] = Cohort(**_spread(values), quantiles=_rounded(np.percentile(values, PERCENTS)))
            values = [spine.found[level][name] for spine in group if level in spine.healthy]
            if len(values) >= LEAST_PATIENTS:
                healthy[who] = Spread(**_spread(values))
        if cohort:
            yield name, ReferenceGroups(cohort=cohort, healthy=healthy)


def _spread(values: Sequence[float]) -> dict[str, Any]:
    mean, sd = _rounded((fmean(values), stdev(values)))
    return {"n": len(values), "mean": mean, "sd": sd}


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(f"{value:.{_FIGURES}g}") for value in values)


def reference_text(reference: ReferenceValues) -> str:
    """Return the table as JSON with one line for each group, so that versions can be compared line by line."""
    content = reference.model_dump(mode="json")
    levels = content.pop("levels")
    head = json.dumps(content, indent=1)[:-2]
    blocks = []
    for level, groups in levels.items():
        lines = [
            f"   {json.dumps(name)}: {{\n" + ",\n".join(_kind_lines(one)) + "\n   }" for name, one in groups.items()
        ]
        blocks.append(f"  {json.dumps(level)}: {{\n" + ",\n".join(lines) + "\n  }")
    return f'{head},\n "levels": {{\n' + ",\n".join(blocks) + "\n }\n}\n"


def _kind_lines(groups: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for kind, by_sex in groups.items():
        lines = ",\n".join(f"     {json.dumps(who)}: {json.dumps(figures)}" for who, figures in by_sex.items())
        yield f"    {json.dumps(kind)}: {{\n{lines}\n    }}" if by_sex else f"    {json.dumps(kind)}: {{}}"
