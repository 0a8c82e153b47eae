"""``spoils evaluate``: score the installed models on patients they never saw. Needs the extra ``train``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from spoils.cli.output import JsonOption, print_json, print_lines
from spoils.cli.progress import told_lines
from spoils.cli.settings import settings_of_environment
from spoils.cli.train import DataOption, FitFolderOption, parse_folds

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Score the installed models on patients they never saw (extra 'train').")


@app.command("segmentation")
def evaluate_segmentation(
    *,
    data: DataOption,
    folds: Annotated[str, typer.Option("--folds", help="Held-out folds, as the model card names them.")] = "0,1",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.json", help="Write every score here too.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Score the segmentation network: Dice by structure and source, and levels named right."""
    import json

    from spoils.training.segmentation_evaluation import evaluate_segmentation as run

    scores = run(data, parse_folds(folds), settings_of_environment(), told_lines)
    if out is not None:
        out.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    if as_json:
        print_json(scores)
    else:
        print_lines(_lines(scores))


@app.command("grading")
def evaluate_grading(*, data: DataOption, out: FitFolderOption, as_json: JsonOption = False) -> None:
    """Score both graders and their mean out of fold, by patient; folds that the folder lacks are fitted first.

    The shipped graders saw every patient, so only fits without a patient can be scored on that patient.
    """
    from spoils.training.grading_study import figures_text, fit_grading

    scores = fit_grading(data, out, tell=told_lines, settings=settings_of_environment())
    if as_json:
        print_json(scores)
    else:
        print_lines([figures_text(scores)])


def _lines(scores: Mapping[str, Any]) -> list[str]:
    tables = {"all": scores["summary"], **scores["by_source"]}
    lines = []
    for name, table in tables.items():
        named = f"levels right in {table['images_named_right']:.1%} of images"
        lines.append(f"{name}: {table['images']} images, {named}")
        lines += [
            f"  {group:13} Dice {value['mean']:.3f} ({value['low']:.3f}-{value['high']:.3f}), {value['images']} images"
            for group, value in table["dice"].items()
        ]
    return lines
