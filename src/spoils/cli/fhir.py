"""``spoils fhir``: an assessment as a FHIR R4B bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.inputs import existing
from spoils.cli.output import note, print_lines, write_text
from spoils.errors import InputUnreadable

if TYPE_CHECKING:
    from spoils.findings import Assessment

__all__ = ["fhir"]

AssessmentArgument = Annotated[
    Path, typer.Argument(metavar="ASSESSMENT", callback=existing, help="assessment.json of an earlier run.")
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

    text = fhir_json(_read(source), patient_id)
    if out is None:
        print_lines([text])
    else:
        write_text(out, text + "\n")
        note(f"Wrote {out}. {RESEARCH_USE}")


def _read(path: Path) -> Assessment:
    from pydantic import ValidationError

    from spoils.findings import Assessment

    try:
        return Assessment.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputUnreadable("The assessment can't be opened.") from error
    except ValidationError as error:
        raise InputUnreadable("The file is not an assessment.json of this version of SPOILS.") from error
