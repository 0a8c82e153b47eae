"""Write docs/results.md from the manifest of the packaged models, so that no figure can drift from its model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spoils.models import ModelRecord, installed_models

PAGE = Path(__file__).parents[1] / "docs" / "results.md"

HEAD = """\
# Results

Written from the manifest of the packaged models by `scripts/write_results.py`. Intervals are 95 %, from resampling
whole patients. Nothing here comes from a clinical trial."""

STUDY = """\
## Beside the published study

Kumar, Singh and Balabantaray (JMIR AI 2026;5:e83322) report Dice 0.930 and, after 8-fold cross-validation, 0.969 for
segmentation, and 86.4 % and 97.84 % accuracy for the image grader. Their images were split at random, so slices of one
patient lie on both sides of the split; ours are split by patient. Their data are not public, so no figure of one side
can be checked on the images of the other. Two human readers of Pfirrmann grades agree at a kappa of about 0.6."""

FIGURES = {
    "pfirrmann_kappa": "Pfirrmann, quadratic kappa",
    "pfirrmann_exact": "Pfirrmann, exact",
    "pfirrmann_within_one": "Pfirrmann, within one grade",
    "pfirrmann_macro_recall": "Pfirrmann, mean recall over grades",
    "pfirrmann_mean_absolute_error": "Pfirrmann, mean absolute error",
    "severity_kappa": "severity, quadratic kappa",
    "class_accuracy": "11 classes, accuracy",
    "class_macro_recall": "11 classes, mean recall",
    "expected_calibration_error": "expected calibration error",
    "brier": "Brier score",
    "set_coverage": "true class inside the 90 % prediction set",
    "set_size": "classes in the prediction set",
}


def results() -> str:
    """Return the page."""
    records = {record.name: record for record in installed_models()}
    parts = [HEAD, *_segmentation(records["segmentation"]), *_grading(records), STUDY]
    return "\n\n".join(parts) + "\n"


def _interval(value: Mapping[str, float], key: str) -> str:
    return f"{value[key]:.3f} ({value['low']:.3f}-{value['high']:.3f})"


def _segmentation(record: ModelRecord) -> Iterator[str]:
    metrics: Mapping[str, Any] = record.metrics
    yield "## Segmentation"
    yield (
        f"Data: {metrics['data']}; {metrics['images']} images, at the pixels of the picture, after level naming. "
        f"Command: `{metrics['command']} --data DATA`. Weights {record.sha256[:12]}."
    )
    rows = [f"| {group} | {_interval(value, 'mean')} | {value['images']} |" for group, value in metrics["dice"].items()]
    yield "\n".join(["| structures | Dice, mean over images | images |", "|---|---|---|", *rows])
    yield (
        f"Every level named right in {metrics['images_named_right']:.1%} of images, "
        f"{metrics['levels_named_right']:.1%} of levels. "
        f"Pixel accuracy where everything is drawn: {metrics['pixel_accuracy']:.3f}. "
        f"Largest difference of any probability between PyTorch and ONNX: {metrics['onnx_difference']:.0e}."
    )
    sources = metrics["by_source"]
    names = ("bodies", "discs", "canal")
    lines = [
        f"| {source} | {table['images']} | "
        + " | ".join(f"{table['dice'][name]['mean']:.3f}" if name in table["dice"] else "not drawn" for name in names)
        + f" | {table['images_named_right']:.0%} |"
        for source, table in sources.items()
    ]
    yield "\n".join(
        ["| source | images | bodies | discs | canal | all levels right |", "|---|---|---|---|---|---|", *lines]
    )


def _grading(records: Mapping[str, ModelRecord]) -> Iterator[str]:
    image, geometry = records["grader-image"], records["grader-geometry"]
    columns = (image.metrics["alone"], geometry.metrics["alone"], image.metrics["ensemble"])
    yield "## Grading"
    yield (
        f"Data: {image.metrics['data']}. One radiologist's grades; severity is a proxy ([method](method.md)). "
        f"Command: `{image.metrics['command']} --data DATA --out DIR`."
    )
    rows = [
        f"| {words} | " + " | ".join(_interval(column[name], "value") for column in columns) + " |"
        for name, words in FIGURES.items()
    ]
    yield "\n".join(["| figure | image | geometry | mean of both (shipped) |", "|---|---|---|---|", *rows])
    yield (
        "The segmentation network was fitted on some of these patients' images, so their outlines are better than a "
        "new patient's; the graders never saw a patient that they are scored on."
    )


if __name__ == "__main__":
    PAGE.write_text(results(), encoding="utf-8")
