"""``spoils assess``: the whole way from a study to graded discs and a suggestion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.levels import LevelAtOption, LowestDiscOption, hint_of
from spoils.cli.measure import SpacingOption
from spoils.cli.output import JsonOption, note, print_json, print_lines
from spoils.cli.patient import NrsOption, OdiItemsOption, OdiOption, RefractoryOption, clinical_of
from spoils.cli.progress import shown_progress
from spoils.cli.settings import settings_of_environment

if TYPE_CHECKING:
    from spoils.findings import Assessment
    from spoils.io import SourceSeries
    from spoils.pipeline import AssessedStudy, Patient
    from spoils.segmentation import LevelHint

__all__ = ["InputArgument", "Reading", "assess", "assess_into", "summary_lines"]

InputArgument = Annotated[
    Path, typer.Argument(metavar="INPUT", help="DICOM file or folder, .nii, .nii.gz, .mha, .nrrd, or .png.")
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for report, pictures and masks.")]


def assess(
    source: InputArgument,
    *,
    odi: OdiOption = None,
    odi_items: OdiItemsOption = None,
    nrs: NrsOption = None,
    refractory: RefractoryOption = False,
    lowest_disc: LowestDiscOption = None,
    level_at: LevelAtOption = None,
    spacing: SpacingOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grade the discs of a study, suggest a pathway, and write the report."""
    from spoils.decision import load_policy
    from spoils.pipeline import Patient

    policy = load_policy(settings_of_environment().policy)
    patient = Patient(clinical_of(odi, odi_items, nrs, policy), refractory)
    how = Reading(spacing_mm=spacing, hint=hint_of(lowest_disc, level_at))
    assess_into(source, patient, out, how, as_json=as_json)


@dataclass(frozen=True)
class Reading:
    """What the user adds to a study: the pixel spacing of a picture, the level of a structure."""

    spacing_mm: float | None = None
    hint: LevelHint | None = None


def assess_into(
    path: Path, patient: Patient, out: Path | None, how: Reading | None = None, *, as_json: bool = False
) -> None:
    """Assess the study at ``path``, write the results into ``out`` when given, and print the outcome."""
    from spoils.io import read_input
    from spoils.pipeline import Engine
    from spoils.pipeline import assess as run

    how, settings = how or Reading(), settings_of_environment()
    with shown_progress() as tell:
        tell("read study", 0.0)
        source = read_input(path, spacing_mm=how.spacing_mm, max_pixels=settings.max_pixels)
        tell("load models", 0.0)
        assessed = run(source, Engine.load(settings), patient, tell, hint=how.hint)
        if out is not None:
            tell("write report", 1.0)
            _write(assessed, source, out)
    if as_json:
        print_json(assessed.assessment.model_dump(mode="json"))
    else:
        print_lines(summary_lines(assessed.assessment))
    if out is not None:
        note(f"Written to {out}.")


def _write(assessed: AssessedStudy, source: SourceSeries, out: Path) -> None:
    from spoils.grading import DiscGrade
    from spoils.io import write_label_map
    from spoils.report import (
        ReportPictures,
        draw_disc,
        draw_overlay,
        report_content,
        without_captions,
        write_assessment_json,
        write_html,
        write_pdf,
        write_results,
    )

    result = assessed.assessment
    overlay = draw_overlay(assessed.series, assessed.labels, result, slice_index=result.study.mid_slice)
    activations = {level: grade.activation for level, grade in assessed.grades.items() if isinstance(grade, DiscGrade)}
    pictures = {level: draw_disc(volume.pixels, activations.get(level)) for level, volume in assessed.volumes.items()}
    report = report_content(result, ReportPictures(without_captions(overlay), pictures))
    write_results(
        {
            "assessment.json": lambda path: write_assessment_json(result, path),
            "overlay.png": lambda path: _write_bytes(path, overlay),
            "report.html": lambda path: write_html(report, path),
            "report.pdf": lambda path: write_pdf(report, path),
            "segmentation.nii.gz": lambda path: write_label_map(assessed.labels, source.layout, path),
        },
        out,
    )


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def summary_lines(assessment: Assessment) -> list[str]:
    """Return the outcome in a few lines for a terminal."""
    lines = [assessment.study.source, ""]
    for disc in assessment.discs:
        if disc.label is None or disc.pfirrmann is None:
            lines.append(f"  {disc.level:7} not graded: {disc.flags[0].message}")
        else:
            probability = disc.label_probabilities[disc.label]
            lines.append(f"  {disc.level:7} {disc.label}  ({probability:.0%})  {disc.explanation}")
    lines.append("")
    if assessment.recommendation is None:
        lines.append("No pathway is suggested: no disc was graded.")
    else:
        lines.append(f"Suggestion: {assessment.recommendation.pathway.value}")
        lines += [f"  - {reason}" for reason in assessment.recommendation.rationale]
    lines += [f"Note: {flag.message}" for flag in assessment.quality.flags]
    return [*lines, "", assessment.notice]
