"""The whole study in one folder: data set, predictions, results and the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoils.config import Settings
from spoils.errors import UsageError
from spoils.segmentation import SegmentationModels
from spoils.training.data import SPIDER, grading_folds
from spoils.training.disc_table import TABLE_NAME, DiscTable, open_table
from spoils.training.grading.evaluation import label_gallery_page, label_issues_csv
from spoils.training.progress import Progress, part
from spoils.training.study.examples import segmented_examples
from spoils.training.study.experiment import full_plan, quick_plan, run_experiment
from spoils.training.study.page import StudyContent, study_page
from spoils.training.study.phantom_data import write_phantom_data
from spoils.training.study.published import read_published
from spoils.training.study.segmentation import installed_segmentation, read_segmentation

__all__ = ["PAGE_NAME", "RESULTS_NAME", "StudyInputs", "run_study"]

RESULTS_NAME = "study.json"
PAGE_NAME = "study.html"
_PREDICTIONS_NAME = "predictions"
_LABEL_ISSUES_NAME = "label-issues"
_PHANTOMS_NAME = "phantoms"
_EXAMPLES = 3
_QUICK_PATIENTS = 16


@dataclass(frozen=True)
class StudyInputs:
    """Inputs of a study.

    Attributes:
        data: folder that contains ``spider``. None, for quick studies only, uses phantoms.
        segmentation: a file written by ``spoils evaluate segmentation``, whose figures the page shows. None takes the
            figures in the record of the installed network.
        quick: whether to run a quick study.
        seed: seed of all random numbers.
        epochs: epochs of the image graders; None takes those of their own plans.

    Raises:
        UsageError: a full study has no data.
    """

    data: Path | None
    segmentation: Path | None = None
    quick: bool = False
    seed: int = 0
    epochs: int | None = None

    def __post_init__(self) -> None:
        if self.data is None and not self.quick:
            raise UsageError("The study needs --data, the folder of the graded images, except with --quick.")
        if self.epochs is not None and self.epochs < 1:
            raise UsageError("A fit needs one epoch or more.")


def run_study(inputs: StudyInputs, out: Path, settings: Settings, progress: Progress) -> Mapping[str, Any]:
    """Run or resume the study, and write its page, results and label issues into ``out``.

    Args:
        inputs: data and settings.
        out: folder of the study.
        settings: location of the segmentation network.
        progress: called with the stage and the share of the work done.

    Returns:
        The results, as ``run_experiment`` returns them.

    Raises:
        InputUnreadable: data or figures can't be read.
    """
    out.mkdir(parents=True, exist_ok=True)
    path = inputs.segmentation
    measured = installed_segmentation(settings) if path is None else read_segmentation(path)
    data = inputs.data or write_phantom_data(out / _PHANTOMS_NAME, seed=inputs.seed)
    limit = _QUICK_PATIENTS if inputs.quick else None
    table = open_table(data, out / TABLE_NAME, settings, part(progress, 0.0, 0.1), limit=limit)
    plan = (
        quick_plan(table, seed=inputs.seed)
        if inputs.quick
        else full_plan(grading_folds(data), seed=inputs.seed, epochs=inputs.epochs)
    )
    found = run_experiment(table, plan, out / _PREDICTIONS_NAME, part(progress, 0.1, 0.95))
    progress("examples", 0.95)
    examples = segmented_examples(data / SPIDER, _shown(table), SegmentationModels.load(settings))
    content = StudyContent(found.results, read_published(), measured, examples, quick=inputs.quick)
    gallery = label_gallery_page(table, found.issues, voters=found.results["voters"])
    (out / RESULTS_NAME).write_text(json.dumps(found.results, indent=1) + "\n", encoding="utf-8")
    (out / f"{_LABEL_ISSUES_NAME}.csv").write_text(label_issues_csv(found.issues), encoding="utf-8")
    (out / f"{_LABEL_ISSUES_NAME}.html").write_text(gallery, encoding="utf-8")
    (out / PAGE_NAME).write_text(study_page(content), encoding="utf-8")
    return found.results


def _shown(table: DiscTable) -> list[str]:
    """Return a few patients, ordered from least to most degenerated."""
    grades: dict[str, int] = {}
    for row in table.rows:
        grades[row.label.patient] = grades.get(row.label.patient, 0) + row.label.grade
    ordered = sorted(grades, key=lambda patient: (grades[patient], patient))
    steps = max(1, min(_EXAMPLES, len(ordered)) - 1)
    return [ordered[number * (len(ordered) - 1) // steps] for number in range(min(_EXAMPLES, len(ordered)))]
