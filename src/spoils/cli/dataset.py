"""``spoils dataset``: imported data, the table of discs, and folds of patients. Needs the extra ``train``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from spoils.cli.long_progress import shown_long_progress
from spoils.cli.output import JsonOption, print_json, print_lines
from spoils.cli.settings import settings_of_environment
from spoils.cli.train import DataOption

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="Import published data, build the table of discs, and assign folds to patients (extra 'train').",
)


@app.command("build")
def build(
    *,
    data: DataOption,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the data set into.")],
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Use only the first so many patients, for a test run.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Segment and measure every graded image and write a table with a row for each disc.

    Writes discs.parquet (measurements, grades, scanner and disc images), disagreements.csv (patients whose levels and
    grades do not agree: look at them) and demographics.json and .md. Patients' discs are in it: keep it out of the
    project.
    """
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.disc_table import build_dataset

        counted = build_dataset(data, out, settings_of_environment(), progress, limit=limit)
    if as_json:
        print_json(counted)
    else:
        print_lines(_lines(counted))


@app.command("folds")
def folds(*, data: DataOption, as_json: JsonOption = False) -> None:
    """Assign folds to patients: eight folds of the annotated and of the graded patients, which every fit then uses.

    Writes folds.json into the folders annotated and spider. Patients with a fold keep it. Run this again after adding
    patients.
    """
    from spoils.training.data import assign_splits

    done = assign_splits(data)
    if as_json:
        print_json({folder: asdict(one) for folder, one in done.items()})
    else:
        print_lines(
            f"{folder}: {one.assigned} patients assigned, {one.patients} have a fold" for folder, one in done.items()
        )


@app.command("import-spider")
def import_spider(
    published: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="SPIDER as published: images, masks, overview.csv, radiological_gradings.csv."
        ),
    ],
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DATA", help="Folder of the training data; spider is made in it.")
    ],
    validation: Annotated[
        bool, typer.Option("--validation", help="Take the authors' validation patients instead of the training ones.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Turn SPIDER as published (https://doi.org/10.5281/zenodo.10159290) into the folder that training reads.

    Writes DATA/spider with the mid-sagittal T2 slice of each patient (images/ID.png, square pixels of true size),
    acquisitions.csv and gradings.csv. Nothing is downloaded: get and unpack the files first. Patients' images are in
    it: keep it out of the project.
    """
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.data import import_spider as run

        subsets = ("validation",) if validation else ("training",)
        done = run(published, out, subsets=subsets, progress=progress)
    if as_json:
        print_json(asdict(done))
    else:
        reasons = [f"left out: patient {patient}: {reason}" for patient, reason in done.left_out.items()]
        gradings = f"left out: {done.gradings_left_out} gradings of no disc"
        print_lines([f"patients: {len(done.patients)}, graded discs: {done.discs}", *reasons, gradings])


def _lines(counted: Mapping[str, Any]) -> list[str]:
    left_out = counted["left_out"]
    return [
        f"{counted['discs']} discs of {counted['patients']} patients",
        f"left out: {left_out['patients']} patients whose image was refused, {left_out['discs']} single discs",
        *(f"disagreements, {kind}: {number}" for kind, number in counted["disagreements"].items()),
    ]
