"""``spoils train``: fit the networks and graders. Needs the extra ``train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.inputs import existing
from spoils.cli.output import note, print_lines
from spoils.cli.progress import progress_lines
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
    "parse_folds",
]

app = typer.Typer(no_args_is_help=True, help="Fit the segmentation network or the graders (extra 'train').")

DataOption = Annotated[
    Path, typer.Option("--data", metavar="DIR", callback=existing, help="Folder of the annotated and graded images.")
]
FitFolderOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder of the fit; a fit found begun there goes on.")
]
RegisterOption = Annotated[
    Path | None, typer.Option("--register", metavar="DIR", help="Put the result into this models folder.")
]
StepsOption = Annotated[int, typer.Option("--steps", help="Optimiser steps of each fit.")]
NetworkOption = Annotated[str, typer.Option("--network", help="Architecture.")]
DevicesOption = Annotated[int, typer.Option("--devices", help="GPUs, or processes without one; several use DDP.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")]
ImageGraderOption = Annotated[str, typer.Option("--image", metavar="NAME", help="The grader by images.")]
GeometryGraderOption = Annotated[str, typer.Option("--geometry", metavar="NAME", help="The grader by measurements.")]

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
    held_out: Annotated[str, typer.Option("--held-out", help="Folds the fit never sees, as 0,1.")] = "",
    start: Annotated[
        Path | None,
        typer.Option(
            "--start", metavar="PATH", callback=existing, help="Fit, or file of ImageNet weights, to start from."
        ),
    ] = None,
    network: NetworkOption = "deeplab-resnet18",
    width: Annotated[int, typer.Option("--width", help="Channels of the network's first convolution.")] = 32,
    phantoms_only: Annotated[
        bool, typer.Option("--phantoms-only", help="Fit on phantoms alone: a start for any fold.")
    ] = False,
    devices: DevicesOption = 1,
    seed: SeedOption = 0,
    register: RegisterOption = None,
) -> None:
    """Fit a network to annotated slices, expert volumes, phantoms and self-labelled slices, and export it to ONNX."""
    from spoils.training.data.splits import segmentation_folds
    from spoils.training.networks import NetworkConfig
    from spoils.training.segmentation.fit import fit_segmentation
    from spoils.training.segmentation.out_of_distribution import release_detector
    from spoils.training.segmentation.plan import SegmentationPlan
    from spoils.training.segmentation.release import drafted_models, release_segmentation

    plan = SegmentationPlan(
        held_out=parse_folds(held_out),
        steps=steps,
        network=NetworkConfig(architecture=network, width=width),
        seed=seed,
        devices=devices,
    )
    plan = plan.on_phantoms(steps) if phantoms_only else plan
    fit_segmentation(data, segmentation_folds(data), out, plan, start=start, progress=progress_lines)
    if register is not None:
        with drafted_models(register) as models:
            _report_registered(release_segmentation(data, out, models, progress_lines), release_detector(data, models))


@app.command("segmentation-folds")
def train_segmentation_folds(
    *,
    data: DataOption,
    out: FitFolderOption,
    steps: StepsOption = 1200,
    start_steps: Annotated[int, typer.Option("--start-steps", help="Steps on phantoms alone, before any fold.")] = 500,
    earlier: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FITS",
            callback=existing,
            help="Continue from these fits, fold by fold: a second round.",
        ),
    ] = None,
    network: NetworkOption = "deeplab-resnet18",
    devices: DevicesOption = 1,
    seed: SeedOption = 0,
    register: RegisterOption = None,
) -> None:
    """Cross-validate the recipe of the segmentation: a start, a network for each fold left out, one on all patients."""
    from spoils.training.networks import NetworkConfig
    from spoils.training.segmentation.cross_validation import cross_validate, release_study
    from spoils.training.segmentation.out_of_distribution import release_detector
    from spoils.training.segmentation.plan import SegmentationPlan
    from spoils.training.segmentation.release import drafted_models

    plan = SegmentationPlan(steps=steps, network=NetworkConfig(architecture=network), seed=seed, devices=devices)
    cross_validate(data, out, plan, progress_lines, start_steps=start_steps, earlier=earlier)
    if register is not None:
        with drafted_models(register) as models:
            _report_registered(release_study(data, out, models, progress_lines), release_detector(data, models))


@app.command("segmentation-int8")
def train_segmentation_int8(
    *,
    data: DataOption,
    fits: Annotated[
        Path, typer.Option("--fits", metavar="FITS", callback=existing, help="Fits of 'train segmentation-folds'.")
    ],
    register: Annotated[Path, typer.Option("--register", metavar="DIR", help="Models folder with their network.")],
) -> None:
    """Make the variant of the network in eight bits; it is registered only if the folds lose next to nothing by it."""
    from spoils.training.segmentation.int8 import release_int8

    _report_registered(release_int8(data, fits, register, progress_lines))


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
    """Fit the image and the geometry grader on SPIDER's grades, eight-fold by patient, and export them to ONNX."""
    from spoils.training.grading.cross_validation import fit_grading
    from spoils.training.grading.evaluation.text import figures_text
    from spoils.training.grading.fit import GradingPlan
    from spoils.training.grading.release import register_graders

    plan = GradingPlan.named(image, geometry, seed=seed, encoder_weights=encoder)
    scores = fit_grading(data, out, plan, progress_lines, settings_of_environment())
    print_lines([figures_text(scores)])
    if register is not None:
        _report_registered(*register_graders(out, register))


def _report_registered(*records: ModelRecord) -> None:
    for record in records:
        note(f"Registered {record.name} {record.sha256[:12]}.")
