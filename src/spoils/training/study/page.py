"""The study as a self-contained HTML page: our figures, the published ones, and the protocol of each.

The page may contain patients' images. It is written only where the user chooses and must not be added to the project.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spoils.anatomy import GRADE_CLASSES, STRUCTURES
from spoils.findings import RESEARCH_USE
from spoils.report import INK, PALE, page_environment
from spoils.training.disc_table import GRADING_TITLES, discs_by_level
from spoils.training.grading.evaluation import MIN_VOTER_KAPPA
from spoils.training.study.charts import Bars, bar_chart, confusion_chart, count_chart
from spoils.training.study.experiment import COPY_NOISE_MODEL, IMAGE_MODELS, TABULAR_MODELS
from spoils.training.study.published import DRAWN_ONLY, NOT_AT_HAND, Published
from spoils.training.study.segmentation import SEGMENTATION_FIGURES, MeasuredSegmentation

__all__ = ["ENSEMBLE_MEANINGS", "GRADER_MEANINGS", "PROTOCOL_NAMES", "StudyContent", "study_page"]

_FIGURES = {
    "class_accuracy": "accuracy",
    "class_macro_iou": "IoU",
    "class_macro_recall": "recall",
    "class_macro_precision": "precision",
}
"""Figures over the eleven classes that the paper reports, by our name."""

_PUBLISHED_NAMES = {
    "class_accuracy": "accuracy",
    "class_macro_iou": "iou",
    "class_macro_recall": "recall",
    "class_macro_precision": "precision",
}

_AGREEMENT = {
    "pfirrmann_kappa": "Pfirrmann kappa",
    "pfirrmann_exact": "exact",
    "pfirrmann_within_one": "within one",
    "pfirrmann_macro_recall": "macro recall",
    "pfirrmann_mean_absolute_error": "mean error",
    "severity_kappa": "severity kappa",
    "class_accuracy": "11 classes",
}

_CERTAINTY = {
    "expected_calibration_error": "ECE",
    "brier": "Brier",
    "set_coverage": "90 % sets cover",
    "set_size": "classes per set",
}

_CHARTED = ("class_accuracy", "class_macro_iou")


@dataclass(frozen=True, eq=False)
class StudyContent:
    """Content of the page.

    Attributes:
        results: results of ``run_experiment``.
        published: the figures of the paper.
        segmentation: scores of the segmentation network; None if it was not scored.
        examples: PNG images by patient.
        quick: whether this is a quick run, whose figures are meaningless.
    """

    results: Mapping[str, Any]
    published: Published
    segmentation: MeasuredSegmentation | None = None
    examples: Mapping[str, bytes] = field(default_factory=dict)
    quick: bool = False


def study_page(content: StudyContent) -> str:
    """Return the page as HTML, with embedded charts and images."""
    environment = page_environment("spoils.training")
    environment.filters["png"] = lambda picture: b64encode(picture).decode()
    environment.filters["share"] = _share
    environment.filters["counted"] = _counted
    results = content.results
    return environment.get_template("study.html.j2").render(
        results=results,
        published=content.published,
        quick=content.quick,
        cohort=_cohort(results["demographics"]),
        gradings=GRADING_TITLES,
        level_discs=discs_by_level(results["demographics"]),
        segmentation=content.segmentation,
        overlaps=SEGMENTATION_FIGURES,
        examples=content.examples,
        legend=_legend(),
        comparisons=[
            _comparison("Graders on disc volumes (figure 6)", IMAGE_MODELS, content),
            _comparison("Graders on geometry (figure 7)", TABULAR_MODELS, content),
        ],
        figures=_FIGURES,
        published_names=_PUBLISHED_NAMES,
        drawn_only=DRAWN_ONLY,
        not_at_hand=NOT_AT_HAND,
        agreement=_AGREEMENT,
        certainty=_CERTAINTY,
        meanings={"graders": GRADER_MEANINGS, "ensembles": ENSEMBLE_MEANINGS},
        protocol_names=PROTOCOL_NAMES,
        vote_above=MIN_VOTER_KAPPA,
        noise_model=COPY_NOISE_MODEL,
        confusions=_confusions(results),
        notice=RESEARCH_USE,
        ink=INK,
        pale=PALE,
    )


def _share(count: int, of: int) -> str:
    """Lay out a count with its share.

    >>> _share(1, 8), _share(0, 0)
    ('1 (12.5 %)', '0')
    """
    return f"{count} ({100 * count / of:.1f} %)" if count else "0"


def _counted(count: int, what: str) -> str:
    """Lay out a number with its noun.

    >>> _counted(1, "patient"), _counted(2, "patient")
    ('1 patient', '2 patients')
    """
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _legend() -> dict[str, str]:
    """Return the names of the structures by the colour of their contour."""
    names: dict[str, list[str]] = {}
    for structure in STRUCTURES:
        names.setdefault(structure.colour, []).append(structure.name)
    return {colour: ", ".join(of) for colour, of in names.items()}


def _cohort(demographics: Mapping[str, Any]) -> bytes:
    by_level = demographics["by_level"]
    counts = {
        "Patients by sex": {name: row["patients"] for name, row in demographics["cohort"]["sex"].items()},
        "Discs by Pfirrmann grade": by_level["pfirrmann"]["all levels"],
        "Discs by class": by_level["label"]["all levels"],
    }
    return count_chart(counts)


def _comparison(title: str, names: Sequence[str], content: StudyContent) -> dict[str, Any]:
    protocols, published = content.results["protocols"], content.published
    present = [name for name in names if all(name in protocol["graders"] for protocol in protocols.values())]
    panels = [
        Bars(
            title=_FIGURES[figure],
            models=present,
            ours={
                PROTOCOL_NAMES[protocol]: [of["graders"][name]["figures"][figure] for name in present]
                for protocol, of in protocols.items()
            },
            paper={
                protocol: [published.figure(name, protocol, _PUBLISHED_NAMES[figure]) for name in present]
                for protocol in published.protocols
            },
        )
        for figure in _CHARTED
    ]
    return {"title": title, "names": present, "chart": bar_chart(panels)}


def _confusions(results: Mapping[str, Any]) -> list[bytes]:
    return [
        confusion_chart(np.array(report["confusion"]), GRADE_CLASSES, f"{name} ensemble, {PROTOCOL_NAMES[protocol]}")
        for protocol, of in results["protocols"].items()
        for name, report in of["ensembles"].items()
    ]


PROTOCOL_NAMES: Mapping[str, str] = {"patients": "by patient", "slices": "by slice"}
"""Names of the protocols as shown."""


GRADER_MEANINGS: Mapping[str, str] = {
    "cnn": "the study's plain convolutional network, on images of discs",
    "mobilenet-v2": "the study's MobileNetV2, on images",
    "vgg16": "the study's VGG16 at a quarter of its width, on images",
    "logistic": "logistic regression, on measurements",
    "xgboost": "XGBoost, on measurements",
    "boosting": "gradient boosting, on measurements",
    "svm": "support vector machine, on measurements",
    "disc": "ours: the mean of three small networks with different initial weights, on images",
    "patient": "ours: a small network that sees all discs of a patient together, on images",
    "ordinal-boosting": "ours: ordinal gradient boosting of grade, severity and findings, on measurements",
}


ENSEMBLE_MEANINGS: Mapping[str, str] = {
    "published": "the paper's ensemble: the mean of mobilenet-v2 and boosting, as fitted here",
    "ours": "the mean of disc and ordinal-boosting",
}
