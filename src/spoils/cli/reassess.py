"""``spoils reassess``: a person's corrections applied to a result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.assess import left_notes, summary_lines, write_documents
from spoils.cli.inputs import existing, read_result
from spoils.cli.measure import SpacingOption
from spoils.cli.output import JsonOption, note, print_json, print_lines
from spoils.cli.progress import part_of, shown_progress
from spoils.cli.settings import settings_of_environment
from spoils.errors import InputUnreadable

if TYPE_CHECKING:
    from spoils.findings import Assessment, Corrections

__all__ = ["reassess"]

_ASSESSED_SHARE = 0.7
"""Share of the time after which only the documents are left to be made."""

ResultArgument = Annotated[
    Path,
    typer.Argument(metavar="RESULT", callback=existing, help="Folder of an earlier result, or its assessment.json."),
]
CorrectionsOption = Annotated[
    Path,
    typer.Option(
        "--corrections", metavar="FILE", callback=existing, help="JSON file of corrections; see docs/corrections.md."
    ),
]
StudyOption = Annotated[
    Path | None,
    typer.Option(
        "--input",
        metavar="INPUT",
        callback=existing,
        help="The images that were assessed: needed to correct levels, contours, slice or series, and for reports.",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder for the corrected result; without --input assessment.json only."),
]


def reassess(
    result: ResultArgument,
    *,
    corrections: CorrectionsOption,
    study: StudyOption = None,
    spacing: SpacingOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply a person's corrections to a result; the machine's values are kept beside them."""
    from datetime import UTC, datetime

    from spoils.files import write_folder
    from spoils.report import assessment_json, with_report_text

    notes: list[str] = []
    earlier = read_result(result)
    wanted = _read_corrections(corrections)
    if study is not None:
        found, notes = _with_images(earlier, wanted, study, spacing, out)
    else:
        from spoils.decision import load_policy
        from spoils.pipeline import corrected_findings

        policy = load_policy(settings_of_environment().policy)
        found = corrected_findings(earlier, wanted.corrections, policy, datetime.now(UTC))
        if out is not None:
            notes = left_notes(out, write_folder(out, {"assessment.json": assessment_json(found)}))
    if as_json:
        print_json(with_report_text(found).model_dump(mode="json"))
    else:
        print_lines(summary_lines(found))
    for sentence in notes:
        note(sentence)
    if out is not None:
        note(f"Written to {out}.")


def _with_images(
    earlier: Assessment, wanted: Corrections, study: Path, spacing_mm: float | None, out: Path | None
) -> tuple[Assessment, list[str]]:
    """Assess the images with what is known of the patient, and apply earlier and new corrections.

    Returns:
        The corrected assessment, and what the user must know of the documents.
    """
    from spoils.findings import ChooseSeries
    from spoils.io import Selection, read_input
    from spoils.messages import Language
    from spoils.pipeline import Patient, Request, Resources, assess
    from spoils.pipeline import reassess as run

    settings = settings_of_environment()
    with shown_progress() as progress:
        progress("read study", 0.0)
        source = read_input(study, spacing_mm=spacing_mm, max_pixels=settings.max_pixels)
        resources = Resources.load(settings)
        patient = Patient(earlier.clinical, earlier.study.sex, earlier.study.age_years)
        request = Request(patient, language=Language(earlier.language))
        assessed = assess(source, resources, request, part_of(progress, 0.0, _ASSESSED_SHARE))
        corrections = [*(applied.correction for applied in earlier.corrections), *wanted.corrections]
        chosen = [one.series_uid for one in corrections if isinstance(one, ChooseSeries)]
        if chosen:
            picked = Selection(series_uid=chosen[-1])
            source = read_input(study, spacing_mm=spacing_mm, max_pixels=settings.max_pixels, selection=picked)
        assessed = run(assessed, corrections, resources, source=source)
        notes = [] if out is None else write_documents(assessed, study, out, part_of(progress, _ASSESSED_SHARE, 1.0))
    return assessed.assessment, notes


def _read_corrections(path: Path) -> Corrections:
    from pydantic import ValidationError

    from spoils.findings import Corrections, place_of

    try:
        return Corrections.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputUnreadable(f"The file {path.name} can't be opened.") from error
    except ValidationError as error:
        raise InputUnreadable(f"The file {path.name} is not a file of corrections: see {place_of(error)}.") from error
