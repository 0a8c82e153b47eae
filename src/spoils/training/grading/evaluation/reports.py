"""Reports of out-of-fold predictions: calibrated, scored, by subgroup, and with and without label issues.

Each fold is calibrated on the predictions of the other folds only. The models behind those predictions were fitted to
this fold's patients. A fold is therefore excluded from its own calibration, but not from those fits. As in
cross-conformal prediction (Vovk, Ann Math Artif Intell 2015;74:9), coverage is measured and not guaranteed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.decision import GradedDiscs as DecidedDiscs
from spoils.decision import Policy
from spoils.grading import FINDINGS, grade_of, likely_points, possible_findings, severity_of, severity_rules
from spoils.training.disc_table import DiscTable
from spoils.training.grading.evaluation.calibration import Probabilities, fit_calibration, prediction_sets
from spoils.training.grading.evaluation.confusion import confusions, recalls
from spoils.training.grading.evaluation.finding_scores import score_findings
from spoils.training.grading.evaluation.label_issues import LabelIssue
from spoils.training.grading.evaluation.scores import (
    REPEATS,
    ScoredDiscs,
    class_intervals,
    confusion_of,
    intervals,
    patient_draws,
    with_intervals,
)
from spoils.training.grading.evaluation.subgroups import score_subgroups, subgroups_of_table
from spoils.training.grading.models.ensemble import stack_out_of_fold, stacking_wins
from spoils.training.grading.protocols import Split, SplitPredictions

__all__ = [
    "calibrated",
    "count_possible_strata",
    "figures_without_issues",
    "findings_report",
    "grader_report",
    "likely_findings_report",
    "severity_conflicts",
    "stacking_report",
    "subgroup_report",
]

_FAR = 2


def calibrated(first: Probabilities, second: Probabilities, split: Split) -> ScoredDiscs:
    """Calibrate the mean of two graders' predictions (rows, 11) for each fold on the other folds only.

    For a single grader, pass its predictions twice.
    """
    classes = split.discs.classes
    probabilities, sets = np.zeros_like(first), np.zeros(first.shape, dtype=bool)
    for fold in np.unique(split.folds):
        here = split.folds == fold
        calibration = fit_calibration(first[~here], second[~here], classes[~here])
        probabilities[here] = calibration.combined(first[here], second[here])
        sets[here] = prediction_sets(probabilities[here], calibration)
    return ScoredDiscs(classes, probabilities, sets, split.discs.patients)


def grader_report(discs: ScoredDiscs, *, repeats: int = REPEATS) -> dict[str, Any]:
    """Return the report of one grader.

    Returns:
        ``discs``, ``patients``, every figure with its interval, figures ``by_class``, and the ``confusion`` matrix,
        whose rows are the truth.
    """
    return {
        "discs": len(discs),
        "patients": len(np.unique(discs.patients)),
        "figures": with_intervals(discs, repeats=repeats),
        "by_class": class_intervals(discs, repeats=repeats),
        "confusion": confusion_of(discs).tolist(),
    }


def findings_report(predictions: SplitPredictions, *, repeats: int = REPEATS) -> dict[str, Any]:
    """Return the area under the curve of each finding with its interval; empty if findings were not predicted."""
    split = predictions.split
    if predictions.findings is None or split.findings is None:
        return {}
    return score_findings(predictions.findings, split.findings, split.discs.patients, repeats=repeats)


def likely_findings_report(predictions: SplitPredictions, *, repeats: int = REPEATS) -> dict[str, dict[str, Any]]:
    """Return how well findings are detected. As in the report, a finding is likely from a probability of one half.

    Returns:
        For each finding:

        - ``discs``, and the number with the finding ``present``, ``likely``, and both (``found``);
        - ``sensitivity`` and ``specificity`` with their intervals, left out if no disc determines them;
        - ``reported``, the number for which the report calls it likely or possible, and ``reported_present`` of these.

        Empty if findings were not predicted.
    """
    split = predictions.split
    if predictions.findings is None or split.findings is None:
        return {}
    likely, possible = _named(predictions.findings, likely_points), _named(predictions.findings, possible_findings)
    one, many = np.ones((1, len(likely))), patient_draws(split.discs.patients, repeats=repeats)
    table = {}
    for name, present, found, shown in zip(FINDINGS, split.findings.T, likely.T, (likely | possible).T, strict=True):
        pairs = present.astype(int), found.astype(int)
        value, drawn = (recalls(confusions(*pairs, 2, weights)) for weights in (one, many))
        sides = {"specificity": 0, "sensitivity": 1}
        table[name] = {
            "discs": len(found),
            "present": int(present.sum()),
            "likely": int(found.sum()),
            "found": int((found & present).sum()),
            "reported": int(shown.sum()),
            "reported_present": int((shown & present).sum()),
            **intervals(
                {side: value[:, index] for side, index in sides.items()},
                {side: drawn[:, index] for side, index in sides.items()},
            ),
        }
    return table


def _named(
    findings: Probabilities, name_some: Callable[[Mapping[str, float]], Container[str]]
) -> npt.NDArray[np.bool_]:
    """Return which findings ``name_some`` returns, (discs, 6), given their probabilities (discs, 6)."""
    rows = [name_some(dict(zip(FINDINGS, row, strict=True))) for row in findings.tolist()]
    return np.array([[name in named for name in FINDINGS] for named in rows])


def stacking_report(
    first: Probabilities, second: Probabilities, split: Split, *, repeats: int = REPEATS
) -> dict[str, Any]:
    """Score a learned combination of two graders' predictions (rows, 11), on patients left out of its fit.

    Returns:
        ``figures``, calibrated like those of the plain mean, and ``wins``: whether it is significantly better than the
        mean.
    """
    stacked = stack_out_of_fold([first, second], split.discs, split.folds)
    learned, plain = calibrated(stacked, stacked, split), calibrated(first, second, split)
    wins = stacking_wins(learned.probabilities, plain.probabilities, split.discs, repeats=repeats)
    return {"figures": with_intervals(learned, repeats=repeats), "wins": wins}


def severity_conflicts(discs: ScoredDiscs, findings: Probabilities | None) -> dict[str, int]:
    """Count predictions whose severity contradicts their own likely findings. The report points these out.

    Args:
        discs: discs with their predictions.
        findings: probability of each of ``FINDINGS`` (discs, 6); None if they were not predicted.

    Returns:
        ``discs``, the number predicted with a grade that can have any severity, and ``contradicted`` of them. Empty if
        findings were not predicted.
    """
    if findings is None:
        return {}
    rules = severity_rules()
    counted = {"discs": 0, "contradicted": 0}
    for predicted, row in zip(discs.predicted, findings, strict=True):
        label = GRADE_CLASSES[predicted]
        if grade_of(label) > rules.always_low_up_to_grade:
            points = sum(likely_points(dict(zip(FINDINGS, row.tolist(), strict=True))).values())
            counted["discs"] += 1
            counted["contradicted"] += rules.severity(points, grade_of(label)) != severity_of(label)
    return counted


def subgroup_report(discs: ScoredDiscs, table: DiscTable, split: Split, *, repeats: int = REPEATS) -> dict[str, Any]:
    """Return the figures by level, sex, scanner and field strength."""
    parts = {way: of[split.sources] for way, of in subgroups_of_table(table).items()}
    return score_subgroups(discs, parts, repeats=repeats)


def figures_without_issues(
    discs: ScoredDiscs, found: tuple[LabelIssue, ...], *, repeats: int = REPEATS
) -> Mapping[str, Any]:
    """Return the figures with all discs, without the label issues, and without those of two grades or more.

    Args:
        discs: one for each row of the table.
        found: the label issues among them.
        repeats: resamplings of patients.

    Returns:
        ``all``, ``without_issues`` and ``without_large_issues``, each with ``discs`` and ``figures``. The figures are
        None if no disc is left.
    """
    out = {
        "all": [],
        "without_issues": [one.row for one in found],
        "without_large_issues": [one.row for one in found if one.apart >= _FAR],
    }
    kept = {name: np.setdiff1d(np.arange(len(discs)), np.array(rows, dtype=np.intp)) for name, rows in out.items()}
    return {
        name: {
            "discs": len(rows),
            "figures": with_intervals(discs.take(rows), repeats=repeats) if len(rows) else None,
        }
        for name, rows in kept.items()
    }


def count_possible_strata(discs: ScoredDiscs, table: DiscTable, policy: Policy) -> dict[str, dict[str, int]]:
    """Count patients by the strata that their driving disc may belong to.

    Args:
        discs: out-of-fold grades with prediction sets, one for each row of the table.
        table: the discs.
        policy: the policy with the strata.

    Returns:
        A dictionary with keys such as ``conservative to surgical``, the mildest and the worst possible stratum. The
        values are ``patients``, and ``right``, the number whose predicted driving disc is in the stratum of the
        radiologist's driving disc.
    """
    counted: dict[str, dict[str, int]] = {}
    names = np.array(GRADE_CLASSES)
    for patient in np.unique(table.patients):
        of = {DISCS[table.levels[row]]: row for row in np.flatnonzero(table.patients == patient)}
        sets = {level: names[discs.sets[row]].tolist() for level, row in of.items()}
        ours = DecidedDiscs({level: GRADE_CLASSES[discs.predicted[row]] for level, row in of.items()}, sets)
        theirs = DecidedDiscs({level: GRADE_CLASSES[discs.truth[row]] for level, row in of.items()})
        possible = ours.possible_drivers(policy)
        mildest, worst = (policy.stratum(name).name for name in (possible[0], possible[-1]))
        cell = counted.setdefault(f"{mildest} to {worst}", {"patients": 0, "right": 0})
        cell["patients"] += 1
        cell["right"] += _stratum(ours, policy) == _stratum(theirs, policy)
    return dict(sorted(counted.items()))


def _stratum(discs: DecidedDiscs, policy: Policy) -> str:
    return policy.stratum(discs.classes[discs.driving_level(policy)]).name
