"""Detection of single findings: area under the ROC curve, with intervals over patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spoils.errors import UsageError
from spoils.grading import FINDINGS
from spoils.training.grading.evaluation.scores import REPEATS, ValueInterval, intervals, patient_draws

__all__ = ["area_under_curve", "score_findings"]

FloatArray = npt.NDArray[np.float64]


def area_under_curve(scores: FloatArray, present: npt.NDArray[np.bool_], weights: FloatArray) -> FloatArray:
    """Return the probability that a disc with the finding scores above one without it; ties count half.

    Args:
        scores: (discs,), higher where the finding is more likely.
        present: whether each disc has the finding, (discs,).
        weights: weight of each disc, (repeats, discs).

    Returns:
        (repeats,); NaN if all counted discs have the finding, or none.

    >>> area_under_curve(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True]), np.ones((1, 4)))
    array([0.875])
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf) > 0)
    with_it, without = (
        np.add.reduceat(np.where(mask[order], weights[:, order], 0.0), starts, axis=1) for mask in (present, ~present)
    )
    below = without.cumsum(axis=1) - without / 2
    pairs = with_it.sum(axis=1) * without.sum(axis=1)
    won = (with_it * below).sum(axis=1)
    return np.asarray(np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0))


def score_findings(
    scores: FloatArray,
    present: npt.NDArray[np.bool_],
    patients: npt.NDArray[np.str_],
    *,
    names: Sequence[str] = FINDINGS,
    repeats: int = REPEATS,
) -> dict[str, ValueInterval]:
    """Return the area under the curve of each finding with its interval under resampling of patients.

    Args:
        scores: (discs, findings), out of fold.
        present: (discs, findings).
        patients: (discs,).
        names: names of the columns.
        repeats: number of resamplings.

    Returns:
        Intervals by name. A finding that all discs or none have is left out.

    Raises:
        UsageError: the shapes do not match.
    """
    if not scores.shape == present.shape == (len(patients), len(names)):
        raise UsageError("Scores of findings, findings and patients do not fit each other.")
    one, many = np.ones((1, len(patients))), patient_draws(patients, repeats=repeats)
    columns = {name: (scores[:, index], present[:, index]) for index, name in enumerate(names)}
    return intervals(
        {name: area_under_curve(*column, one) for name, column in columns.items()},
        {name: area_under_curve(*column, many) for name, column in columns.items()},
    )
