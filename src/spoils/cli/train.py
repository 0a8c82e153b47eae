"""``spoils train``: fit the networks and graders. Needs the extra ``train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spoils.cli.output import note, print_lines
from spoils.cli.progress import told_lines
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

DataOption = Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of the annotated and graded images.")]
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
    Path | None, typer.Option("--encoder", metavar="FILE", help="ImageNet weights for --image mobilenet-v2.")
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
        Path | None, typer.Option("--start", metavar="PATH", help="Fit, or file of ImageNet weights, to start from.")
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
    from spoils.training.familiarity import release_familiarity
    from spoils.training.folds import segmentation_folds
    from spoils.training.networks import NetworkConfig
    from spoils.training.segmentation_fit import fit_segmentation
    from spoils.training.segmentation_plan import SegmentationPlan
    from spoils.training.segmentation_release import drafted_models, release_segmentation

    plan = SegmentationPlan(
        held_out=parse_folds(held_out),
        steps=steps,
        network=NetworkConfig(architecture=network, width=width),
        seed=seed,
        devices=devices,
    )
    plan = plan.on_phantoms(steps) if phantoms_only else plan
    fit_segmentation(data, segmentation_folds(data), out, plan, start=start, tell=told_lines)
    if register is not None:
        with drafted_models(register) as models:
            _tell_registered(release_segmentation(data, out, models, told_lines), release_familiarity(data, models))


@app.command("segmentation-folds")
def train_segmentation_folds(
    *,
    data: DataOption,
    out: FitFolderOption,
    steps: StepsOption = 1200,
    start_steps: Annotated[int, typer.Option("--start-steps", help="Steps on phantoms alone, before any fold.")] = 500,
    earlier: Annotated[
        Path | None,
        typer.Option("--from", metavar="FITS", help="Go on from these fits, each from its namesake: a second round."),
    ] = None,
    network: NetworkOption = "deeplab-resnet18",
    devices: DevicesOption = 1,
    seed: SeedOption = 0,
    register: RegisterOption = None,
) -> None:
    """Cross-validate the recipe of the segmentation: a start, a network for each fold left out, one on all patients."""
    from spoils.training.familiarity import release_familiarity
    from spoils.training.networks import NetworkConfig
    from spoils.training.segmentation_plan import SegmentationPlan
    from spoils.training.segmentation_release import drafted_models
    from spoils.training.segmentation_study import cross_validate, release_study

    plan = SegmentationPlan(steps=steps, network=NetworkConfig(architecture=network), seed=seed, devices=devices)
    cross_validate(data, out, plan, told_lines, start_steps=start_steps, earlier=earlier)
    if register is not None:
        with drafted_models(register) as models:
            _tell_registered(release_study(data, out, models, told_lines), release_familiarity(data, models))


@app.command("segmentation-eight-bits")
def train_segmentation_eight_bits(
    *,
    data: DataOption,
    fits: Annotated[Path, typer.Option("--fits", metavar="FITS", help="Fits of 'train segmentation-folds'.")],
    register: Annotated[Path, typer.Option("--register", metavar="DIR", help="Models folder with their network.")],
) -> None:
    """Make the variant of the network in eight bits; it is registered only if the folds lose next to nothing by it."""
    from spoils.training.segmentation_eight_bits import release_eight_bits

    _tell_registered(release_eight_bits(data, fits, register, told_lines))


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
    from spoils.training.grading_fit import GradingPlan
    from spoils.training.grading_release import register_graders
    from spoils.training.grading_study import fit_grading
    from spoils.training.grading_text import figures_text

    plan = GradingPlan.named(image, geometry, seed=seed, encoder_weights=encoder)
    scores = fit_grading(data, out, plan, told_lines, settings_of_environment())
    print_lines([figures_text(scores)])
    if register is not None:
        _tell_registered(*register_graders(out, register))


def _tell_registered(*records: ModelRecord) -> None:
    for record in records:
        note(f"Registered {record.name} {record.sha256[:12]}.")
