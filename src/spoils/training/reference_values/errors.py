"""Error of measurement from pairs of measurements. A change over time must exceed it to be more than chance."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES
from spoils.followup import BODY_WIDTH, MeasuredError, MeasuredErrors, Repeats, detectable_with
from spoils.training.reference_values.pairs import COMPARED, Pair

__all__ = ["error_lines", "errors_of", "errors_text"]

VERSION = "1.0.0"
RELATIVE = frozenset({"volume_mm3", BODY_WIDTH})
"""Quantities whose error grows with their size. Their error is given as a share."""

BASES = {
    "contours": "annotated T2 slices of five public sources, measured from the network's contours and from a person's;"
    " the mean difference of each source is taken off, for it is a convention of drawing",
    "positions": "T2 volumes of Chu et al. (Zenodo 22304), each made into two stacks of 4 mm slices half a slice apart,"
    " segmented and measured by themselves",
}
_LEAST_PAIRS = 20
_FIGURES = 3


def errors_of(pairs: Sequence[Pair]) -> MeasuredErrors:
    """Return the error of each quantity.

    If there are several bases, the one with the larger standard error is used. The standard error is chosen so that the
    smallest detectable change exceeds 95 % of the differences found. A few gross failures therefore have little
    influence, unlike in a standard deviation.
    """
    usable = [pair for pair in pairs if pair.name != BODY_WIDTH] + _of_all_bodies(pairs)
    found = {name: dict(_repeats(name, usable)) for name in (*COMPARED, BODY_WIDTH)}
    return MeasuredErrors(
        version=VERSION,
        bases=BASES,
        limits="No patient of the data was scanned twice: another day, scanner or protocol is not part of the error.",
        measurements={
            name: MeasuredError(
                sem=max(one.sem for one in bases.values()),
                relative=name in RELATIVE,
                basis=max(bases, key=lambda basis: bases[basis].sem),
                repeats=bases,
            )
            for name, bases in found.items()
            if bases
        },
    )


def _repeats(name: str, pairs: Sequence[Pair]) -> Iterator[tuple[str, Repeats]]:
    for basis in BASES:
        wanted = [pair for pair in pairs if (pair.basis, pair.name) == (basis, name)]
        if len(wanted) >= _LEAST_PAIRS:
            differences = _differences(wanted, relative=name in RELATIVE)
            within_95 = float(np.percentile(np.abs(differences), 95))
            yield (
                basis,
                Repeats(
                    pairs=len(wanted),
                    patients=len({(pair.source, pair.patient) for pair in wanted}),
                    sd_of_differences=_rounded(float(differences.std())),
                    within_95=_rounded(within_95),
                    sem=_rounded(within_95 / detectable_with(1.0)),
                ),
            )


def _of_all_bodies(pairs: Iterable[Pair]) -> list[Pair]:
    """Replace the widths of each patient's lumbar bodies by their mean, by which two images are compared."""
    found: dict[tuple[str, str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.name == BODY_WIDTH and pair.level != BODIES[-1]:
            found[pair.basis, pair.source, pair.patient].append(pair)
    return [
        replace(group[0], first=fmean(pair.first for pair in group), second=fmean(pair.second for pair in group))
        for group in found.values()
    ]


def _differences(pairs: Sequence[Pair], *, relative: bool) -> npt.NDArray[np.float64]:
    """Return second minus first, minus the mean of each source; as a share of their mean if ``relative``."""
    by_source: dict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        scale = (pair.first + pair.second) / 2 if relative else 1.0
        by_source[pair.source].append((pair.second - pair.first) / scale)
    return np.concatenate([np.array(values) - fmean(values) for values in by_source.values()])


def _rounded(value: float) -> float:
    return float(f"{value:.{_FIGURES}g}")


def errors_text(errors: MeasuredErrors) -> str:
    """Return the errors as the JSON file that ``spoils.followup`` reads."""
    return json.dumps(errors.model_dump(mode="json"), indent=1) + "\n"


def error_lines(errors: MeasuredErrors) -> Iterator[str]:
    """Lay out the errors as text: one line for each quantity and basis. A star marks the basis that is used."""
    yield f"{'':20}{'basis':11}{'pairs':>7}{'patients':>10}{'SEM':>9}{'SDC95':>9}{'SD':>9}"
    for name, error in errors.measurements.items():
        for basis, one in error.repeats.items():
            mark = "*" if basis == error.basis else " "
            figures = f"{one.sem:>9.3g}{detectable_with(one.sem):>9.3g}{one.sd_of_differences:>9.3g}"
            yield f"{name:20}{basis:10}{mark}{one.pairs:>7}{one.patients:>10}{figures}"
