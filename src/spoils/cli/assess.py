"""``spoils assess``: the whole way from a study to graded discs and a suggestion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from spoils.cli.inputs import existing
from spoils.cli.language import LanguageOption, language_of
from spoils.cli.levels import LevelAtOption, LowestDiscOption, hint_of
from spoils.cli.measure import SpacingOption
from spoils.cli.output import JsonOption, note, print_json, print_lines
from spoils.cli.patient import PatientOptions, asking_about_patient
from spoils.cli.progress import Progress, part_of, shown_progress
from spoils.cli.selection import PatientIdOption, StudyOption
from spoils.cli.settings import settings_of_environment

if TYPE_CHECKING:
    from spoils.decision import Policy
    from spoils.findings import Assessment, DiscFinding
    from spoils.messages import Translator
    from spoils.pipeline import AssessedStudy, Request

__all__ = ["InputArgument", "assess", "assess_into", "left_notes", "summary_lines", "write_documents"]

_LIBRARIES_SHARE, _READ_SHARE, _PIPELINE_SHARE = 0.15, 0.2, 0.7
"""Shares of the time after which libraries are loaded, the study is read, and everything is found."""

InputArgument = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT", callback=existing, help="DICOM file or folder, .nii, .nii.gz, .mha, .nrrd, or .png."
    ),
]
SexOption = Annotated[
    Literal["M", "F"] | None,
    typer.Option("--sex", rich_help_panel="Patient", help="Sex, for reference values; overrides a DICOM header."),
]
AgeOption = Annotated[
    int | None,
    typer.Option(
        "--age",
        metavar="YEARS",
        min=0,
        max=130,
        rich_help_panel="Patient",
        help="Age, for reference values; overrides a DICOM header.",
    ),
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
    patient_id: PatientIdOption = None,
    study: StudyOption = None,
    language: LanguageOption = "en",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grade the discs of a study, suggest a pathway, and write the report."""

    def asked(policy: Policy) -> Request:
        from spoils.decision import clinical_of
        from spoils.pipeline import Patient, Request

        known = Patient(clinical_of(patient.answers(), policy), sex, age)
        return Request(known, hint_of(lowest_disc, level_at), language_of(language))

    assess_into(source, asked, out, spacing_mm=spacing, picked=(patient_id, study), as_json=as_json)


def assess_into(
    path: Path,
    asked: Callable[[Policy], Request],
    out: Path | None,
    *,
    spacing_mm: float | None = None,
    picked: tuple[str | None, str | None] = (None, None),
    as_json: bool = False,
) -> None:
    """Assess the study at ``path``, write the results into ``out`` when given, and print the outcome.

    ``asked`` gives the request for the policy in use. It is called when progress is shown already, as it loads
    libraries. ``picked`` are the patient and the study wanted of several.
    """
    settings, notes = settings_of_environment(), []
    with shown_progress() as progress:
        progress("load libraries", 0.0)
        from spoils.decision import load_policy

        policy = load_policy(settings.policy)
        request = asked(policy)
        from spoils.io import Selection, read_input
        from spoils.pipeline import Resources
        from spoils.pipeline import assess as run

        progress("read study", _LIBRARIES_SHARE)
        source = read_input(path, spacing_mm=spacing_mm, max_pixels=settings.max_pixels, selection=Selection(*picked))
        progress("load models", _READ_SHARE)
        resources = Resources.load(settings, policy)
        end = _PIPELINE_SHARE if out is not None else 1.0
        assessed = run(source, resources, request, part_of(progress, _READ_SHARE, end))
        if out is not None:
            notes = write_documents(assessed, path, out, part_of(progress, _PIPELINE_SHARE, 1.0))
    if as_json:
        from spoils.report import with_report_text

        print_json(with_report_text(assessed.assessment).model_dump(mode="json"))
    else:
        print_lines(summary_lines(assessed.assessment))
    for sentence in notes:
        note(sentence)
    if out is not None:
        note(f"Written to {out}.")


def write_documents(assessed: AssessedStudy, source: Path, out: Path, progress: Progress) -> list[str]:
    """Write all documents; return what the user must know of them.

    Where the images lie in the folder of the results, as those of the demo do, nobody wonders that they stay.
    """
    from spoils.report import render, save

    rendered = render(assessed)
    for number, name in enumerate(rendered):
        progress(f"make {name}", number / len(rendered))
        rendered[name]  # made and kept
    progress("write", 1.0)
    images = source.resolve()
    others = [name for name in save(rendered, out) if not images.is_relative_to((out / name).resolve())]
    notes = [f"No DICOM results: {rendered.lacking}"] if rendered.lacking is not None else []
    return [*notes, *left_notes(out, others)]


def left_notes(out: Path, others: Sequence[str]) -> list[str]:
    """Return what the user must know of other files in the folder of a result."""
    return [f"Left as they were in {out}: {', '.join(others)}."] if others else []


def summary_lines(assessment: Assessment) -> list[str]:
    """Return the outcome in a few lines for a terminal, in the language of the documents."""
    from spoils.findings import pathway_name
    from spoils.messages import Language, translator_for

    translator = translator_for(Language(assessment.language))
    gettext, text = translator.gettext, translator.text
    lines = [text(assessment.study.source, assessment.study.source_wording), ""]
    lines += [_disc_line(disc, translator) for disc in assessment.discs]
    lines.append("")
    advice = assessment.recommendation
    if advice is None:
        lines.append(gettext("No pathway is suggested."))
    else:
        urgent = f", {gettext('urgent')}" if advice.urgent else ""
        lines.append(f"{gettext('Suggestion')}: {translator.render(pathway_name(advice.pathway))}{urgent}")
        lines += [f"  - {reason}" for reason in translator.texts(advice.rationale, advice.rationale_wording)]
    lines += [f"{gettext('Note')}: {text(flag.message, flag.wording)}" for flag in assessment.quality.flags]
    return [*lines, "", gettext(assessment.notice)]


def _disc_line(disc: DiscFinding, translator: Translator) -> str:
    if disc.label is None:
        reason = translator.text(disc.flags[0].message, disc.flags[0].wording)
        return f"  {disc.level:7} {translator.gettext('not graded')}: {reason}"
    explanation = translator.text(disc.explanation or "", disc.explanation_wording)
    return f"  {disc.level:7} {disc.label}  ({disc.label_probabilities[disc.label]:.0%})  {explanation}"
