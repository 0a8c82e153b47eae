"""How much each kind of feature supports a disc's grade: exact Shapley values of the geometry grader's output.

The seven kinds are the players. A kind that is left out of a coalition takes its usual values, those of the discs that
the grader learned from; the worth of a coalition is the log-odds of the answered Pfirrmann grade. Shapley values
(Lundberg and Lee, NeurIPS 2017, arXiv:1705.07874) are the one fair way to share the difference between the disc and the
usual disc of its level, and with seven players all 128 coalitions can be evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import factorial

import numpy as np
import numpy.typing as npt

from spoils.grading.classes import GRADES, grade_probabilities
from spoils.grading.endplates import ENDPLATE_FEATURES
from spoils.grading.features import FEATURES, FeatureRow

__all__ = ["FEATURE_KINDS", "Answering", "contributions", "kind_of_feature"]

Answering = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.floating]]
"""From features (rows, feature) to class probabilities (rows, 11)."""

FloatArray = npt.NDArray[np.float64]

FEATURE_KINDS: tuple[str, ...] = ("signal", "height", "shape", "texture", "bone", "neighbours", "canal")
"""Kinds of features: the disc's brightness, height, contour and inner pattern, the bone beside it, the patient's other
discs, and the canal."""

_LEAST_PROBABILITY = 1e-4
"""Trees answer some grades with next to nothing; how near to zero depends on the trees rather than on the disc."""

_OF_OTHER_DISCS = ("_above", "_below", "_over_others", "_over_highest")
_KINDS = {
    "height_index": "height",
    "height_over_width": "height",
    "area_over_body_width_squared": "height",
    "central_over_mean_height": "shape",
    "anterior_over_posterior_height": "shape",
    "mid_over_mean_width": "shape",
    "width_over_bodies": "shape",
    "corner_shear": "shape",
    "front_bulge": "shape",
    "back_bulge": "shape",
    "signal_csf_ratio": "signal",
    "disc_p10": "signal",
    "disc_p50": "signal",
    "disc_p90": "signal",
    "dark_share": "signal",
    "nucleus_p10": "signal",
    "nucleus_p50": "signal",
    "nucleus_p90": "signal",
    "front_rim": "signal",
    "back_rim": "signal",
    "disc_over_bone": "signal",
    "signal_difference_csf": "texture",
    "disc_variation": "texture",
    "nucleus_variation": "texture",
    "nucleus_cleft": "texture",
    "nucleus_over_rim": "texture",
    "border_steepness": "texture",
    "brightest_place": "texture",
    "upper_bone": "bone",
    "lower_bone": "bone",
    "upper_body_wedge": "bone",
    "lower_body_wedge": "bone",
    **dict.fromkeys(ENDPLATE_FEATURES, "bone"),
    "wall_step": "shape",
    "wedge_angle": "shape",
    "front_beyond_walls": "shape",
    "back_beyond_walls": "shape",
    "back_area_beyond_walls": "shape",
    "behind_signal": "canal",
    "behind_signal_near": "canal",
    "behind_dark_share": "canal",
    "canal_narrowest_over_rest": "canal",
    "canal_narrowest_over_width": "canal",
    "canal_near_over_rest": "canal",
    "canal_over_body_width": "canal",
    "canal_over_other_levels": "canal",
}


def kind_of_feature(name: str) -> str | None:
    """Return the kind of a feature; None for the level, which is no evidence and so never left out.

    >>> kind_of_feature("signal_csf_ratio_over_others"), kind_of_feature("level_index")
    ('neighbours', None)

    Raises:
        KeyError: the feature is of no known kind.
    """
    if name == "level_index":
        return None
    return "neighbours" if name.endswith(_OF_OTHER_DISCS) else _KINDS[name]


def contributions(
    rows: npt.NDArray[np.float32], grades: Sequence[int], usual: FeatureRow, answering: Answering
) -> list[dict[str, float]]:
    """Return for each disc what each of ``FEATURE_KINDS`` adds to the log-odds (natural) of its grade.

    Their sum is the log-odds for the disc minus those for the usual disc of its level. What is NaN in a disc and in
    ``usual`` adds nothing.

    Args:
        rows: features (discs, feature) in the order of ``FEATURES``, NaN where not measured.
        grades: the answered Pfirrmann grade of each disc.
        usual: the features (feature,) of the usual disc; NaN where the grader has its own median.
        answering: the grader; it is called once.
    """
    kept, shares = _coalitions(), _shares()
    mixed = np.where(kept[:, _place_of_kind()], rows[:, None], usual).astype(np.float32)
    found = grade_probabilities(answering(mixed.reshape(-1, rows.shape[1]))).reshape(len(rows), len(kept), len(GRADES))
    of_grade = found[np.arange(len(rows)), :, [GRADES.index(grade) for grade in grades]]
    of_grade = np.clip(of_grade, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    added = np.log(of_grade / (1 - of_grade)) @ shares.T
    return [dict(zip(FEATURE_KINDS, of_disc.tolist(), strict=True)) for of_disc in added]


@cache
def _place_of_kind() -> npt.NDArray[np.intp]:
    """Return for each feature the column of ``_coalitions`` that says whether it is kept, (feature,)."""
    kinds = [kind_of_feature(name) for name in FEATURES]
    return np.array([len(FEATURE_KINDS) if kind is None else FEATURE_KINDS.index(kind) for kind in kinds])


@cache
def _coalitions() -> npt.NDArray[np.bool_]:
    """Return every coalition, (128, 8): which kinds are kept, and last that the level always is."""
    count = len(FEATURE_KINDS)
    members = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    return np.hstack((members, np.ones((2**count, 1)))).astype(bool)


@cache
def _shares() -> FloatArray:
    """Return what the worth of each coalition adds to each kind's value, (7, 128): signed Shapley weights."""
    count = len(FEATURE_KINDS)
    weights = np.array([factorial(size) * factorial(count - 1 - size) / factorial(count) for size in range(count)])
    members = _coalitions()[:, :count]
    sizes = members.sum(axis=1)
    joined, missed = weights[np.maximum(sizes - 1, 0)], -weights[np.minimum(sizes, count - 1)]
    return np.asarray(np.where(members.T, joined, missed))
