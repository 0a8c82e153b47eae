"""One sentence per disc: what was measured, and which grades usually have such values."""

from __future__ import annotations

import math
from collections.abc import Mapping

from spoils.findings import Measured, Measurement
from spoils.grading.graders import UsualValues
from spoils.messages import Message, message

__all__ = ["why"]

_UNUSUAL = 3.0
"""Spreads from the median beyond which a value is called unusual."""

_LEAST_CONTRIBUTION = 0.3
"""Change of log-odds from which a grade is said to rest on a kind of feature: its odds are a third higher."""

_QUOTED = ("signal_csf_ratio", "height_index")
"""The measurements that a sentence quotes."""

_KINDS = {
    "shape": message("feature-shape"),
    "texture": message("feature-texture"),
    "bone": message("feature-bone"),
    "neighbours": message("feature-neighbours"),
    "canal": message("feature-canal"),
}
"""The kinds of feature that are named beside the two measurements."""


def why(
    measurements: Mapping[str, Measured],
    grade: int,
    usual: Mapping[int, UsualValues],
    contributions: Mapping[str, float],
) -> Message:
    """Return the sentence, e.g. ``signal 0.21 of CSF, height index 0.19: typical of grade 4-5``.

    A grade counts as typical when the measured values are at least half as likely in it as in the likeliest grade.
    Where the answer is another grade, the sentence says what supports it: ``contributions`` are those of the grade, by
    kind of feature, and where none of them does, the grade is the image grader's.
    """
    values = {name: found.value for name in _QUOTED if isinstance(found := measurements.get(name), Measurement)}
    if not values:
        return message("graded-by-image-alone")
    quoted = [_quoted(name, value) for name, value in values.items()]
    basis = _basis(grade, contributions)
    unlikely = {g: _unlikeliness(values, of_grade) for g, of_grade in sorted(usual.items())}
    nearest = min(unlikely, key=lambda g: unlikely[g])
    if _furthest(values, usual[nearest]) > _UNUSUAL:
        return message("values-unusual", values=[*quoted], basis=basis)
    typical = [g for g, value in unlikely.items() if value <= unlikely[nearest] + 2 * math.log(2)]
    if grade in typical:
        return message("values-typical", values=[*quoted], grades=_listed(typical))
    return message("values-typical-of-other-grade", values=[*quoted], grades=_listed(typical), basis=basis)


def _quoted(name: str, value: float) -> Message:
    if name == "signal_csf_ratio":
        return message("signal-of-csf", value=value)
    return message("height-index", value=value)


def _basis(grade: int, contributions: Mapping[str, float]) -> Message:
    """Return on which two kinds of feature, other than the two numbers quoted, a grade rests most.

    >>> str(_basis(3, {"signal": 0.9, "texture": 0.5, "shape": 0.4, "canal": 0.1, "bone": -0.4}))
    'grade 3 rests on its texture and shape'
    """
    named = {kind: value for kind, value in contributions.items() if kind in _KINDS and value >= _LEAST_CONTRIBUTION}
    match sorted(named, key=lambda kind: -named[kind])[:2]:
        case [first, second]:
            return message("grade-rests-on-two", grade=grade, first=_KINDS[first], second=_KINDS[second])
        case [only]:
            return message("grade-rests-on-one", grade=grade, feature=_KINDS[only])
        case _:
            return message("grade-rests-on-image", grade=grade)


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
