"""The eleven classes taken apart: which Pfirrmann grade and which severity each one holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spoils.anatomy import GRADE_CLASSES

__all__ = ["GRADES", "SEVERITIES", "grade_of", "grade_probabilities", "severity_of", "severity_probabilities"]

GRADES: tuple[int, ...] = (1, 2, 3, 4, 5)
"""Pfirrmann grades, healthiest first."""

SEVERITIES: tuple[str, ...] = ("L", "M", "H")
"""Spondylosis severity low, moderate, high."""


def grade_of(label: str) -> int:
    """Return the Pfirrmann grade in a class.

    >>> grade_of("4M")
    4
    """
    return int(label[0])


def severity_of(label: str) -> str:
    """Return the severity in a class.

    >>> severity_of("4M")
    'M'
    """
    return label[1]


_IN_GRADE = np.array([[grade_of(label) == grade for grade in GRADES] for label in GRADE_CLASSES], dtype=np.float64)
_IN_SEVERITY = np.array(
    [[severity_of(label) == severity for severity in SEVERITIES] for label in GRADE_CLASSES], dtype=np.float64
)


def grade_probabilities(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Sum class probabilities (..., 11) to those of the five Pfirrmann grades (..., 5).

    >>> grade_probabilities(np.full(11, 1 / 11)).round(2).tolist()
    [0.09, 0.09, 0.27, 0.27, 0.27]
    """
    return np.asarray(np.asarray(probabilities) @ _IN_GRADE)


def severity_probabilities(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Sum class probabilities (..., 11) to those of low, moderate and high severity (..., 3).

    >>> severity_probabilities(np.full(11, 1 / 11)).round(2).tolist()
    [0.45, 0.27, 0.27]
    """
    return np.asarray(np.asarray(probabilities) @ _IN_SEVERITY)
