"""``spoils fhir``: an assessment as a FHIR R4B bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spoils.cli.inputs import existing, read_result
from spoils.cli.output import note, print_lines, write_text

__all__ = ["fhir"]

AssessmentArgument = Annotated[
    Path,
    typer.Argument(
        metavar="ASSESSMENT",
        callback=existing,
        help="Folder of a result, or its assessment.json, of this or an earlier version.",
    ),
]
PatientOption = Annotated[
    str | None,
    typer.Option("--patient-id", metavar="ID", help="Patient's identifier, ID or SYSTEM|ID; else nobody is named."),
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here, not to standard output.")]


def fhir(source: AssessmentArgument, *, patient_id: PatientOption = None, out: OutOption = None) -> None:
    """Turn an assessment into a FHIR R4B bundle: report, observations, suggestion, imaging study."""
    from spoils.findings import RESEARCH_USE
    from spoils.report import fhir_json

    text = fhir_json(read_result(source), patient_id)
    if out is None:
        print_lines([text])
    else:
        write_text(out, text + "\n")
        note(f"Wrote {out}. {RESEARCH_USE}")
