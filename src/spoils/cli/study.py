"""``spoils study``: the paper's whole experiment on this data, as one page. Needs the extra ``train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spoils.cli.inputs import existing
from spoils.cli.long_progress import shown_long_progress
from spoils.cli.output import JsonOption, note, print_json, print_lines
from spoils.cli.settings import settings_of_environment
from spoils.cli.train import SeedOption

__all__ = ["study"]


def study(
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of the study. An unfinished study in it is resumed.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            callback=existing,
            help="Folder of the graded images; with --quick phantoms by default.",
        ),
    ] = None,
    segmentation: Annotated[
        Path | None,
        typer.Option(
            "--segmentation",
            metavar="FILE",
            callback=existing,
            help="Figures of 'spoils evaluate segmentation --json'.",
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Test run on few patients; its figures mean nothing.")] = False,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=1, help="Epochs of the image graders. Fewer are faster and less accurate."),
    ] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Rebuild every table and figure of the paper on this data: study.html, with the paper's figures beside ours."""
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.study import PAGE_NAME, StudyInputs, run_study

        inputs = StudyInputs(data, segmentation, quick, seed, epochs)
        results = run_study(inputs, out, settings_of_environment(), progress)
    if as_json:
        print_json(results)
    else:
        print_lines([str(out / PAGE_NAME)])
        note("The page may hold patients' images: keep it where they may be kept.")
