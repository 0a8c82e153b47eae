"""``spoils evaluate``: score the installed models on patients they never saw. Needs the extra ``train``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from spoils.cli.inputs import existing
from spoils.cli.long_progress import shown_long_progress
from spoils.cli.output import JsonOption, print_json, print_lines
from spoils.cli.settings import settings_of_environment
from spoils.cli.train import (
    GEOMETRY_GRADER,
    IMAGE_GRADER,
    DataOption,
    EncoderOption,
    FitFolderOption,
    GeometryGraderOption,
    ImageGraderOption,
    SeedOption,
    kind_lines,
)

__all__ = ["app"]

_OVERLAPS = ("accuracy", "precision", "recall", "dice", "iou")
_DISTANCES = ("assd_mm", "hausdorff95_mm")

app = typer.Typer(no_args_is_help=True, help="Score the installed models on patients they never saw (extra 'train').")


@app.command("segmentation")
def evaluate_segmentation(
    *,
    data: DataOption,
    fits: Annotated[
        Path | None,
        typer.Option(
            "--fits",
            metavar="DIR",
            callback=existing,
            help="Score the fits of 'spoils train segmentation-folds' instead.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write scores.json, images.csv and gallery.html (images!) here too."),
    ] = None,
    worst: Annotated[int, typer.Option("--worst", min=1, help="Images in the gallery of the worst.")] = 12,
    as_json: JsonOption = False,
) -> None:
    """Score the segmentation on patients it never saw: overlap, boundaries and names.

    Without --fits the installed network is scored on all patients in DATA that it was not fitted on. With --fits each
    patient is scored by the network of the fold that held the patient out.
    """
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.progress import part
        from spoils.training.segmentation import score_folds, score_space_folds
        from spoils.training.segmentation.evaluation import evaluation_document, score_installed, write_evaluation

        if fits is None:
            scores, space = score_installed(data, settings_of_environment(), progress), []
        else:
            scores = score_folds(data, fits, part(progress, 0.0, 0.7))
            space = score_space_folds(data, fits, part(progress, 0.7, 1.0))
    document = evaluation_document(scores, data, space)
    if out is not None:
        write_evaluation(document, scores, data, out, worst=worst)
    if as_json:
        print_json(document)
    else:
        print_lines(_lines(document))


@app.command("grading")
def evaluate_grading(
    *,
    data: DataOption,
    out: FitFolderOption,
    image: ImageGraderOption = IMAGE_GRADER,
    geometry: GeometryGraderOption = GEOMETRY_GRADER,
    encoder: EncoderOption = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Score both graders and their mean by cross-validation, by patient. Missing folds are fitted first.

    The shipped graders saw every patient, so each patient is scored by fits that held the patient out. The folder also
    gets label-issues.csv and label-issues.html (with images): discs whose recorded grade both graders contradict.
    """
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.grading import GradingPlan, fit_grading
        from spoils.training.grading.evaluation import figures_text

        plan = GradingPlan.named(image, geometry, seed=seed, encoder_weights=encoder)
        scores = fit_grading(data, out, plan, progress, settings_of_environment())
    if as_json:
        print_json(scores)
    else:
        print_lines([figures_text(scores)])


