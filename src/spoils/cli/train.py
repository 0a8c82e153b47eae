"""``spoils train``: fit the networks and graders. Needs the extra ``train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spoils.cli.output import note, print_lines
from spoils.cli.progress import told_lines
from spoils.cli.settings import settings_of_environment
from spoils.errors import UsageError

__all__ = ["DataOption", "FitFolderOption", "app", "parse_folds"]

app = typer.Typer(no_args_is_help=True, help="Fit the segmentation network or the graders (extra 'train').")

DataOption = Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of the annotated and graded images.")]
FitFolderOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder of the fit; a fit found begun there goes on.")
]
RegisterOption = Annotated[
    Path | None, typer.Option("--register", metavar="DIR", help="Put the result into this models folder.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")]


def parse_folds(text: str) -> tuple[int, ...]:
    """Read fold numbers separated by commas.

    Raises:
        UsageError: they are not whole numbers.

    >>> parse_folds("0,1")
    (0, 1)
    """
    try:
        return tuple(int(fold) for fold in text.split(","))
    except ValueError:
        raise UsageError(f"{text!r} are not fold numbers; give them as 0,1.") from None


@app.command("segmentation")
def train_segmentation(
    *,
    data: DataOption,
    out: FitFolderOption,
    steps: Annotated[int, typer.Option("--steps", help="Optimiser steps.")] = 3000,
    held_out: Annotated[str, typer.Option("--held-out", help="Folds the fit never sees.")] = "0,1",
    seed: SeedOption = 0,
    register: RegisterOption = None,
) -> None:
    """Fit DeepLabV3+ on annotated slices, expert volumes and phantoms, and export it to ONNX."""
    from spoils.training.folds import segmentation_folds
    from spoils.training.segmentation_fit import SegmentationPlan, fit_segmentation
    from spoils.training.segmentation_release import release_segmentation

    plan = SegmentationPlan(steps=steps, held_out=parse_folds(held_out), seed=seed)
    fit_segmentation(data, segmentation_folds(), out, plan, told_lines)
    if register is not None:
        record = release_segmentation(data, out, register, told_lines)
        note(f"Registered {record.name} {record.sha256[:12]}.")


@app.command("grading")
def train_grading(
    *, data: DataOption, out: FitFolderOption, seed: SeedOption = 0, register: RegisterOption = None
) -> None:
    """Fit the image and the geometry grader on SPIDER's grades, eight-fold by patient, and export them to ONNX."""
    from spoils.training.grading_fit import GradingPlan
    from spoils.training.grading_release import register_graders
    from spoils.training.grading_study import figures_text, fit_grading

    scores = fit_grading(data, out, GradingPlan(seed=seed), told_lines, settings_of_environment())
    print_lines([figures_text(scores)])
    if register is not None:
        for record in register_graders(out, register):
            note(f"Registered {record.name} {record.sha256[:12]}.")
