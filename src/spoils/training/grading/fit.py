"""Fitting the pair of graders that ships: out of fold for the figures and the calibration, then on all patients.

A fit is a folder: ``plan.json``, the table of discs, the answers of each fold as ``grading_protocols`` keeps them, and
the two exported graders. What is there is not done again, so a fit that was broken off goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from spoils.errors import UsageError
from spoils.grading import GEOMETRY_GRADER, IMAGE_GRADER
from spoils.training.data.splits import assign_folds
from spoils.training.disc_table import DiscTable, read_acquisitions
from spoils.training.grading.models.boosting import BoostingPlan
from spoils.training.grading.models.image import ImageGrader
from spoils.training.grading.models.ordinal import OrdinalGrader
from spoils.training.grading.models.registry import EXPORTABLE_GRADERS, build_grader
from spoils.training.grading.models.tabular import TabularGrader
from spoils.training.grading.models.tabular_export import export_tabular
from spoils.training.grading.protocols import (
    N_FOLDS,
    ByPatient,
    SplitAnswers,
    digest_of,
    grading_folds,
    run_protocol,
)

__all__ = [
    "N_FOLDS",
    "GradingPlan",
    "OutOfFold",
    "assign_grading_splits",
    "fit_graders",
    "grading_folds",
    "scanner_of_patients",
]

PLAN_NAME = "plan.json"
_EXPORTED_NAME = "exported.json"

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class GradingPlan:
    """Everything that decides a fit of the shipped pair; written beside its results."""

    image: ImageGrader = field(default_factory=lambda: ImageGrader.named("disc"))
    geometry: TabularGrader | OrdinalGrader = field(
        default_factory=lambda: OrdinalGrader("ordinal-boosting", BoostingPlan())
    )
    seed: int = 0

    @classmethod
    def named(cls, image: str, geometry: str, *, seed: int = 0, encoder_weights: Path | None = None) -> Self:
        """Return the plan of two graders by their names, each with its usual plan.

        ``encoder_weights`` is a file of ImageNet weights from which an image grader on MobileNetV2 starts.

        Raises:
            UsageError: there is none of this name, or it can't be exported as geometry grader.
        """
        by_geometry = build_grader(geometry)
        if geometry not in EXPORTABLE_GRADERS or not isinstance(by_geometry, TabularGrader | OrdinalGrader):
            raise UsageError(f"The grader {geometry!r} can't ship; choose one of {', '.join(EXPORTABLE_GRADERS)}.")
        by_image = replace(ImageGrader.named(image), encoder_weights=encoder_weights)
        return cls(by_image, by_geometry, seed)

    def as_text(self) -> str:
        """Return the plan as JSON."""
        return json.dumps(asdict(self), indent=1, default=str) + "\n"


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Answers of both graders for every disc of a table, each from a fit without the disc's patient.

    Raises:
        UsageError: they were dealt differently.
    """

    image: SplitAnswers
    geometry: SplitAnswers

    def __post_init__(self) -> None:
        if self.image.split is not self.geometry.split:
            raise UsageError("Both graders must answer the same folds.")

    @property
    def together(self) -> SplitAnswers:
        """The plain mean of both, with the findings of those that answer them."""
        probabilities = (self.image.probabilities + self.geometry.probabilities) / 2
        known = [one.findings for one in (self.image, self.geometry) if one.findings is not None]
        return SplitAnswers(self.image.split, probabilities, np.mean(known, axis=0) if known else None)


def assign_grading_splits(folder: Path) -> dict[str, int]:
    """Deal the patients of SPIDER's ``acquisitions.csv`` into folds, spreading the scanners evenly."""
    return assign_folds(scanner_of_patients(folder), N_FOLDS)


def scanner_of_patients(folder: Path) -> dict[str, str]:
    """Return maker and model of the scanner of each patient of ``acquisitions.csv``; what is not known is left out."""
    acquisitions = read_acquisitions(folder / "acquisitions.csv")
    return {
        patient: f"{row.get('manufacturer', '')} {row.get('model', '')}".strip()
        for patient, row in acquisitions.items()
    }


def _begin(out: Path, plan: GradingPlan) -> None:
    out.mkdir(parents=True, exist_ok=True)
    path = out / PLAN_NAME
    if path.is_file() and path.read_text(encoding="utf-8") != plan.as_text():
        raise UsageError(f"{out.name} holds a fit of another plan; choose another folder.")
    path.write_text(plan.as_text(), encoding="utf-8")


def fit_graders(
    table: DiscTable, out: Path, plan: GradingPlan, progress: Progress, folds: Mapping[str, int] | None = None
) -> OutOfFold:
    """Fit both graders once per fold and once on all patients, and export the latter into ``out``.

    Args:
        table: the discs.
        out: folder of the fit.
        plan: what to fit.
        progress: called with the stage and the share of the work done.
        folds: fold of each patient, the packaged ones by default.

    Raises:
        UsageError: ``out`` holds a fit of another plan, a patient is in no fold, or a fold or a class is empty.
        ModelMismatch: an exported grader does not answer like the fitted one.
    """
    # Assigned first: a fit whose patients have no fold yet leaves nothing behind.
    by_patient = ByPatient() if folds is None else ByPatient(folds)
    split = by_patient.deal(table.discs, seed=plan.seed).with_findings(table.findings)
    _begin(out, plan)
    geometry = run_protocol(plan.geometry, split, out, lambda stage, done: progress(stage, 0.2 * done))
    image = run_protocol(plan.image, split, out, lambda stage, done: progress(stage, 0.2 + 0.7 * done))
    progress("all patients", 0.9)
    _export(table, out, plan)
    return OutOfFold(image, geometry)


def _export(table: DiscTable, out: Path, plan: GradingPlan) -> None:
    """Fit both graders to all patients and export them, unless that was done with this very table."""
    discs, path = table.discs, out / _EXPORTED_NAME
    findings = hashlib.sha256(table.findings.tobytes()).hexdigest()[:16]
    done = json.dumps({"table": digest_of(discs), "findings": findings}) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == done:
        return
    geometry_path = out / f"{GEOMETRY_GRADER}.onnx"
    plan.image.fit(discs, seed=plan.seed, findings=table.findings).export(discs, out / f"{IMAGE_GRADER}.onnx")
    geometry = plan.geometry
    if isinstance(geometry, OrdinalGrader):
        export_tabular(geometry.fit(discs, seed=plan.seed, findings=table.findings), discs, geometry_path)
    else:
        export_tabular(geometry.fit(discs, seed=plan.seed), discs, geometry_path)
    path.write_text(done, encoding="utf-8")
