"""The graders by name: what a study compares and the command line offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from spoils.errors import UsageError
from spoils.training.graders.base import Grader
from spoils.training.graders.boosting import BoostingPlan
from spoils.training.graders.classifiers import ForestPlan, LogisticPlan, SupportVectorPlan, XGBoostPlan
from spoils.training.graders.ordinal import OrdinalGrader
from spoils.training.graders.tabular import TabularGrader

__all__ = ["EXPORTABLE_GRADERS", "TABULAR_GRADERS", "build_grader", "grader_names"]

_TABULAR: Mapping[str, Callable[[str], Grader]] = {
    "logistic": lambda name: TabularGrader(name, LogisticPlan()),
    "svm": lambda name: TabularGrader(name, SupportVectorPlan()),
    "xgboost": lambda name: TabularGrader(name, XGBoostPlan()),
    "boosting": lambda name: TabularGrader(name, BoostingPlan()),
    "forest": lambda name: TabularGrader(name, ForestPlan()),
    "ordinal-logistic": lambda name: OrdinalGrader(name, LogisticPlan()),
    "ordinal-boosting": lambda name: OrdinalGrader(name, BoostingPlan()),
    "ordinal-forest": lambda name: OrdinalGrader(name, ForestPlan()),
    "ordinal-xgboost": lambda name: OrdinalGrader(name, XGBoostPlan()),
}

TABULAR_GRADERS: tuple[str, ...] = tuple(_TABULAR)
"""Graders on features alone; they need no torch."""


EXPORTABLE_GRADERS: tuple[str, ...] = tuple(name for name in TABULAR_GRADERS if not name.endswith(("svm", "xgboost")))
"""Those that ``export_tabular`` can write: not XGBoost's, nor support vectors calibrated in folds that lack a class."""


def grader_names() -> tuple[str, ...]:
    """Return every name that ``build_grader`` knows."""
    return TABULAR_GRADERS


def build_grader(name: str) -> Grader:
    """Return the grader of this name with its usual plan.

    Raises:
        UsageError: there is none of this name.

    >>> build_grader("svm").name
    'svm'
    """
    if name not in _TABULAR:
        raise UsageError(f"There is no grader {name!r}; choose one of {', '.join(grader_names())}.")
    return _TABULAR[name](name)
