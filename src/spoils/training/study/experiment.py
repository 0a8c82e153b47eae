"""Every grader under every protocol, the ensembles, and their scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from spoils.errors import UsageError
from spoils.training.data import assign_folds
from spoils.training.disc_table import DiscTable, count_demographics
from spoils.training.grading import ByPatient, BySlice, SplitPredictions, SplitProtocol, run_protocol
from spoils.training.grading.evaluation import (
    REPEATS,
    LabelIssue,
    calibrated,
    eligible_voters,
    figures_without_issues,
    find_label_issues,
    findings_report,
    grader_report,
    subgroup_report,
)
from spoils.training.grading.models import BoostingPlan, Grader, TabularGrader, build_grader
from spoils.training.grading.models.image import ImageGrader
from spoils.training.progress import Progress, no_progress, turn

__all__ = ["IMAGE_MODELS", "TABULAR_MODELS", "Experiment", "StudyPlan", "full_plan", "quick_plan", "run_experiment"]

IMAGE_MODELS = ("cnn", "mobilenet-v2", "vgg16")
"""Graders of the paper on disc volumes, in the order of its figure 6."""

TABULAR_MODELS = ("logistic", "xgboost", "boosting", "svm")
"""Graders of the paper on geometry, in the order of its figure 7."""

OUR_IMAGE_MODELS = ("disc", "patient")
OURS = (*OUR_IMAGE_MODELS, "ordinal-boosting")
"""Graders that are not in the paper."""

COPY_NOISE_MODEL = "xgboost"
"""The grader that memorises copies best. It is also fast to fit."""

_COPY_NOISES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)

_ENSEMBLES = {"published": ("mobilenet-v2", "boosting"), "ours": ("disc", "ordinal-boosting")}
_QUICK_FOLDS = 2
_QUICK_REPEATS = 50
_QUICK_EPOCHS = 1
_QUICK_TREES = 20

Runs = dict[str, SplitPredictions]


@dataclass(frozen=True)
class StudyPlan:
    """The graders, protocols and ensembles that a study compares.

    Attributes:
        graders: the graders.
        protocols: the protocols.
        ensembles: image and geometry grader of each ensemble, by name.
        only_by_patient: names of graders that are fitted under the split by patient only.
        copy_noises: amounts of noise on copied features for which the leakage of ``COPY_NOISE_MODEL`` is measured.
        repeats: resamplings of patients.
        seed: seed of all random numbers.

    Raises:
        UsageError: an ensemble names a grader that is not in the plan, or there is no split by patient.
    """

    graders: tuple[Grader, ...]
    protocols: tuple[SplitProtocol, ...]
    ensembles: Mapping[str, tuple[str, str]]
    only_by_patient: frozenset[str] = frozenset()
    copy_noises: tuple[float, ...] = ()
    repeats: int = REPEATS
    seed: int = 0

    def __post_init__(self) -> None:
        names = {grader.name for grader in self.graders}
        if not {name for pair in self.ensembles.values() for name in pair} <= names:
            raise UsageError("An ensemble needs both of its graders.")
        if ByPatient.name not in {protocol.name for protocol in self.protocols}:
            raise UsageError("A study needs the split by patient, the only one without leakage.")


def full_plan(folds: Mapping[str, int] | None = None, *, seed: int = 0, epochs: int | None = None) -> StudyPlan:
    """Return the plan of the whole study: the paper's seven models and ours, both protocols, eight folds.

    Args:
        folds: fold of each patient, the packaged ones by default.
        seed: seed of all random numbers.
        epochs: epochs of the image graders; None takes the epochs of each grader's own plan.
    """
    graders = tuple(build_grader(name) for name in (*IMAGE_MODELS, *TABULAR_MODELS, *OURS))
    if epochs is not None:
        graders = tuple(_with_epochs(grader, epochs) for grader in graders)
    return StudyPlan(
        graders,
        (ByPatient() if folds is None else ByPatient(folds), BySlice()),
        _ENSEMBLES,
        only_by_patient=frozenset(OUR_IMAGE_MODELS),
        copy_noises=_COPY_NOISES,
        seed=seed,
    )


def quick_plan(table: DiscTable, *, seed: int = 0) -> StudyPlan:
    """Return a short plan that only checks that everything runs. Its figures are meaningless.

    Args:
        table: the discs; its patients are split into two folds.
        seed: seed of all random numbers.
    """
    patients = dict.fromkeys(table.patients.tolist(), "")
    folds = assign_folds(patients, _QUICK_FOLDS, seed=seed)
    graders = tuple(_shortened(build_grader(name)) for name in (*IMAGE_MODELS, *TABULAR_MODELS))
    protocols = (ByPatient(folds), BySlice(copies=1, n_folds=_QUICK_FOLDS))
    return StudyPlan(graders, protocols, {"published": _ENSEMBLES["published"]}, repeats=_QUICK_REPEATS, seed=seed)


def _with_epochs(grader: Grader, epochs: int) -> Grader:
    return replace(grader, plan=replace(grader.plan, epochs=epochs)) if isinstance(grader, ImageGrader) else grader


def _shortened(grader: Grader) -> Grader:
    match grader:
        case ImageGrader():
            return replace(grader, plan=replace(grader.plan, epochs=_QUICK_EPOCHS, batch=8))
        case TabularGrader(plan=BoostingPlan() as plan):
            return replace(grader, plan=replace(plan, trees=_QUICK_TREES))
        case _:
            return grader


def _on_copies(grader: Grader) -> Grader:
    """Return the grader for discs that were copied with variations, without further augmentation."""
    if not isinstance(grader, ImageGrader):
        return grader
    return replace(grader, plan=replace(grader.plan, augmentation=None))


@dataclass(frozen=True, eq=False)
class Experiment:
    """``results`` as JSON, and the label issues under the split by patient."""

    results: dict[str, Any]
    issues: tuple[LabelIssue, ...]


def run_experiment(table: DiscTable, plan: StudyPlan, out: Path, progress: Progress) -> Experiment:
    """Run the study of ``plan``. Predictions that ``out`` already contains are used again.

    Args:
        table: the discs.
        plan: graders and protocols.
        out: folder of the predictions.
        progress: called with the stage and the share of the work done.

    Returns:
        Label issues and ``results`` with

        - ``demographics``;
        - ``epochs`` of the image graders by patient;
        - ``protocols``: by name ``graders`` and ``ensembles``, each with a ``grader_report`` by name;
        - ``findings`` by grader;
        - ``by_part`` of each ensemble by patient;
        - ``voters``, the graders that vote on labels;
        - ``label_issues`` by ensemble;
        - ``accuracy_by_copy_noise`` of ``COPY_NOISE_MODEL`` by slices, over the eleven classes.
    """
    runs = _run_all(table, plan, out, progress)
    by_patient = runs[ByPatient.name]
    reports = {name: _reports(of, plan) for name, of in runs.items()}
    voters = eligible_voters(reports[ByPatient.name]["graders"])
    issues = find_label_issues(table, {name: by_patient[name].probabilities for name in voters})
    results: dict[str, Any] = {
        "demographics": count_demographics(table),
        "epochs": {grader.name: grader.plan.epochs for grader in plan.graders if isinstance(grader, ImageGrader)},
        "protocols": reports,
        "findings": {
            name: found for name, run in by_patient.items() if (found := findings_report(run, repeats=plan.repeats))
        },
        "by_part": {},
        "voters": list(voters),
        "label_issues": {},
        "accuracy_by_copy_noise": _accuracy_by_copy_noise(table, plan, out),
    }
    for name, pair in plan.ensembles.items():
        first, second = (by_patient[one] for one in pair)
        graded = calibrated(first.probabilities, second.probabilities, first.split)
        results["by_part"][name] = subgroup_report(graded, table, first.split, repeats=plan.repeats)
        results["label_issues"][name] = figures_without_issues(graded, issues, repeats=plan.repeats)
    return Experiment(results, issues)


def _run_all(table: DiscTable, plan: StudyPlan, out: Path, progress: Progress) -> dict[str, Runs]:
    runs: dict[str, Runs] = {}
    fits = [(protocol.name, grader) for protocol, grader in product(plan.protocols, plan.graders)]
    fits = [(name, one) for name, one in fits if name == ByPatient.name or one.name not in plan.only_by_patient]
    pools = {protocol.name: protocol.split(table.discs, seed=plan.seed) for protocol in plan.protocols}
    for number, (name, grader) in enumerate(fits):
        split, shown = pools[name].with_findings(table.findings), turn(progress, number, len(fits))
        fitted = grader if name == ByPatient.name else _on_copies(grader)
        runs.setdefault(name, {})[grader.name] = run_protocol(fitted, split, out, shown)
    return runs


def _accuracy_by_copy_noise(table: DiscTable, plan: StudyPlan, out: Path) -> dict[str, float]:
    """Return the accuracy by slices for each noise on copied features, in standard deviations."""
    accuracies = {}
    for noise in plan.copy_noises:
        protocol = BySlice(feature_noise=noise, name=f"slices-noise-{noise:g}")
        split = protocol.split(table.discs, seed=plan.seed)
        run = run_protocol(build_grader(COPY_NOISE_MODEL), split, out, no_progress)
        accuracies[f"{noise:g}"] = float((run.probabilities.argmax(axis=1) == split.discs.classes).mean())
    return accuracies


def _reports(runs: Runs, plan: StudyPlan) -> dict[str, Any]:
    ensembles = {name: pair for name, pair in plan.ensembles.items() if set(pair) <= set(runs)}
    return {
        "graders": {name: _report((run, run), plan) for name, run in runs.items()},
        "ensembles": {name: _report((runs[a], runs[b]), plan) for name, (a, b) in ensembles.items()},
    }


def _report(pair: tuple[SplitPredictions, SplitPredictions], plan: StudyPlan) -> dict[str, Any]:
    first, second = pair
    graded = calibrated(first.probabilities, second.probabilities, first.split)
    return grader_report(graded, repeats=plan.repeats)
