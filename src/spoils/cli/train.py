"""``spoils train``: fit the networks and graders. Needs the extra ``train``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spoils.cli.inputs import existing
from spoils.cli.long_progress import shown_long_progress
from spoils.cli.output import note, print_lines
from spoils.cli.settings import settings_of_environment
from spoils.errors import UsageError

if TYPE_CHECKING:
    from spoils.models import ModelRecord

__all__ = [
    "GEOMETRY_GRADER",
    "IMAGE_GRADER",
    "DataOption",
    "EncoderOption",
    "FitFolderOption",
    "GeometryGraderOption",
    "ImageGraderOption",
    "SeedOption",
    "app",
    "kind_lines",
    "parse_folds",
]

app = typer.Typer(no_args_is_help=True, help="Fit the segmentation network or the graders (extra 'train').")

DataOption = Annotated[
    Path, typer.Option("--data", metavar="DIR", callback=existing, help="Folder of the annotated and graded images.")
]
FitFolderOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder of the fit. An unfinished fit in it is resumed.")
]
RegisterOption = Annotated[
    Path | None, typer.Option("--register", metavar="DIR", help="Register the result in this models folder.")
]
StepsOption = Annotated[int, typer.Option("--steps", help="Optimiser steps of each fit.")]
NetworkOption = Annotated[str, typer.Option("--network", help="Architecture.")]
RecipeOption = Annotated[
    str, typer.Option("--recipe", help="Sources and augmentation: 'second', as packaged, or 'third'.")
]
DevicesOption = Annotated[
    int, typer.Option("--devices", help="Number of GPUs, or of processes without a GPU. Several use DDP.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of all random numbers.")]
ImageGraderOption = Annotated[str, typer.Option("--image", metavar="NAME", help="Grader on disc images.")]
GeometryGraderOption = Annotated[str, typer.Option("--geometry", metavar="NAME", help="Grader on measurements.")]

EncoderOption = Annotated[
    Path | None,
    typer.Option("--encoder", metavar="FILE", callback=existing, help="ImageNet weights for --image mobilenet-v2."),
]

IMAGE_GRADER = "disc"
GEOMETRY_GRADER = "ordinal-boosting"


def parse_folds(text: str) -> tuple[int, ...]:
    """Read fold numbers separated by commas.

    Raises:
        UsageError: they are not whole numbers.

    >>> parse_folds("0,1")
    (0, 1)
    """
    try:
        return tuple(int(fold) for fold in text.split(",") if text)
    except ValueError:
        raise UsageError(f"{text!r} are not fold numbers; give them as 0,1.") from None


@app.command("segmentation")
def train_segmentation(
    *,
    data: DataOption,
    out: FitFolderOption,
    steps: StepsOption = 1200,
    held_out: Annotated[str, typer.Option("--held-out", help="Folds to hold out, as 0,1.")] = "",
    start: Annotated[
        Path | None,
        typer.Option(
            "--start",
            metavar="PATH",
            callback=existing,
            help="Initial weights: folder of a fit, or file of ImageNet weights.",
        ),
    ] = None,
    network: NetworkOption = "deeplab-resnet18",
    width: Annotated[int, typer.Option("--width", help="Channels of the network's first convolution.")] = 32,
    phantoms_only: Annotated[
        bool, typer.Option("--phantoms-only", help="Fit on phantoms alone, as initial weights for any fold.")
    ] = False,
    recipe: RecipeOption = "second",
    devices: DevicesOption = 1,
    seed: SeedOption = 0,
    register: RegisterOption = None,
) -> None:
    """Fit a segmentation network and export it to ONNX.

    It learns from annotated slices, expert volumes, phantoms and self-labelled slices.
    """
    with shown_long_progress(devices=devices) as progress:
        progress("loading libraries", 0.0)
        from spoils.training.data import segmentation_folds
        from spoils.training.networks import NetworkConfig
        from spoils.training.progress import part
        from spoils.training.segmentation import (
            SegmentationPlan,
            drafted_models,
            fit_segmentation,
            release_detector,
            release_segmentation,
        )

        plan = SegmentationPlan(
            held_out=parse_folds(held_out),
            steps=steps,
            network=NetworkConfig(architecture=network, width=width),
            seed=seed,
            devices=devices,
        ).of_recipe(recipe)
        plan = plan.on_phantoms(steps) if phantoms_only else plan
        fitting = part(progress, 0.0, 1.0 if register is None else 0.8)
        fit_segmentation(data, segmentation_folds(data), out, plan, start=start, progress=fitting)
        records: list[ModelRecord] = []
        if register is not None:
            with drafted_models(register) as models:
                records.append(release_segmentation(data, out, models, part(progress, 0.8, 0.9)))
                records.append(release_detector(data, models, part(progress, 0.9, 1.0)))
    _report_registered(*records)


@app.command("segmentation-folds")
def train_segmentation_folds(
    *,
    data: DataOption,
    out: FitFolderOption,
    steps: StepsOption = 1200,
    start_steps: Annotated[int, typer.Option("--start-steps", help="Steps on phantoms alone, before the folds.")] = 500,
    earlier: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FITS",
            callback=existing,
            help="Continue these fits in a second round.",
        ),
    ] = None,
    network: NetworkOption = "deeplab-resnet18",
    recipe: RecipeOption = "second",
    devices: DevicesOption = 1,
    seed: SeedOption = 0,
    register: RegisterOption = None,
) -> None:
    """Cross-validate the segmentation: one network per held-out fold, and one on all patients, which ships."""
    with shown_long_progress(devices=devices) as progress:
        progress("loading libraries", 0.0)
        from spoils.training.networks import NetworkConfig
        from spoils.training.progress import part
        from spoils.training.segmentation import (
            SegmentationPlan,
            cross_validate,
            drafted_models,
            release_cross_validated,
            release_detector,
        )

        plan = SegmentationPlan(
            steps=steps, network=NetworkConfig(architecture=network), seed=seed, devices=devices
        ).of_recipe(recipe)
        fitting = part(progress, 0.0, 1.0 if register is None else 0.8)
        cross_validate(data, out, plan, fitting, start_steps=start_steps, earlier=earlier)
        records: list[ModelRecord] = []
        if register is not None:
            with drafted_models(register) as models:
                records.append(release_cross_validated(data, out, models, part(progress, 0.8, 0.95)))
                records.append(release_detector(data, models, part(progress, 0.95, 1.0)))
    _report_registered(*records)


@app.command("segmentation-int8")
def train_segmentation_int8(
    *,
    data: DataOption,
    fits: Annotated[
        Path, typer.Option("--fits", metavar="FITS", callback=existing, help="Fits of 'train segmentation-folds'.")
    ],
    register: Annotated[Path, typer.Option("--register", metavar="DIR", help="Models folder that holds the network.")],
) -> None:
    """Quantise the network to int8. The result is registered only if the folds keep their accuracy."""
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.segmentation import release_int8

        record = release_int8(data, fits, register, progress)
    _report_registered(record)


@app.command("grading")
def train_grading(
    *,
    data: DataOption,
    out: FitFolderOption,
    image: ImageGraderOption = IMAGE_GRADER,
    geometry: GeometryGraderOption = GEOMETRY_GRADER,
    encoder: EncoderOption = None,
    seed: SeedOption = 0,
    register: RegisterOption = None,
) -> None:
    """Cross-validate the image and the geometry grader on SPIDER's grades, and export them to ONNX."""
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.grading import GradingPlan, fit_grading, register_graders
        from spoils.training.grading.evaluation import figures_text

        plan = GradingPlan.named(image, geometry, seed=seed, encoder_weights=encoder)
        scores = fit_grading(data, out, plan, progress, settings_of_environment())
    print_lines([figures_text(scores)])
    if register is not None:
        _report_registered(*register_graders(out, register))


