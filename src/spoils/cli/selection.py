"""Options that name the patient and the study of an input with several."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["PatientIdOption", "StudyOption"]

PatientIdOption = Annotated[
    str | None,
    typer.Option(
        "--patient", metavar="ID", help="Patient to read of several: the ID, or the name where there is none."
    ),
]
StudyOption = Annotated[
    str | None,
    typer.Option("--study", metavar="UID|DATE", help="Study to read of several: its UID, or its date as YYYY-MM-DD."),
]
