"""Class activation maps: where in the image of a disc the image grader sees its grade.

A class activation map (Zhou et al., CVPR 2016, arXiv:1512.04150) says what each place adds to the score of a class.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spoils.anatomy import GRADE_CLASSES
from spoils.grading.classes import grade_of

__all__ = ["grade_activation"]

_LEAST_PROBABILITY = 1e-6


def grade_activation(
    activation: npt.NDArray[np.floating], probabilities: npt.NDArray[np.floating], grade: int
) -> npt.NDArray[np.float32]:
    """Return what each place of a disc adds to the log-odds of its Pfirrmann grade, (row, column); coarse.

    The log-odds of a grade grow with the score of each of its classes as that class's share in the grade, and fall with
    the score of each other class as that class's share in the rest. So places count that distinguish the grade from its
    rivals; a place that supports all classes equally counts nothing.

    Args:
        activation: class activation maps (11, row, column) of one disc.
        probabilities: the image grader's own class probabilities (11,).
        grade: the answered grade.
    """
    shares = np.maximum(probabilities, _LEAST_PROBABILITY)
    in_grade = np.array([grade_of(label) == grade for label in GRADE_CLASSES])
    weights = np.where(in_grade, shares / shares[in_grade].sum(), -shares / shares[~in_grade].sum())
    return np.tensordot(weights, activation, axes=1).astype(np.float32)