@app.command("slice-kind")
def train_slice_kind(
    *,
    data: DataOption,
    out: FitFolderOption,
    steps: StepsOption = 800,
    phantoms: Annotated[int, typer.Option("--phantoms", min=0, help="Number of synthetic patients.")] = 80,
    seed: SeedOption = 0,
    register: RegisterOption = None,
) -> None:
    """Fit the network that recognises what a slice shows (T2, T1, CT, ...) and how it lies.

    One network for each fold, whose sources and patients it never sees, and one on all pictures, which ships.
    """
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.slice_kind import (
            KindPlan,
            cross_validate_kinds,
            judge_folds,
            kind_document,
            register_kinds,
        )

        pictures = cross_validate_kinds(data, out, KindPlan(steps=steps, phantoms=phantoms, seed=seed), progress)
        document = kind_document(judge_folds(pictures, out))
    print_lines(kind_lines(document))
    if register is not None:
        _report_registered(register_kinds(out, register, document))


def kind_lines(document: Mapping[str, Any]) -> list[str]:
    """Lay out the figures of slice kinds: what each kind of each source was called, and what would be refused."""
    lines = [f"{'kind':15}{'source':13}{'made':>5}{'pictures':>9}{'refused':>8}  called"]
    for row in document["by_kind_and_source"]:
        called = ", ".join(f"{name} {count}" for name, count in row["called"].items())
        made = "yes" if row["simulated"] else "no"
        lines.append(f"{row['kind']:15}{row['source']:13}{made:>5}{row['pictures']:>9}{row['refused']:>8}  {called}")
    for name, row in document["turns"].items():
        called = ", ".join(f"{turn} {count}" for turn, count in row["called"].items())
        lines.append(f"{name:15}{row['pictures']:>9}  {called}")
    for title, key in (("suitable T2 slices", "suitable"), ("real T1 slices", "t1")):
        row = document[key]
        lines.append(f"{title}: {row['refused']} of {row['pictures']} refused")
    return lines


def _report_registered(*records: ModelRecord) -> None:
    for record in records:
        note(f"Registered {record.name} {record.sha256[:12]}.")
