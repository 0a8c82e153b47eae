"""Discs whose recorded grade every model contradicts: perhaps the label is wrong, perhaps the disc is hard.

They are listed, drawn and counted, never dropped from a fit or from a figure that is reported as the result. Figures
without them are an upper bound and no more: discs are chosen because they were answered wrong, so leaving them out must
flatter. Only a model that can grade has a vote: one that answers grade 3 everywhere contradicts no 3, and would keep
every 3 off the list.
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
"""A model votes whose Pfirrmann kappa is surely above this: about what two human readers reach (``docs/results.md``).

One that agrees less with the radiologist says more of itself than of the label when it contradicts.
"""


@dataclass(frozen=True)
class LabelIssue:
    """A disc whose recorded grade no voting model gives, with what they say instead.

    ``row`` is its place in the table. ``answers`` is each model's grade by name, ``support`` the mean probability that
    the models leave to the recorded grade.
    """

    row: int
    patient: str
    level: str
    recorded: int
    answers: Mapping[str, int]
    support: float

    @property
    def apart(self) -> int:
        """The least number of grades between the recorded one and any model's."""
        return min(abs(answer - self.recorded) for answer in self.answers.values())


def eligible_voters(reports: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of the models whose whole interval of Pfirrmann kappa lies above ``MIN_VOTER_KAPPA``.

    Args:
        reports: the ``grader_report`` of each model, scored by patient. A model without a kappa has no vote.

    >>> eligible_voters({"a": {"figures": {"pfirrmann_kappa": {"value": 0.8, "low": 0.7, "high": 0.9}}}})
    ('a',)
    """
    kappas = {name: report["figures"].get("pfirrmann_kappa") for name, report in reports.items()}
    return tuple(name for name, kappa in kappas.items() if kappa is not None and kappa["low"] > MIN_VOTER_KAPPA)


def find_label_issues(table: DiscTable, answers: Mapping[str, Probabilities]) -> tuple[LabelIssue, ...]:
    """Return the discs whose recorded grade every model contradicts, those with least support first.

    Args:
        table: the discs.
        answers: class probabilities (discs, 11) by name of each model that votes, out of fold by patient. Where none
            votes, nothing is contradicted.

    Raises:
        UsageError: a model has not answered every disc.
    """
    if any(len(of) != len(table.rows) for of in answers.values()):
        raise UsageError("Each model must have answered every disc of the table.")
    if not answers:
        return ()
    chosen = {name: np.array(GRADES)[GRADE_INDEX_OF_CLASS[predicted_classes(of)]] for name, of in answers.items()}
    recorded = np.array([row.label.grade for row in table.rows])
    against = np.all([of != recorded for of in chosen.values()], axis=0)
    shares = np.mean([grade_probabilities(of) for of in answers.values()], axis=0)
    support = shares[np.arange(len(recorded)), recorded - GRADES[0]]
    found = [
        LabelIssue(
            row=int(row),
            patient=table.rows[row].label.patient,
            level=table.rows[row].label.level,
            recorded=int(recorded[row]),
            answers={name: int(of[row]) for name, of in chosen.items()},
            support=float(support[row]),
        )
        for row in np.flatnonzero(against)
    ]
    return tuple(sorted(found, key=lambda one: (one.support, one.row)))


def label_issues_csv(found: tuple[LabelIssue, ...]) -> str:
    """Return the list as CSV, a row for each disc and a column for each model."""
    models = sorted({name for one in found for name in one.answers})
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("patient", "level", "recorded_grade", "support", "grades_apart", *models))
    for one in found:
        answers = [one.answers[name] for name in models]
        writer.writerow((one.patient, one.level, one.recorded, f"{one.support:.4f}", one.apart, *answers))
    return stream.getvalue()
