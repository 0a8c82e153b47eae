"""One plain sentence per disc: what was measured, and which grades usually measure so."""

from __future__ import annotations

from collections.abc import Mapping

from spoils.findings import Measured, Measurement
from spoils.grading.graders import UsualRange

__all__ = ["why"]

_NAMES = {"signal_csf_ratio": "signal {:.2f} of CSF", "height_index": "height index {:.2f}"}


def why(measurements: Mapping[str, Measured], grade: int, usual: Mapping[int, UsualRange]) -> str:
    """Return the sentence, e.g. ``signal 0.21 of CSF, height index 0.19: typical of grade 4-5``.

    A grade counts as typical when every measured value lies within the central 80 % of the discs that radiologists gave
    this grade. Where the answer is another grade, the sentence says that it rests on more than these two numbers.
    """
    values = {name: found.value for name in _NAMES if isinstance(found := measurements.get(name), Measurement)}
    if not values:
        return "neither signal nor height could be measured: graded by its picture alone"
    told = ", ".join(_NAMES[name].format(value) for name, value in values.items())
    typical = [g for g, ranges in sorted(usual.items()) if _fits(values, ranges)]
    if not typical:
        return f"{told}: unusual for any single grade; its texture and neighbours speak for grade {grade}"
    sentence = f"{told}: typical of grade {_listed(typical)}"
    return sentence if grade in typical else f"{sentence}; its texture and neighbours speak for grade {grade}"


def _fits(values: Mapping[str, float], ranges: UsualRange) -> bool:
    limits = {"signal_csf_ratio": ranges.signal_csf_ratio, "height_index": ranges.height_index}
    return all(limits[name][0] <= value <= limits[name][1] for name, value in values.items())


def _listed(grades: list[int]) -> str:
    """Return grades as people write them.

    >>> _listed([2, 3]), _listed([1, 3])
    ('2-3', '1, 3')
    """
    run = len(grades) > 1 and grades[-1] - grades[0] == len(grades) - 1
    return f"{grades[0]}-{grades[-1]}" if run else ", ".join(map(str, grades))
