"""The experiment of the packaged pair of graders: fit, score out of fold by patient, and write the results.

The folder of a fit then contains ``scores.json`` and ``scores.txt``. The discs whose grade both graders contradict are
in ``label-issues.csv`` and ``label-issues.html``. The HTML page contains patients' images.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from spoils.anatomy import GRADE_CLASSES
from spoils.config import Settings
from spoils.decision import load_policy
from spoils.errors import InputUnreadable
from spoils.grading import FEATURES, Calibration, EnsembleRecord, UsualValues, severity_rules
from spoils.training.data import grading_folds
from spoils.training.disc_table import TABLE_NAME, DiscTable, open_table
from spoils.training.grading.evaluation.calibration import SET_TARGET, fit_calibration
from spoils.training.grading.evaluation.label_gallery import label_gallery_page
from spoils.training.grading.evaluation.label_issues import find_label_issues, label_issues_csv
from spoils.training.grading.evaluation.markdown import GRADERS, figures_text
from spoils.training.grading.evaluation.reports import (
    calibrated,
    count_possible_strata,
    figures_without_issues,
    findings_report,
    grader_report,
    likely_findings_report,
    severity_conflicts,
    stacking_report,
    subgroup_report,
)
from spoils.training.grading.evaluation.scores import REPEATS
from spoils.training.grading.fit import GradingPlan, OutOfFoldPair, fit_graders
from spoils.training.grading.protocols import QUARTILES_OF_NORMAL
from spoils.training.progress import Progress, no_progress, part

__all__ = ["SCORES_NAME", "evaluate_predictions", "fit_grading", "read_scores"]

SCORES_NAME = "scores.json"
_TEXT_NAME = "scores.txt"
_LABEL_ISSUES_NAME = "label-issues"
_LEAST_SPREAD = 0.01


def _usual_values(table: DiscTable) -> dict[int, UsualValues]:
    """Return median and spread of signal and height index for the discs of each grade."""
    grades = np.array([row.label.grade for row in table.rows])
    usual = {}
    for grade in np.unique(grades):
        found = {}
        for name in ("signal_csf_ratio", "height_index"):
            values = table.features[grades == grade, FEATURES.index(name)]
            low, median, high = np.nanpercentile(values, (25, 50, 75))
            found[name] = (float(median), float(max(high - low, _LEAST_SPREAD) / QUARTILES_OF_NORMAL))
        usual[int(grade)] = UsualValues.model_validate(found)
    return usual


def _reference(table: DiscTable) -> list[float | None]:
    """Return the median of each of ``FEATURES``, which describes a typical disc; None if it was never measured."""
    columns = (column[~np.isnan(column)] for column in table.features.T)
    return [float(np.median(known)) if known.size else None for known in columns]


def evaluate_predictions(table: DiscTable, predictions: OutOfFoldPair, *, repeats: int = REPEATS) -> dict[str, Any]:
    """Score both graders and their mean out of fold, and fit the calibration of the packaged pair.

    Args:
        table: the discs.
        predictions: out-of-fold predictions of both graders.
        repeats: resamplings of patients for the intervals.

    Returns:
        - ``discs``, ``patients``, ``classes``, ``left_out``;
        - every figure of ``image``, ``geometry`` and ``mean``, as value and patient-bootstrap interval;
        - of the mean: ``by_class``, ``confusion`` (rows are the truth), ``by_part``, ``possible_strata`` and
          ``label_issues``;
        - ``learned``, a learned ensemble of both;
        - ``findings`` of both together, with ``findings_likely`` and ``severity_conflicts``;
        - ``ensemble`` and ``reference``, which the manifest keeps.
    """
    split, image, geometry = (
        predictions.image.split,
        predictions.image.probabilities,
        predictions.geometry.probabilities,
    )
    pairs = {"image": (image, image), "geometry": (geometry, geometry), "mean": (image, geometry)}
    graded = {name: calibrated(*pairs[name], split) for name in GRADERS}
    reports = {name: grader_report(discs, repeats=repeats) for name, discs in graded.items()}
    counts = Counter(row.label.label for row in table.rows)
    issues = find_label_issues(table, {"image": image, "geometry": geometry})
    coverage = reports["mean"]["figures"]["set_coverage"]["value"]
    return {
        "protocol": f"{len(np.unique(split.folds))}-fold, grouped by patient, spread over scanners; calibration "
        f"fitted on the other folds; 95 % intervals from {repeats} resamplings of patients",
        "discs": len(table.rows),
        "patients": reports["mean"]["patients"],
        "classes": {name: counts[name] for name in GRADE_CLASSES},
        "left_out": [[left.patient, left.level, left.reason] for left in table.left_out],
        **{name: report["figures"] for name, report in reports.items()},
        "by_class": reports["mean"]["by_class"],
        "confusion": reports["mean"]["confusion"],
        "learned": stacking_report(image, geometry, split, repeats=repeats),
        "findings": findings_report(predictions.together, repeats=repeats),
        "findings_likely": likely_findings_report(predictions.together, repeats=repeats),
        "severity_conflicts": severity_conflicts(graded["mean"], predictions.together.findings),
        "by_part": subgroup_report(graded["mean"], table, split, repeats=repeats),
        "possible_strata": count_possible_strata(graded["mean"], table, load_policy()),
        "label_issues": figures_without_issues(graded["mean"], issues, repeats=repeats),
        "ensemble": _ensemble(table, predictions, coverage).model_dump(mode="json"),
        "reference": _reference(table),
    }


def _ensemble(table: DiscTable, predictions: OutOfFoldPair, coverage: float) -> EnsembleRecord:
    image, geometry = predictions.image.probabilities, predictions.geometry.probabilities
    calibration: Calibration = fit_calibration(image, geometry, table.classes)
    return EnsembleRecord(
        fit=hashlib.sha256(image.tobytes() + geometry.tobytes() + table.classes.tobytes()).hexdigest()[:16],
        temperature=calibration.temperature,
        set_threshold=calibration.set_threshold,
        set_target=SET_TARGET,
        set_coverage=coverage,
        severity_version=severity_rules().version,
        usual=_usual_values(table),
    )


def fit_grading(
    data: Path,
    out: Path,
    plan: GradingPlan | None = None,
    progress: Progress = no_progress,
    settings: Settings | None = None,
) -> dict[str, Any]:
    """Fit the graders on SPIDER and score them out of fold. Parts that ``out`` already contains are not repeated.

    Args:
        data: folder that contains ``spider``.
        out: folder of the fit.
        plan: what to fit.
        progress: called with the stage and the share of the work done.
        settings: location of the segmentation network.

    Returns:
        The result of ``evaluate_predictions``.
    """
    out.mkdir(parents=True, exist_ok=True)
    table = open_table(data, out / TABLE_NAME, settings or Settings(), part(progress, 0.0, 0.2))
    predictions = fit_graders(table, out, plan or GradingPlan(), part(progress, 0.2, 1.0), grading_folds(data))
    scores = evaluate_predictions(table, predictions)
    issues = find_label_issues(
        table, {"image": predictions.image.probabilities, "geometry": predictions.geometry.probabilities}
    )
    (out / SCORES_NAME).write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    (out / _TEXT_NAME).write_text(figures_text(scores), encoding="utf-8")
    (out / f"{_LABEL_ISSUES_NAME}.csv").write_text(label_issues_csv(issues), encoding="utf-8")
    (out / f"{_LABEL_ISSUES_NAME}.html").write_text(label_gallery_page(table, issues), encoding="utf-8")
    return scores


def read_scores(out: Path) -> dict[str, Any]:
    """Read the scores of the fit in ``out``.

    Raises:
        InputUnreadable: there are none, or the file is damaged.
    """
    try:
        scores: dict[str, Any] = json.loads((out / SCORES_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputUnreadable(f"{out.name} holds no finished fit of the graders.") from error
    return scores
