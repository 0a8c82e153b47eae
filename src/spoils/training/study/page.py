"""The study as one page that needs nothing but itself: our figure, the paper's, and the protocol beside each.

The page may hold patients' images. It is written where the user says and never belongs into the project.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from spoils.anatomy import GRADE_CLASSES
from spoils.findings import RESEARCH_USE
from spoils.report.palette import INK, PALE
from spoils.training.study.charts import Bars, bar_chart, confusion_chart, count_chart
from spoils.training.study.experiment import IMAGE_MODELS, TABULAR_MODELS
from spoils.training.study.published import Published

__all__ = ["StudyContent", "study_page"]

_FIGURES = {
    "class_accuracy": "accuracy",
    "class_macro_iou": "IoU",
    "class_macro_recall": "recall",
    "class_macro_precision": "precision",
}
"""Those of the eleven classes, which the paper reports, by our name."""

_PUBLISHED_NAMES = {"class_accuracy": "accuracy", "class_macro_iou": "iou"}

_BELIEVED = {
    "pfirrmann_kappa": "Pfirrmann kappa",
    "pfirrmann_exact": "exact",
    "pfirrmann_within_one": "within one",
    "pfirrmann_macro_recall": "macro recall",
    "pfirrmann_mean_absolute_error": "mean error",
    "severity_kappa": "severity kappa",
    "class_accuracy": "11 classes",
    "expected_calibration_error": "ECE",
    "brier": "Brier",
    "set_coverage": "90 % sets cover",
    "set_size": "classes per set",
}

_CHARTED = ("class_accuracy", "class_macro_iou")


@dataclass(frozen=True, eq=False)
class StudyContent:
    """What the page tells.

    ``results`` are those of ``run_experiment``; ``segmentation`` is the document of ``spoils evaluate segmentation``;
    ``examples`` are PNGs by patient; ``rehearsed`` marks a quick run, whose figures mean nothing.
    """

    results: Mapping[str, Any]
    published: Published
    segmentation: Mapping[str, Any] | None = None
    examples: Mapping[str, bytes] = field(default_factory=dict)
    rehearsed: bool = False


def study_page(content: StudyContent) -> str:
    """Return the page as HTML; charts and pictures are embedded."""
    environment = Environment(
        loader=PackageLoader("spoils.training"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["png"] = lambda picture: b64encode(picture).decode()
    environment.filters["cell"] = _cell
    results = content.results
    return environment.get_template("study.html.j2").render(
        results=results,
        published=content.published,
        rehearsed=content.rehearsed,
        cohort=_cohort(results["demographics"]),
        segmentation=_segmentation_rows(content),
        examples=content.examples,
        comparisons=[
            _comparison("Graders on disc volumes (figure 6)", IMAGE_MODELS, content),
            _comparison("Graders on geometry (figure 7)", TABULAR_MODELS, content),
        ],
        figures=_FIGURES,
        published_names=_PUBLISHED_NAMES,
        believed=_BELIEVED,
        confusions=_confusions(results),
        notice=RESEARCH_USE,
        ink=INK,
        pale=PALE,
    )


def _cell(figure: Mapping[str, float] | None) -> str:
    """Lay out a figure with its interval.

    >>> _cell({"value": 0.5, "low": 0.25, "high": 0.75})
    '0.500 (0.250-0.750)'
    """
    return "-" if figure is None else f"{figure['value']:.3f} ({figure['low']:.3f}-{figure['high']:.3f})"


def _cohort(demographics: Mapping[str, Any]) -> bytes:
    by_level = demographics["by_level"]
    counts = {
        "Patients by sex": {name: row["patients"] for name, row in demographics["cohort"]["sex"].items()},
        "Discs by Pfirrmann grade": by_level["pfirrmann"]["all levels"],
        "Discs by class": by_level["label"]["all levels"],
    }
    return count_chart(counts)


def _segmentation_rows(content: StudyContent) -> list[tuple[str, str, Mapping[str, float]]]:
    rows: list[tuple[str, str, Mapping[str, float]]] = [
        ("the paper", protocol, figures) for protocol, figures in content.published.segmentation.items()
    ]
    if content.segmentation is not None:
        summary = content.segmentation["summary"]
        mean = {name: row["mean"] for name, row in summary["classes"]["mean"].items() if isinstance(row, Mapping)}
        rows.append(("here", f"by patient, {summary['images']} images", mean))
    return rows


def _comparison(title: str, names: Sequence[str], content: StudyContent) -> dict[str, Any]:
    protocols = content.results["protocols"]
    present = [name for name in names if all(name in protocol["graders"] for protocol in protocols.values())]
    panels = [
        Bars(
            title=_FIGURES[figure],
            models=present,
            ours={
                protocol: [of["graders"][name]["figures"][figure] for name in present]
                for protocol, of in protocols.items()
            },
            paper=[content.published.figure(name, _PUBLISHED_NAMES[figure]) for name in present],
        )
        for figure in _CHARTED
    ]
    return {"title": title, "names": present, "chart": bar_chart(panels)}


def _confusions(results: Mapping[str, Any]) -> list[bytes]:
    return [
        confusion_chart(np.array(report["confusion"]), GRADE_CLASSES, f"{name} ensemble, by {protocol}")
        for protocol, of in results["protocols"].items()
        for name, report in of["ensembles"].items()
    ]
