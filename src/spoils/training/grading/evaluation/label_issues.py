"""Label issues: discs whose recorded grade every model contradicts. Either the label is wrong or the disc is difficult.

Label issues are listed, drawn and counted. They are never dropped from a fit or from a reported figure. Figures without
them are only an upper bound, because the discs are selected by disagreement with the models.

Only models that grade well can vote. A model that predicts grade 3 everywhere contradicts no grade 3, and would keep
every grade 3 off the list.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spoils.errors import UsageError
from spoils.grading import GRADES, grade_probabilities
from spoils.training.disc_table import DiscTable
from spoils.training.grading.evaluation.scores import GRADE_INDEX_OF_CLASS, predicted_classes
from spoils.training.grading.models.base import Probabilities

__all__ = ["MIN_VOTER_KAPPA", "LabelIssue", "eligible_voters", "find_label_issues", "label_issues_csv"]

MIN_VOTER_KAPPA = 0.6
"""A model can vote if its Pfirrmann kappa is significantly above this. Two human readers reach about this value.

A model that agrees less with the radiologist is more likely to be wrong than the label (``docs/results.md``).
"""


@dataclass(frozen=True)
class LabelIssue:
    """A disc whose recorded grade no voting model predicts.

    Attributes:
        row: row of the table.
        patient: patient of the disc.
        level: level of the disc.
        recorded: the recorded grade.
        predictions: predicted grade by name of the model.
        support: probability of the recorded grade, averaged over the models.
    """

    row: int
    patient: str
    level: str
    recorded: int
    predictions: Mapping[str, int]
    support: float

    @property
    def apart(self) -> int:
        """The smallest difference in grades between the recorded grade and any prediction."""
        return min(abs(grade - self.recorded) for grade in self.predictions.values())


def eligible_voters(reports: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of the models whose interval of Pfirrmann kappa lies above ``MIN_VOTER_KAPPA``.

    Args:
        reports: the ``grader_report`` of each model, scored by patient. A model without a kappa cannot vote.

    >>> eligible_voters({"a": {"figures": {"pfirrmann_kappa": {"value": 0.8, "low": 0.7, "high": 0.9}}}})
    ('a',)
    """
    kappas = {name: report["figures"].get("pfirrmann_kappa") for name, report in reports.items()}
    return tuple(name for name, kappa in kappas.items() if kappa is not None and kappa["low"] > MIN_VOTER_KAPPA)


def find_label_issues(table: DiscTable, predictions: Mapping[str, Probabilities]) -> tuple[LabelIssue, ...]:
    """Return the discs whose recorded grade every model contradicts, those with the least support first.

    Args:
        table: the discs.
        predictions: out-of-fold class probabilities (discs, 11), by patient, for each model that votes. Without models
            there are no label issues.

    Raises:
        UsageError: a model did not predict every disc.
    """
    if any(len(of) != len(table.rows) for of in predictions.values()):
        raise UsageError("Each model must have predicted every disc of the table.")
    if not predictions:
        return ()
    chosen = {name: np.array(GRADES)[GRADE_INDEX_OF_CLASS[predicted_classes(of)]] for name, of in predictions.items()}
    recorded = np.array([row.label.grade for row in table.rows])
    against = np.all([of != recorded for of in chosen.values()], axis=0)
    shares = np.mean([grade_probabilities(of) for of in predictions.values()], axis=0)
    support = shares[np.arange(len(recorded)), recorded - GRADES[0]]
    found = [
        LabelIssue(
            row=int(row),
            patient=table.rows[row].label.patient,
            level=table.rows[row].label.level,
            recorded=int(recorded[row]),
            predictions={name: int(of[row]) for name, of in chosen.items()},
            support=float(support[row]),
        )
        for row in np.flatnonzero(against)
    ]
    return tuple(sorted(found, key=lambda one: (one.support, one.row)))


def label_issues_csv(found: tuple[LabelIssue, ...]) -> str:
    """Return the label issues as CSV, with a row for each disc and a column for each model."""
    models = sorted({name for one in found for name in one.predictions})
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("patient", "level", "recorded_grade", "support", "grades_apart", *models))
    for one in found:
        predictions = [one.predictions[name] for name in models]
        writer.writerow((one.patient, one.level, one.recorded, f"{one.support:.4f}", one.apart, *predictions))
    return stream.getvalue()
