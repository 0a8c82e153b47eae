"""The grade that each disc looks like, from its features alone and without its own patient's grades."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GroupKFold, cross_val_predict

from spoils.errors import UsageError
from spoils.grading import GRADES
from spoils.training.disc_table.table import DiscTable

__all__ = ["LEAST_PATIENTS", "expected_grades"]

LEAST_PATIENTS = 40
"""From fewer patients nothing is learned that could contradict a radiologist."""
_N_FOLDS = 8


def expected_grades(table: DiscTable) -> npt.NDArray[np.float64]:
    """Return the Pfirrmann grade that each disc's features suggest, (discs,), fitted without the disc's patient.

    A plain regression, half a grade off in the mean: enough to find grades that hardly belong to the image.

    Raises:
        UsageError: there are fewer than ``LEAST_PATIENTS``.
    """
    patients = table.patients
    if len(np.unique(patients)) < LEAST_PATIENTS:
        raise UsageError(f"At least {LEAST_PATIENTS} patients are needed to tell what a grade looks like.")
    grades = np.array([row.label.grade for row in table.rows], dtype=np.float64)
    regression = HistGradientBoostingRegressor(max_leaf_nodes=8, random_state=0)
    folds = GroupKFold(_N_FOLDS)
    expected = cross_val_predict(regression, table.features, grades, groups=patients, cv=folds)
    return np.asarray(np.clip(expected, min(GRADES), max(GRADES)))
