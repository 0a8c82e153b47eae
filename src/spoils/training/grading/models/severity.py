"""Severity from the probabilities of findings, by the points of the severity rules.

Findings are assumed to be independent given the input of the grader.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from spoils.anatomy import GRADE_CLASSES
from spoils.grading import FINDINGS, GRADES, SEVERITIES, grade_of, severity_of, severity_rules

__all__ = [
    "GRADES_OF_MANY",
    "GRADE_OF_CLASS",
    "LEAST_PROBABILITY",
    "LEAST_SHARE",
    "PRESENT",
    "SEVERITY_OF_CLASS",
    "SEVERITY_OF_PRESENT",
    "severity_by_findings",
]

FloatArray = npt.NDArray[np.float64]

PRESENT: npt.NDArray[np.intp] = np.array(list(product((0, 1), repeat=len(FINDINGS))))
"""Every combination of findings, (64, 6): 1 if a finding is present."""

LEAST_PROBABILITY = 1e-4
"""Bound on the probability of a finding. It keeps logarithms finite."""


def _severities() -> FloatArray:
    rules = severity_rules()
    points = PRESENT @ np.array([rules.points[name] for name in FINDINGS])
    found = [rules.severity(int(total), GRADES[-1]) for total in points]
    return np.array([[float(name == one) for name in SEVERITIES] for one in found])


SEVERITY_OF_PRESENT: FloatArray = _severities()
"""One-hot severity of each of ``PRESENT``, at a grade that can have any severity, (64, 3)."""


def severity_by_findings(findings: FloatArray) -> FloatArray:
    """Return the probability of each severity (discs, 3) from that of each finding (discs, 6).

    >>> severity_by_findings(np.array([[1.0, 0.0, 0.0, 0.5, 0.0, 0.0]])).round(2).tolist()
    [[0.5, 0.5, 0.0]]
    """
    sure = np.clip(findings, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    chances = np.exp(np.log(sure) @ PRESENT.T + np.log(1 - sure) @ (1 - PRESENT).T)
    return np.asarray(chances @ SEVERITY_OF_PRESENT)


GRADE_OF_CLASS = np.array([grade_of(name) for name in GRADE_CLASSES])
"""Pfirrmann grade of each class, (11,)."""


SEVERITY_OF_CLASS = np.array([SEVERITIES.index(severity_of(name)) for name in GRADE_CLASSES])
"""Index into ``SEVERITIES`` of each class, (11,)."""


GRADES_OF_MANY = tuple(grade for grade in GRADES if sum(grade_of(name) == grade for name in GRADE_CLASSES) > 1)
"""Grades that occur with more than one severity."""


LEAST_SHARE = 1e-6
"""Lower bound of probabilities that are multiplied, so that rounding cannot exclude a severity."""
