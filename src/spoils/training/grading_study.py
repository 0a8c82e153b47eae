"""The grading experiment: fit, score out of fold by patient, and write what was found as JSON and as text."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import GRADE_CLASSES
from spoils.config import Settings
from spoils.errors import InputUnreadable
from spoils.grading import FEATURES, Calibration, EnsembleRecord, UsualValues
from spoils.training.grading_calibration import SET_TARGET, Answers, fit_calibration, prediction_sets
from spoils.training.grading_data import DiscTable
from spoils.training.grading_fit import GradingPlan, OutOfFold, fit_graders, load_table
from spoils.training.grading_labels import severity_rules
from spoils.training.grading_scores import GradedDiscs, class_intervals, confusion_of, with_intervals

__all__ = ["SCORES_NAME", "evaluate_answers", "figures_text", "fit_grading", "read_scores"]

SCORES_NAME = "scores.json"
_TEXT_NAME = "scores.txt"
_GRADERS = ("image", "geometry", "mean")
_QUARTILES_OF_NORMAL = 1.349
"""Distance of the quartiles of a normal distribution, in standard deviations: outliers don't move it."""
_LEAST_SPREAD = 0.01


def _held_out(first: Answers, second: Answers, table: DiscTable, folds: npt.NDArray[np.intp]) -> GradedDiscs:
    """Calibrate the mean of two graders' answers for each fold on the other folds alone."""
    classes = table.classes
    probabilities, sets = np.zeros_like(first), np.zeros(first.shape, dtype=bool)
    for fold in np.unique(folds):
        here = folds == fold
        calibration = fit_calibration(first[~here], second[~here], classes[~here])
        probabilities[here] = calibration.combined(first[here], second[here])
        sets[here] = prediction_sets(probabilities[here], calibration)
    return GradedDiscs(classes, probabilities, sets, table.patients)


def _usual_values(table: DiscTable) -> dict[int, UsualValues]:
    """Return median and spread of signal and height index among the discs of each grade."""
    grades = np.array([row.label.grade for row in table.rows])
    usual = {}
    for grade in np.unique(grades):
        found = {}
        for name in ("signal_csf_ratio", "height_index"):
            values = table.features[grades == grade, FEATURES.index(name)]
            low, median, high = np.nanpercentile(values, (25, 50, 75))
            found[name] = (float(median), float(max(high - low, _LEAST_SPREAD) / _QUARTILES_OF_NORMAL))
        usual[int(grade)] = UsualValues.model_validate(found)
    return usual


def evaluate_answers(table: DiscTable, answers: OutOfFold) -> dict[str, Any]:
    """Score both graders and their mean out of fold, and fit what the shipped pair needs.

    Returns:
        ``discs``, ``patients``, ``classes``, ``left_out``; for each of ``image``, ``geometry`` and ``mean`` every
        figure as value and patient-bootstrap interval; ``confusion`` of the mean (rows are the truth); ``ensemble``.
    """
    pairs = {
        "image": (answers.image, answers.image),
        "geometry": (answers.geometry, answers.geometry),
        "mean": (answers.image, answers.geometry),
    }
    graded = {name: _held_out(*pair, table, answers.folds) for name, pair in pairs.items()}
    figures = {name: with_intervals(discs) for name, discs in graded.items()}
    calibration = fit_calibration(answers.image, answers.geometry, table.classes)
    coverage = figures["mean"]["set_coverage"]["value"]
    counts = Counter(row.label.label for row in table.rows)
    return {
        "protocol": f"{len(np.unique(answers.folds))}-fold, grouped by patient, spread over scanners; calibration "
        "fitted on the other folds; 95 % intervals from 1000 resamplings of patients",
        "discs": len(table.rows),
        "patients": len(np.unique(table.patients)),
        "classes": {name: counts[name] for name in GRADE_CLASSES},
        "left_out": [[left.patient, left.level, left.reason] for left in table.left_out],
        **figures,
        "by_class": class_intervals(graded["mean"]),
        "confusion": confusion_of(graded["mean"]).tolist(),
        "ensemble": _ensemble(calibration, coverage, table, answers).model_dump(mode="json"),
    }


def _ensemble(calibration: Calibration, coverage: float, table: DiscTable, answers: OutOfFold) -> EnsembleRecord:
    content = answers.image.tobytes() + answers.geometry.tobytes() + table.classes.tobytes()
    return EnsembleRecord(
        fit=hashlib.sha256(content).hexdigest()[:16],
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
    tell: Callable[[str, float], None] = lambda stage, done: None,
    settings: Settings | None = None,
) -> dict[str, Any]:
    """Fit the graders on SPIDER and score them out of fold; what ``out`` already holds is not done again.

    Writes ``scores.json`` and ``scores.txt`` into ``out``, beside the two exported graders.

    Args:
        data: folder that holds ``spider``.
        out: folder of the fit.
        plan: what to fit.
        tell: told the stage and the share done.
        settings: where the segmentation network is.

    Returns:
        What ``evaluate_answers`` found.
    """
    out.mkdir(parents=True, exist_ok=True)
    table = load_table(data, out, settings or Settings(), lambda stage, done: tell(stage, 0.2 * done))
    answers = fit_graders(table, out, plan or GradingPlan(), lambda stage, done: tell(stage, 0.2 + 0.8 * done))
    scores = evaluate_answers(table, answers)
    (out / SCORES_NAME).write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    (out / _TEXT_NAME).write_text(figures_text(scores), encoding="utf-8")
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


def figures_text(scores: Mapping[str, Any]) -> str:
    """Return the figures as a Markdown table: what the model card and the terminal show."""
    lines = [
        f"{scores['discs']} discs of {scores['patients']} patients; {scores['protocol']}.",
        "",
        "| figure | " + " | ".join(_GRADERS) + " |",
        "|---|" + "---|" * len(_GRADERS),
    ]
    for figure in scores[_GRADERS[0]]:
        cells = [scores[name][figure] for name in _GRADERS]
        told = " | ".join(f"{c['value']:.3f} ({c['low']:.3f}-{c['high']:.3f})" for c in cells)
        lines.append(f"| {figure.replace('_', ' ')} | {told} |")
    lines += ["", "Discs by class: " + ", ".join(f"{name} {count}" for name, count in scores["classes"].items()) + "."]
    refused = [left for left in scores["left_out"] if left[1] is None]
    single = len(scores["left_out"]) - len(refused)
    lines += [f"Left out: {len(refused)} patients whose image was refused, and {single} single discs.", ""]
    return "\n".join(lines)
