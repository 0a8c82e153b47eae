"""``spoils assess``: the whole way from a study to graded discs and a suggestion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from spoils.cli.inputs import existing
from spoils.cli.language import LanguageOption, language_of
from spoils.cli.levels import LevelAtOption, LowestDiscOption, hint_of
from spoils.cli.measure import SpacingOption
from spoils.cli.output import JsonOption, note, print_json, print_lines
from spoils.cli.patient import PatientOptions, asking_about_patient
from spoils.cli.progress import shown_progress
from spoils.cli.settings import settings_of_environment

if TYPE_CHECKING:
    from spoils.findings import Assessment
    from spoils.pipeline import Request

__all__ = ["InputArgument", "assess", "assess_into", "summary_lines"]

InputArgument = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT", callback=existing, help="DICOM file or folder, .nii, .nii.gz, .mha, .nrrd, or .png."
    ),
]
SexOption = Annotated[
    Literal["M", "F"] | None, typer.Option("--sex", help="Sex, for normal values; a DICOM header tells it itself.")
]
AgeOption = Annotated[
    int | None, typer.Option("--age", metavar="YEARS", min=0, max=130, help="Age; a DICOM header tells it itself.")
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for report, pictures and masks.")]


@asking_about_patient
def assess(
    source: InputArgument,
    *,
    patient: PatientOptions,
    sex: SexOption = None,
    age: AgeOption = None,
    lowest_disc: LowestDiscOption = None,
    level_at: LevelAtOption = None,
    spacing: SpacingOption = None,
    language: LanguageOption = "en",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grade the discs of a study, suggest a pathway, and write the report."""
    from spoils.decision import clinical_of, load_policy
    from spoils.pipeline import Patient, Request

    policy = load_policy(settings_of_environment().policy)
    known = Patient(clinical_of(patient.answers(), policy), sex, age)
    request = Request(known, hint_of(lowest_disc, level_at), language_of(language))
    assess_into(source, request, out, spacing_mm=spacing, as_json=as_json)


def assess_into(
    path: Path, request: Request, out: Path | None, *, spacing_mm: float | None = None, as_json: bool = False
) -> None:
    """Assess the study at ``path``, write the results into ``out`` when given, and print the outcome."""
    from spoils.io import read_input
    from spoils.pipeline import Resources
    from spoils.pipeline import assess as run

    settings, notes = settings_of_environment(), []
    with shown_progress() as progress:
        progress("read study", 0.0)
        source = read_input(path, spacing_mm=spacing_mm, max_pixels=settings.max_pixels)
        progress("load models", 0.0)
        assessed = run(source, Resources.load(settings), request, progress)
        if out is not None:
            from spoils.report import render, save

            progress("write report", 1.0)
            rendered = render(assessed)
            others = save(rendered, out)
            if rendered.lacking is not None:
                notes.append(f"No DICOM results: {rendered.lacking}")
            if others:
                notes.append(f"Left as they were in {out}: {', '.join(others)}.")
    if as_json:
        print_json(assessed.assessment.model_dump(mode="json"))
    else:
        print_lines(summary_lines(assessed.assessment))
    for sentence in notes:
        note(sentence)
    if out is not None:
        note(f"Written to {out}.")


def summary_lines(assessment: Assessment) -> list[str]:
    """Return the outcome in a few lines for a terminal."""
    from spoils.messages import Language, translator_for

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
        urgent = ", urgent" if assessment.recommendation.urgent else ""
        lines.append(f"Suggestion: {assessment.recommendation.pathway.value}{urgent}")
        advice = assessment.recommendation
        reasons = translator_for(Language(assessment.language)).texts(advice.rationale, advice.rationale_wording)
        lines += [f"  - {reason}" for reason in reasons]
    lines += [f"Note: {flag.message}" for flag in assessment.quality.flags]
    return [*lines, "", assessment.notice]
