"""Graders by name, as the study compares them and the command line offers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from spoils.errors import UsageError
from spoils.training.grading.models.base import Grader
from spoils.training.grading.models.boosting import BoostingPlan, XGBoostPlan
from spoils.training.grading.models.classifiers import ForestPlan, LogisticPlan, SupportVectorPlan
from spoils.training.grading.models.image.grader import ImageGrader
from spoils.training.grading.models.ordinal import OrdinalGrader
from spoils.training.grading.models.tabular import TabularGrader

__all__ = ["EXPORTABLE_GRADERS", "GRADERS", "IMAGE_GRADERS", "TABULAR_GRADERS", "build_grader"]

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
"""Graders on features only."""


EXPORTABLE_GRADERS: tuple[str, ...] = tuple(name for name in TABULAR_GRADERS if not name.endswith(("svm", "xgboost")))
"""Graders that ``export_tabular`` can write. XGBoost cannot, nor support vectors calibrated in folds that lack a
class."""


IMAGE_GRADERS: tuple[str, ...] = (
    *("cnn", "mobilenet-v2", "vgg16"),
    *("disc", "disc-one", "disc-cumulative", "disc-pretrained", "patient"),
)
"""Graders on images of discs: the three of the study, and ours.

The packaged grader is ``disc``, an ensemble of three networks. Our others are single networks: a plain one, one with
the cumulative loss, one pretrained without grades, and one that sees all discs of a patient.
"""

GRADERS: tuple[str, ...] = (*IMAGE_GRADERS, *TABULAR_GRADERS)
"""Every name that ``build_grader`` accepts."""


def build_grader(name: str) -> Grader:
    """Return the grader of this name with its default plan.

    Raises:
        UsageError: there is none of this name.

    >>> build_grader("svm").name
    'svm'
    """
    if name in _TABULAR:
        return _TABULAR[name](name)
    if name in IMAGE_GRADERS:
        return ImageGrader.named(name)
    raise UsageError(f"There is no grader {name!r}; choose one of {', '.join(GRADERS)}.")
