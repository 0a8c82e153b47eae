"""``spoils deidentify``: copies of a study, volume or picture without the patient's identity."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from spoils.cli.inputs import existing
from spoils.cli.output import JsonOption, note, print_json, print_lines
from spoils.errors import InputUnreadable
from spoils.messages import message

__all__ = ["deidentify"]

SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT", callback=existing, help="DICOM file or folder, .nii, .nii.gz or .png; it is left as it is."
    ),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="New folder for the cleaned copies.")]
KeepOption = Annotated[bool, typer.Option("--keep-sex-age", help="Keep sex and age; above 89 years becomes 90.")]
ShiftOption = Annotated[
    int | None,
    typer.Option("--shift-days", metavar="N", help="Move all dates by N days; without it each patient's own shift."),
]
SecretOption = Annotated[
    Path | None,
    typer.Option(
        "--secret",
        metavar="FILE",
        callback=existing,
        help="Secret of at least 16 bytes: equal UIDs and shifts in every run.",
    ),
]
PixelsOption = Annotated[
    bool, typer.Option("--pixels-checked", help="I looked at the pixels and no text is burned in: skip that check.")
]


def deidentify(
    source: SourceArgument,
    *,
    out: OutOption,
    keep_sex_age: KeepOption = False,
    shift_days: ShiftOption = None,
    secret: SecretOption = None,
    pixels_checked: PixelsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a study without patient identity: DICOM PS3.15 basic profile, new UIDs, shifted dates."""
    from spoils.findings import RESEARCH_USE
    from spoils.io import Cleaning, Deidentification, Pseudonyms, write_deidentified

    pseudonyms = Pseudonyms(_secret(secret), shift_days)
    done = write_deidentified(source, out, Deidentification(Cleaning(pseudonyms, keep_sex_age), pixels_checked))
    if as_json:
        left_out = {str(message(reason)): count for reason, count in done.left_out.items()}
        print_json({"notice": RESEARCH_USE, "files": done.files, "left_out": left_out})
    else:
        print_lines([f"{_counted(done.files)} written without identity.", *_left_out_lines(done.left_out)])
    if secret is None:
        note("Without --secret nothing can be matched to later runs: each run draws new UIDs and shifts.")


def _left_out_lines(left_out: Mapping[str, int]) -> list[str]:
    return [f"{_counted(count)} left out: {message(reason)}." for reason, count in left_out.items()]


def _counted(files: int) -> str:
    return f"{files} file{'' if files == 1 else 's'}"


def _secret(path: Path | None) -> bytes:
    from secrets import token_bytes

    if path is None:
        return token_bytes(32)
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise InputUnreadable("The file with the secret can't be read.") from error
