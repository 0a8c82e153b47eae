"""One plain sentence per disc: what was measured, and which grades usually measure so."""

from __future__ import annotations

import math
from collections.abc import Mapping

from spoils.findings import Measured, Measurement
from spoils.grading.graders import UsualValues

__all__ = ["why"]

_UNUSUAL = 3.0
"""Spreads from the median beyond which a value is called unusual."""

_TELLING = 0.3
"""Change of log-odds from which a grade is said to rest on a kind of feature: its odds are a third higher."""

_KIND_NAMES = {
    "shape": "shape",
    "texture": "texture",
    "bone": "bone beside it",
    "neighbours": "neighbours",
    "canal": "canal",
}
"""The kinds that the two numbers do not stand for."""

_NAMES = {"signal_csf_ratio": "signal {:.2f} of CSF", "height_index": "height index {:.2f}"}


def why(
    measurements: Mapping[str, Measured],
    grade: int,
    usual: Mapping[int, UsualValues],
    contributions: Mapping[str, float],
) -> str:
    """Return the sentence, e.g. ``signal 0.21 of CSF, height index 0.19: typical of grade 4-5``.

    A grade counts as typical when the measured values are at least half as likely in it as in the likeliest grade.
    Where the answer is another grade, the sentence says what speaks for that: ``contributions`` are those of the grade,
    by kind of feature, and where none of them does, the grade is the image grader's.
    """
    values = {name: found.value for name in _NAMES if isinstance(found := measurements.get(name), Measurement)}
    if not values:
        return "neither signal nor height could be measured: graded by its picture alone"
    told = ", ".join(_NAMES[name].format(value) for name, value in values.items())
    rest = _spoken_for(grade, contributions)
    unlikely = {g: _unlikeliness(values, of_grade) for g, of_grade in sorted(usual.items())}
    nearest = min(unlikely, key=lambda g: unlikely[g])
    if _furthest(values, usual[nearest]) > _UNUSUAL:
        return f"{told}: unusual for any grade; {rest}"
    typical = [g for g, value in unlikely.items() if value <= unlikely[nearest] + 2 * math.log(2)]
    sentence = f"{told}: typical of grade {_listed(typical)}"
    return sentence if grade in typical else f"{sentence}; {rest}"


def _spoken_for(grade: int, contributions: Mapping[str, float]) -> str:
    """Say on which two kinds of feature, other than the two numbers told, a grade rests most.

    >>> _spoken_for(3, {"signal": 0.9, "texture": 0.5, "shape": 0.4, "canal": 0.1, "bone": -0.4})
    'grade 3 rests on its texture and shape'
    """
    named = {_KIND_NAMES[kind]: value for kind, value in contributions.items() if kind in _KIND_NAMES}
    strongest = [name for name in sorted(named, key=lambda name: -named[name]) if named[name] >= _TELLING][:2]
    if not strongest:
        return f"grade {grade} rests on its picture"
    return f"grade {grade} rests on its {' and '.join(strongest)}"


def _deviations(values: Mapping[str, float], usual: UsualValues) -> list[tuple[float, float]]:
    """Return for each value its distance from the median in spreads, and the spread."""
    known = {"signal_csf_ratio": usual.signal_csf_ratio, "height_index": usual.height_index}
    return [((value - known[name][0]) / known[name][1], known[name][1]) for name, value in values.items()]


def _unlikeliness(values: Mapping[str, float], usual: UsualValues) -> float:
    """Return minus twice the log-likelihood under normal distributions, up to a constant."""
    return sum(distance**2 + 2 * math.log(spread) for distance, spread in _deviations(values, usual))


def _furthest(values: Mapping[str, float], usual: UsualValues) -> float:
    return max(abs(distance) for distance, _ in _deviations(values, usual))


def _listed(grades: list[int]) -> str:
    """Return grades as people write them.

    >>> _listed([2, 3]), _listed([1, 3])
    ('2-3', '1, 3')
    """
    run = len(grades) > 1 and grades[-1] - grades[0] == len(grades) - 1
    return f"{grades[0]}-{grades[-1]}" if run else ", ".join(map(str, grades))
