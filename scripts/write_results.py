"""Write docs/results.md from the manifest of the packaged models, so that figures always match the models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.models import ModelRecord, installed_models

PAGE = Path(__file__).parents[1] / "docs" / "results.md"

HEAD = """\
# Results

This page is generated from the manifest of the packaged models by `scripts/write_results.py`. Intervals are 95 %, from
resampling whole patients with fixed fits and calibration. They cover variation between patients, not between fits.
None of these figures comes from a clinical trial."""

STUDY = """\
## Comparison with the published study

Kumar, Singh and Balabantaray (JMIR AI 2026;5:e83322) report a Dice of 0.930 and, after 8-fold cross-validation, 0.969
for segmentation, and accuracies of 86.4 % and 97.84 % for the image grader. Their images were split at random, so
slices of one patient are on both sides of the split; ours are split by patient. Their data are not public, so neither
side's figures can be checked on the other's images. Two human readers of Pfirrmann grades agree at a kappa of about
0.6."""

FIGURES = {
    "pfirrmann_kappa": "Pfirrmann, quadratic kappa",
    "pfirrmann_exact": "Pfirrmann, exact",
    "pfirrmann_within_one": "Pfirrmann, within one grade",
    "pfirrmann_macro_recall": "Pfirrmann, mean recall over grades",
    "pfirrmann_mean_absolute_error": "Pfirrmann, mean absolute error",
    "severity_kappa": "severity, quadratic kappa",
    "severity_exact": "severity, exact",
    "class_accuracy": "11 classes, accuracy",
    "class_macro_recall": "11 classes, mean recall",
    "class_macro_precision": "11 classes, mean precision",
    "class_macro_iou": "11 classes, mean IoU",
    "expected_calibration_error": "expected calibration error",
    "brier": "Brier score",
    "set_coverage": "true class inside the 90 % prediction set",
    "set_coverage_per_patient": "the same, averaged over patients",
    "patients_all_covered": "patients with the true class inside the set for all discs",
    "set_size": "classes in the prediction set",
}

OF_CLASSES = {"recall": "recall", "precision": "precision", "iou": "IoU", "set_coverage": "inside the set"}

WAYS = ("level", "sex", "scanner", "field_strength")

OF_PARTS = {
    "pfirrmann_kappa": "kappa",
    "pfirrmann_exact": "exact",
    "pfirrmann_within_one": "within one",
    "class_accuracy": "11 classes",
    "severity_kappa": "severity kappa",
    "set_coverage": "inside the set",
}


def results() -> str:
    """Return the page."""
    records = {record.name: record for record in installed_models()}
    parts = [
        HEAD,
        *_segmentation(records["segmentation"]),
        _int8(records["segmentation-int8"]),
        *_out_of_distribution(records["out-of-distribution"]),
        *_slice_kind(records["slice-kind"]),
        *_grading(records),
        STUDY,
    ]
    return "\n\n".join(parts) + "\n"


def _interval(value: Mapping[str, float], key: str, digits: int = 3) -> str:
    return f"{value[key]:.{digits}f} ({value['low']:.{digits}f}-{value['high']:.{digits}f})"


def _table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _segmentation(record: ModelRecord) -> Iterator[str]:
    metrics: Mapping[str, Any] = record.metrics
    yield "## Segmentation"
    yield (
        f"Data: {metrics['data']}; {metrics['images']} images, on the pixel grid of the image, after level naming. "
        f"Command: `{metrics['command']} --data DATA`. Weights {record.sha256[:12]}."
    )
    distances = (("assd_mm", "ASSD, mm"), ("hausdorff95_mm", "95 % Hausdorff, mm"))
    yield _table(
        ("structures", "Dice, mean over images", *(words for _, words in distances), "images", "not found"),
        (
            (
                group,
                _interval(value, "mean"),
                *(_interval(metrics[name][group], "mean", 2) for name, _ in distances),
                str(value["images"]),
                str(value["missing"]),
            )
            for group, value in metrics["dice"].items()
        ),
    )
    low, high = metrics["images_named_right_interval"]
    yield (
        f"All levels are named right in {metrics['images_named_right']:.1%} of images ({low:.1%}-{high:.1%}); "
        f"{metrics['levels_named_right']:.1%} of levels are named right.\n\n"
        f"- Vertebrae split between two names: {', '.join(metrics['split']) or 'none'}.\n"
        f"- Not found: {', '.join(metrics['missing']) or 'none'}.\n"
        f"- Refused by the product: {', '.join(metrics['refused']) or 'none'}.\n"
        f"- Flags: {', '.join(f'`{code}` on {count}' for code, count in metrics['flags'].items()) or 'none'}.\n"
        f"- Pixel accuracy on completely annotated images: {metrics['pixel_accuracy']:.3f}.\n"
        f"- Largest difference of any probability between PyTorch and ONNX: {metrics['onnx_difference']:.0e}."
    )
    yield _naming(metrics["naming_confidence"])
    yield "The five figures of the published study, for each class:"
    figures = ("accuracy", "precision", "recall", "dice", "iou")
    yield _table(
        ("class", *figures),
        (
            (name if name != "mean" else "mean of 13", *(f"{row[figure]['mean']:.3f}" for figure in figures))
            for name, row in metrics["classes"].items()
        ),
    )
    yield _table(
        ("source or scanner", "images", "bodies", "discs", "canal", "all levels right"),
        (_part(name, table) for part in ("by_source", "by_scanner") for name, table in metrics[part].items()),
    )
    yield "Discs by the radiologist's Pfirrmann grade (SPIDER; a few of its level counts are shifted):"
    yield _table(
        ("grade", "Dice", "discs", "patients", "not found"),
        (
            (grade, _interval(row["dice"], "mean"), *(str(row[key]) for key in ("discs", "patients", "missing")))
            for grade, row in metrics["by_grade"].items()
        ),
    )


def _naming(confidence: Mapping[str, Any]) -> str:
    lines = []
    for part, words in (("levels", "Names of levels"), ("counts", "Counts of images")):
        row = confidence[part]
        wrong = (
            f"mean {row['mean_of_wrong']:.2f} over the wrong ones ({row['wrong']}, {row['sure_but_wrong']} above 0.9)"
            if row["wrong"]
            else "none is wrong"
        )
        lines.append(
            f"- {words} ({row['number']}): mean {row['mean_of_right']:.2f} over the right ones, {wrong}; calibration "
            f"error {row['calibration_error']:.3f}."
        )
    return "Probabilities that the product reports, on the images that it accepts:\n\n" + "\n".join(lines)


def _int8(record: ModelRecord) -> str:
    change: Any = record.metrics["dice_change"]
    changes = ", ".join(f"{group} {value:+.4f}" for group, value in change.items())
    return (
        f"Change of the mean Dice over the same folds by the int8 variant (weights {record.sha256[:12]}, "
        f"{record.bytes / 1e6:.0f} MB): {changes}. Command: `{record.metrics['command']} --data DATA --fits FITS "
        "--register DIR`."
    )


def _out_of_distribution(record: ModelRecord) -> Iterator[str]:
    metrics: Mapping[str, Any] = record.metrics
    yield "## Out-of-distribution detection"
    yield (
        f"The limit was chosen on {metrics['set_aside']} slices of SPIDER patients in no fit; {metrics['known']} "
        "slices are known. The table shows the share of the left-out slices that are detected after each change, and "
        "of new phantoms without any change:"
    )
    rows = ((kind, f"{share:.0%}") for kind, share in metrics["detected"].items())
    yield _table(("image", "detected as out of distribution"), rows)


def _slice_kind(record: ModelRecord) -> Iterator[str]:
    metrics: Mapping[str, Any] = record.metrics
    yield "## What a slice shows"
    yield (
        f"Data: {metrics['data']}. The network alone refuses {metrics['suitable']['refused']} of "
        f"{metrics['suitable']['pictures']} suitable T2 slices and {metrics['t1']['refused']} of "
        f"{metrics['t1']['pictures']} real T1 slices. Command: `{metrics['command']} --data DATA --fits DIR`."
    )
    rows = (
        (
            row["kind"],
            row["source"],
            "made" if row["simulated"] else "real",
            str(row["pictures"]),
            str(row["refused"]),
            ", ".join(f"{name} {count}" for name, count in row["called"].items()),
        )
        for row in metrics["by_kind_and_source"]
    )
    yield _table(("kind", "source", "", "slices", "refused", "called"), rows)
    yield "How the T2 slices lie, when turned on purpose:"
    turns = (
        (name, str(row["pictures"]), ", ".join(f"{turn} {count}" for turn, count in row["called"].items()))
        for name, row in metrics["turns"].items()
    )
    yield _table(("turned", "slices", "called"), turns)


def _part(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    dice = table["dice"]
    yield from (name, str(table["images"]))
    yield from (
        f"{dice[group]['mean']:.3f}" if group in dice else "not annotated" for group in ("bodies", "discs", "canal")
    )
    yield f"{table['images_named_right']:.0%}"


def _grading(records: Mapping[str, ModelRecord]) -> Iterator[str]:
    image: Mapping[str, Any] = records["grader-image"].metrics
    geometry: Mapping[str, Any] = records["grader-geometry"].metrics
    columns = (image["alone"], geometry["alone"], image["ensemble"])
    yield "## Grading"
    yield (
        f"Data: {image['data']}. One radiologist's grades; severity is a proxy ([method](method.md)). "
        f"Command: `{image['command']} --data DATA --out DIR`."
    )
    yield _table(
        ("figure", "image", "geometry", "mean of both (packaged)"),
        ((words, *(_interval(column[name], "value") for column in columns)) for name, words in FIGURES.items()),
    )
    yield (
        "- Means over classes include every class that occurs. A class that a resampling did not draw counts with its "
        "value among all discs.\n"
        "- Chance alone causes some calibration error, and resampling increases it. Its interval is therefore the "
        "percentile interval reflected at the value (basic bootstrap).\n"
        "- A fold is calibrated on the predictions of the other folds. Their models were fitted to this fold's "
        "patients, so coverage is measured, not guaranteed."
    )
    yield _learned(image)
    yield from _grading_by_class(image)
    yield from _grading_by_part(image)
    yield from _findings(image)
    yield (
        "The segmentation network was fitted to images of some of these patients, so their contours are better than a "
        "new patient's. The graders never saw a patient that they are scored on. Their plans were chosen on the same "
        "folds, with contours of an earlier network, so the figures are slightly optimistic."
    )
    yield (
        "These figures are those of the release, when discs were cut out by the contour of the label map. They are now "
        "cut out by the contour that they are measured on. With unchanged weights, exact classes of the geometry "
        "grader change from 0.529 to 0.524 over all eight folds, which is within the variation between seeds "
        "([decision 12](decisions/0012-one-contour-per-disc.md))."
    )


def _learned(metrics: Mapping[str, Any]) -> str:
    learned, plain = metrics["learned"], metrics["ensemble"]
    figures = ", ".join(
        f"{FIGURES[name]} {learned[name]['value']:.3f} (plain mean {plain[name]['value']:.3f})"
        for name in FIGURES
        if name in learned
    )
    better = "is significantly better than" if learned["wins"] else "is not significantly better than"
    return (
        "A learned ensemble (ordered logistic regression on the predictions of both graders for the other folds) "
        f"{better} the plain mean, by the likelihood of the true class over resampled patients: {figures}."
    )


def _grading_by_class(metrics: Mapping[str, Any]) -> Iterator[str]:
    classes, confusion = metrics["by_class"], metrics["confusion"]
    yield "By class, the mean of both:"
    yield _table(
        ("class", "discs", "right", *OF_CLASSES.values()),
        (
            (
                name,
                str(classes[name]["discs"]),
                str(row[index]),
                *(_interval(classes[name][figure], "value") for figure in OF_CLASSES),
            )
            for index, (name, row) in enumerate(zip(GRADE_CLASSES, confusion, strict=True))
            if name in classes
        ),
    )
    yield (
        "If none or all discs of a class are right, resampling cannot vary the share, and these intervals are too "
        "narrow. In the confusion matrix, rows are the radiologist's class and columns the predicted class:"
    )
    yield _table(
        ("class", *GRADE_CLASSES),
        ((name, *map(str, row)) for name, row in zip(GRADE_CLASSES, confusion, strict=True)),
    )


def _grading_by_part(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield "By level, sex, scanner and field strength, the mean of both:"
    yield _table(
        ("part", "discs", "patients", *OF_PARTS.values()),
        (
            (name, str(part["discs"]), str(part["patients"]), *_part_figures(part["figures"]))
            for way in WAYS
            for name, part in sorted(metrics["by_part"][way].items(), key=_from_the_top)
        ),
    )


def _from_the_top(part: tuple[str, Any]) -> tuple[int, str]:
    name, _ = part
    return (DISCS.index(name) if name in DISCS else 0, name)


def _part_figures(figures: Mapping[str, Any] | None) -> list[str]:
    return [_interval(figures[name], "value") if figures else "too few" for name in OF_PARTS]


def _findings(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield (
        "Findings, the mean of both graders. A finding is likely from a probability of one half; sensitivity and "
        "specificity refer to likely findings. The report also names possible findings, which are at least twice as "
        "likely as at an average disc:"
    )
    yield _table(
        (
            *("finding", "area under the curve", "present", "likely", "likely and present"),
            *("sensitivity", "specificity", "likely or possible", "likely or possible and present"),
        ),
        (
            (
                name,
                _interval(area, "value"),
                *(str(metrics["findings_likely"][name][count]) for count in ("present", "likely", "found")),
                *(
                    _interval(metrics["findings_likely"][name][side], "value")
                    for side in ("sensitivity", "specificity")
                ),
                *(str(metrics["findings_likely"][name][count]) for count in ("reported", "reported_present")),
            )
            for name, area in metrics["findings"].items()
        ),
    )


if __name__ == "__main__":
    PAGE.write_text(results(), encoding="utf-8")
