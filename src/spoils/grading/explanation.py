"""One plain sentence per disc: what was measured, and which grades usually measure so."""

from __future__ import annotations

import math
from collections.abc import Mapping

from spoils.findings import Measured, Measurement
from spoils.grading.graders import UsualValues
from spoils.messages import Translator

__all__ = ["why"]

_UNUSUAL = 3.0
"""Spreads from the median beyond which a value is called unusual."""

_TELLING = 0.3
"""Change of log-odds from which a grade is said to rest on a kind of feature: its odds are a third higher."""

_TOLD = ("signal_csf_ratio", "height_index")
"""The measurements that a sentence tells."""


def why(
    measurements: Mapping[str, Measured],
    grade: int,
    usual: Mapping[int, UsualValues],
    contributions: Mapping[str, float],
    translator: Translator,
) -> str:
    """Return the sentence, e.g. ``signal 0.21 of CSF, height index 0.19: typical of grade 4-5``.

    A grade counts as typical when the measured values are at least half as likely in it as in the likeliest grade.
    Where the answer is another grade, the sentence says what speaks for that: ``contributions`` are those of the grade,
    by kind of feature, and where none of them does, the grade is the image grader's.
    """
    values = {name: found.value for name in _TOLD if isinstance(found := measurements.get(name), Measurement)}
    if not values:
        return translator.gettext("neither signal nor height could be measured: graded by its picture alone")
    told = ", ".join(_told(name, value, translator) for name, value in values.items())
    rest = _spoken_for(grade, contributions, translator)
    unlikely = {g: _unlikeliness(values, of_grade) for g, of_grade in sorted(usual.items())}
    nearest = min(unlikely, key=lambda g: unlikely[g])
    if _furthest(values, usual[nearest]) > _UNUSUAL:
        return translator.gettext("{values}: unusual for any grade; {rest}", values=told, rest=rest)
    typical = [g for g, value in unlikely.items() if value <= unlikely[nearest] + 2 * math.log(2)]
    sentence = translator.gettext("{values}: typical of grade {grades}", values=told, grades=_listed(typical))
    return sentence if grade in typical else f"{sentence}; {rest}"


def _told(name: str, value: float, translator: Translator) -> str:
    figure = translator.number(value, 2)
    if name == "signal_csf_ratio":
        return translator.gettext("signal {figure} of CSF", figure=figure)
    return translator.gettext("height index {figure}", figure=figure)


def _spoken_for(grade: int, contributions: Mapping[str, float], translator: Translator) -> str:
    """Say on which two kinds of feature, other than the two numbers told, a grade rests most.

    >>> from spoils.messages import translator_for
    >>> _spoken_for(3, {"signal": 0.9, "texture": 0.5, "shape": 0.4, "canal": 0.1, "bone": -0.4}, translator_for())
    'grade 3 rests on its texture and shape'
    """
    names = {
        "shape": translator.gettext("shape"),
        "texture": translator.gettext("texture"),
        "bone": translator.gettext("bone beside it"),
        "neighbours": translator.gettext("neighbours"),
        "canal": translator.gettext("canal"),
    }
    named = {names[kind]: value for kind, value in contributions.items() if kind in names}
    strongest = [name for name in sorted(named, key=lambda name: -named[name]) if named[name] >= _TELLING][:2]
    match strongest:
        case [first, second]:
            return translator.gettext(
                "grade {grade} rests on its {first} and {second}", grade=grade, first=first, second=second
            )
        case [only]:
            return translator.gettext("grade {grade} rests on its {only}", grade=grade, only=only)
        case _:
            return translator.gettext("grade {grade} rests on its picture", grade=grade)


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