@app.command("slice-kind")
def evaluate_slice_kind(
    *,
    data: DataOption,
    fits: Annotated[
        Path, typer.Option("--fits", metavar="DIR", callback=existing, help="Fits of 'spoils train slice-kind'.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Score what slices are taken for, each by the fit that saw neither its patient nor, if small, its source."""
    with shown_long_progress() as progress:
        progress("loading libraries", 0.0)
        from spoils.training.slice_kind import judge_folds, kind_document, pictures_of, plan_of

        document = kind_document(judge_folds(pictures_of(data, plan_of(fits), progress), fits))
    if as_json:
        print_json(document)
    else:
        print_lines(kind_lines(document))


def _lines(document: Mapping[str, Any]) -> list[str]:
    """Lay out the summary by group of structures, the mean over classes, and one line for each part of the images."""
    summary = document["summary"]
    lines = [f"{summary['images']} images of {summary['patients']} patients; {_named_right(summary)}"]
    lines.append(f"{'':14}{'Dice (95 %)':21}{'ASSD mm':>9}{'HD95 mm':>9}{'missing':>9}")
    for group, dice in summary["dice"].items():
        far = [summary[name][group]["mean"] if group in summary[name] else None for name in _DISTANCES]
        cells = "".join(f"{'-' if mean is None else f'{mean:.2f}':>9}" for mean in far)
        lines.append(f"{group:14}{_interval(dice):21}{cells}{dice['missing']:>9}")
    for title, key in (("mean over 13 classes", "mean"), ("background", "background")):
        figures = summary["classes"][key]
        words = [f"{figure} {figures[figure]['mean']:.3f}" for figure in _OVERLAPS if figure in figures]
        lines += [f"{title}: {', '.join(words)}"] if words else []
    lines += [f"split between two names: {place}" for place in summary["split"]]
    lines += [f"refused: {', '.join(summary['refused'])}"] if summary["refused"] else []
    lines += _flag_lines(summary)
    lines += _confidence_lines(summary["naming_confidence"])
    for part in ("by_source", "by_scanner"):
        lines.append(f"{part.replace('_', ' ')}, mean Dice:")
        lines += [
            f"  {name}: {_interval(table['dice'].get('all'))}, images: {table['images']}"
            for name, table in document[part].items()
        ]
    lines += _space_lines(document["spider_space"])
    if document["by_grade"]:
        lines.append("discs by Pfirrmann grade, mean Dice:")
    lines += [
        f"  {grade}: {_interval(row['dice'])}, discs: {row['discs']}" for grade, row in document["by_grade"].items()
    ]
    return lines


def _space_lines(space: Mapping[str, Any]) -> list[str]:
    """Lay out the scores on the slices of ``spider-space``, the middle ones and those beside them."""
    lines = [f"SPIDER's SPACE slices. {space['convention']}"] if space else []
    for place in ("middle", "beside") if space else ():
        table = space[place]
        wrong, refused = len(table["named_wrong"]), len(table["refused"])
        lines.append(
            f"  {place}: {table['images']} images of {table['patients']} patients,"
            f" a level named wrong in {wrong}, refused {refused}"
        )
        for group, dice in table["dice"].items():
            far = table["assd_mm"][group]["mean"] if group in table["assd_mm"] else None
            lines.append(f"    {group:14}{_interval(dice):21}{'-' if far is None else f'{far:.2f}':>9}")
        errors = [f"{kind} {value:.2f} mm" for kind, value in table["length_error_mm"].items() if value is not None]
        lines.append(f"    median error of lengths: {', '.join(errors)}")
    return lines


def _named_right(summary: Mapping[str, Any]) -> str:
    images, levels = summary["images_named_right"], summary["levels_named_right"]
    return "no level drawn" if images is None else f"{images:.1%} of images, {levels:.1%} of levels named right"


def _flag_lines(summary: Mapping[str, Any]) -> list[str]:
    raised = ", ".join(f"{code} on {count}" for code, count in summary["flags"].items()) or "none"
    return [f"flags: {raised}; detector evaluated on {summary['detector_evaluated']} of {summary['images']} images"]


def _confidence_lines(naming: Mapping[str, Any]) -> list[str]:
    """Set the confidence in names against what was right, for levels and for the count of whole images."""
    lines = []
    for title, key in (("levels", "levels"), ("images, by their count", "counts")):
        found = naming[key]
        if not found["number"]:
            continue
        means = [found[name] for name in ("mean_of_right", "mean_of_wrong")]
        right, wrong = ("-" if mean is None else f"{mean:.3f}" for mean in means)
        lines.append(
            f"confidence in {title}: {right} where right, {wrong} where wrong ({found['wrong']} of {found['number']},"
            f" {found['sure_but_wrong']} above 0.9); calibration error {found['calibration_error']:.3f}"
        )
    return lines + [f"sure but wrong: {place}" for place in naming["sure_but_wrong"]]


def _interval(value: Mapping[str, float] | None) -> str:
    if value is None:
        return "-"
    return f"{value['mean']:.3f} ({value['low']:.3f}-{value['high']:.3f})"
