"""``spoils reference-values``: build what patients are compared with. Needs the extra ``train``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.inputs import existing
from spoils.cli.long_progress import shown_long_progress
from spoils.cli.output import JsonOption, note, print_json, print_lines, write_text
from spoils.cli.settings import settings_of_environment
from spoils.cli.train import DataOption

if TYPE_CHECKING:
    from spoils.reference_values import ReferenceValues

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Build normal values and measure the error of measurement (extra 'train')."
)

OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="The JSON file to write.")]


@app.command("build")
def build(
    *,
    data: DataOption,
    out: OutOption,
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            metavar="FILE",
            help="Table of discs of 'spoils dataset build', used if it was made from the same data and models, else"
            " made here; by default discs.parquet beside the result."
            " It holds patients' discs: keep it out of the project.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Build the table of normal values: sums by level and sex, of every measurement of the graded patients."""
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.reference_values import build_reference, reference_text

        reference = build_reference(data, table or out.with_name("discs.parquet"), settings_of_environment(), progress)
    _write_and_print(reference_text(reference), _reference_lines(reference), out, as_json=as_json)


@app.command("errors")
def errors(
    *,
    data: DataOption,
    fits: Annotated[
        Path,
        typer.Option(
            "--fits",
            metavar="DIR",
            callback=existing,
            help="Fits of 'spoils train segmentation-folds', one for each fold.",
        ),
    ],
    out: OutOption,
    as_json: JsonOption = False,
) -> None:
    """Measure by how much two measurements of one spine differ, with networks that never saw the patient."""
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.reference_values import error_lines, errors_of, errors_text, measured_pairs

        measured = errors_of(measured_pairs(data, fits, progress))
    _write_and_print(errors_text(measured), error_lines(measured), out, as_json=as_json)


def _write_and_print(text: str, lines: Iterable[str], out: Path, *, as_json: bool) -> None:
    """Write the JSON ``text`` to ``out``, and print it or its ``lines`` for people."""
    write_text(out, text)
    if as_json:
        print_json(json.loads(text))
    else:
        print_lines(lines)
    note(f"Wrote {out}.")


def _reference_lines(reference: ReferenceValues) -> Iterator[str]:
    """Lay out mean and deviation of discs and canal by level."""
    from spoils.anatomy import DISCS
    from spoils.reference_values import BOTH

    names = dict.fromkeys(name for level in DISCS for name in reference.levels.get(level, {}))
    yield f"{reference.patients[BOTH]} {reference.people}"
    yield f"{'':20}" + "".join(f"{level:>17}" for level in DISCS)
    for name in names:
        groups = [reference.levels.get(level, {}).get(name) for level in DISCS]
        cells = (f"{one.cohort[BOTH].mean:.4g} ({one.cohort[BOTH].sd:.3g})" if one else "-" for one in groups)
        yield f"{name:20}" + "".join(f"{cell:>17}" for cell in cells)
