"""Fit the packaged pair of graders: out of fold for the figures and the calibration, then on all patients.

A fit is a folder with ``plan.json``, the table of discs, the predictions of each fold as ``run_protocol`` stores them,
and the two exported graders. Finished parts are not repeated, so an interrupted fit can be resumed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from spoils.errors import UsageError
from spoils.grading import GEOMETRY_GRADER, IMAGE_GRADER
from spoils.training.data import N_FOLDS, grading_folds
from spoils.training.disc_table import DiscTable
from spoils.training.grading.models.boosting import BoostingPlan
from spoils.training.grading.models.image.grader import ImageGrader
from spoils.training.grading.models.ordinal import FittedOrdinalGrader, OrdinalGrader
from spoils.training.grading.models.registry import EXPORTABLE_GRADERS, build_grader
from spoils.training.grading.models.tabular import FittedTabularGrader, TabularGrader
from spoils.training.grading.models.tabular_export import export_tabular
from spoils.training.grading.protocols import ByPatient, SplitPredictions, digest_of, fit_to, run_protocol
from spoils.training.progress import Progress, named, part

__all__ = ["N_FOLDS", "GradingPlan", "OutOfFoldPair", "fit_graders", "grading_folds"]

PLAN_NAME = "plan.json"
_EXPORTED_NAME = "exported.json"


@dataclass(frozen=True)
class GradingPlan:
    """Everything that defines a fit of the pair of graders. It is written beside the results."""

    image: ImageGrader = field(default_factory=lambda: ImageGrader.named("disc"))
    geometry: TabularGrader | OrdinalGrader = field(
        default_factory=lambda: OrdinalGrader("ordinal-boosting", BoostingPlan())
    )
    seed: int = 0

    @classmethod
    def named(cls, image: str, geometry: str, *, seed: int = 0, encoder_weights: Path | None = None) -> Self:
        """Return the plan of two graders by name, each with its default plan.

        ``encoder_weights`` is a file of ImageNet weights from which an image grader on MobileNetV2 starts.

        Raises:
            UsageError: there is no grader of this name, or it can't be exported as geometry grader.
        """
        by_geometry = build_grader(geometry)
        if geometry not in EXPORTABLE_GRADERS or not isinstance(by_geometry, TabularGrader | OrdinalGrader):
            names = ", ".join(EXPORTABLE_GRADERS)
            raise UsageError(f"The grader {geometry!r} can't be exported; choose one of {names}.")
        by_image = replace(ImageGrader.named(image), encoder_weights=encoder_weights)
        return cls(by_image, by_geometry, seed)

    def as_text(self) -> str:
        """Return the plan as JSON."""
        return json.dumps(asdict(self), indent=1, default=str) + "\n"


@dataclass(frozen=True, eq=False)
class OutOfFoldPair:
    """Out-of-fold predictions of both graders for every disc of a table.

    Raises:
        UsageError: the two were predicted on different splits.
    """

    image: SplitPredictions
    geometry: SplitPredictions

    def __post_init__(self) -> None:
        if self.image.split is not self.geometry.split:
            raise UsageError("Both graders must predict the same folds.")

    @property
    def together(self) -> SplitPredictions:
        """The mean of both. Findings are averaged over the graders that predict them."""
        probabilities = (self.image.probabilities + self.geometry.probabilities) / 2
        known = [one.findings for one in (self.image, self.geometry) if one.findings is not None]
        return SplitPredictions(self.image.split, probabilities, np.mean(known, axis=0) if known else None)


def _begin(out: Path, plan: GradingPlan) -> None:
    out.mkdir(parents=True, exist_ok=True)
    path = out / PLAN_NAME
    if path.is_file() and path.read_text(encoding="utf-8") != plan.as_text():
        raise UsageError(f"{out.name} holds a fit of another plan; choose another folder.")
    path.write_text(plan.as_text(), encoding="utf-8")


def fit_graders(
    table: DiscTable, out: Path, plan: GradingPlan, progress: Progress, folds: Mapping[str, int] | None = None
) -> OutOfFoldPair:
    """Fit both graders once per fold and once on all patients, and export the latter into ``out``.

    Args:
        table: the discs.
        out: folder of the fit.
        plan: what to fit.
        progress: called with the stage and the share of the work done.
        folds: fold of each patient, the packaged ones by default.

    Raises:
        UsageError: ``out`` holds a fit of another plan, a patient is in no fold, or a fold or a class is empty.
        ModelMismatch: an exported grader does not predict the same as the fitted one.
    """
    # The split comes first: if a patient has no fold, nothing is written.
    by_patient = ByPatient() if folds is None else ByPatient(folds)
    split = by_patient.split(table.discs, seed=plan.seed).with_findings(table.findings)
    _begin(out, plan)
    geometry = run_protocol(plan.geometry, split, out, part(progress, 0.0, 0.2))
    image = run_protocol(plan.image, split, out, part(progress, 0.2, 0.9))
    _export(table, out, plan, named(part(progress, 0.9, 1.0), "all patients"))
    return OutOfFoldPair(image, geometry)


def _export(table: DiscTable, out: Path, plan: GradingPlan, progress: Progress) -> None:
    """Fit both graders to all patients and export them, unless this was already done with the same table."""
    discs, path = table.discs, out / _EXPORTED_NAME
    findings = hashlib.sha256(table.findings.tobytes()).hexdigest()[:16]
    done = json.dumps({"table": digest_of(discs), "findings": findings}) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == done:
        return
    geometry_path = out / f"{GEOMETRY_GRADER}.onnx"
    image = plan.image.fit(discs, seed=plan.seed, findings=table.findings, progress=part(progress, 0.0, 0.7))
    image.export(discs, out / f"{IMAGE_GRADER}.onnx")
    geometry = fit_to(plan.geometry, discs, table.findings, seed=plan.seed, progress=part(progress, 0.7, 1.0))
    if not isinstance(geometry, FittedTabularGrader | FittedOrdinalGrader):
        raise UsageError(f"The grader {plan.geometry.name!r} can't be exported.")
    export_tabular(geometry, discs, geometry_path)
    path.write_text(done, encoding="utf-8")
