"""Registration of fitted graders: both enter the manifest together, with their measured figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from spoils.anatomy import GRADE_CLASSES
from spoils.discs import DISC_COLUMNS, DISC_ROWS
from spoils.grading import CHANNELS, FEATURES, GEOMETRY_GRADER, IMAGE_GRADER
from spoils.models import ModelDescription, ModelRecord, register_model
from spoils.training.grading.cross_validation import read_scores
from spoils.training.grading.evaluation.markdown import SUBGROUP_FIGURES
from spoils.training.grading.fit import PLAN_NAME

__all__ = ["TRAINING_DATA", "grader_metrics", "register_graders"]

TRAINING_DATA = (
    "SPIDER, van der Graaf et al., Sci Data 2024;11:264, Zenodo 10159290 (CC BY 4.0): one mid-sagittal T2 slice "
    "of each patient of the training split, with one radiologist's grades",
    "severity derived from the radiologist's findings (spider-1)",
)

_COMMAND = "spoils evaluate grading"
_OF_LEARNED = ("class_accuracy", "pfirrmann_exact", "pfirrmann_kappa", "brier")
_DIGITS = 6


def grader_metrics(scores: Mapping[str, Any], alone: str) -> dict[str, Any]:
    """Return the figures of a grader for the manifest.

    Args:
        scores: scores of the fit, as ``evaluate_predictions`` returns them.
        alone: the grader, ``image`` or ``geometry``.

    Returns:
        - ``command`` and ``data``, the origin of the figures;
        - the figures of the grader ``alone``, of the ``ensemble``, which is the mean of both, and some of the
          ``learned`` ensemble;
        - rounded figures of the mean: ``by_class`` with the number of ``discs``, ``confusion`` (rows are the truth),
          ``by_part``, ``findings`` (area under the curve) and ``findings_likely``.
    """
    learned = scores["learned"]
    parts: dict[str, JsonValue] = {
        way: {
            name: {
                **part,
                "figures": part["figures"] and {figure: part["figures"][figure] for figure in SUBGROUP_FIGURES},
            }
            for name, part in of.items()
        }
        for way, of in scores["by_part"].items()
    }
    classes: dict[str, JsonValue] = {
        name: {"discs": scores["classes"][name], **of} for name, of in scores["by_class"].items()
    }
    return {
        "command": _COMMAND,
        "data": f"{scores['discs']} discs of {scores['patients']} SPIDER patients, {scores['protocol']}",
        "alone": scores[alone],
        "ensemble": scores["mean"],
        "learned": _rounded({"wins": learned["wins"], **{name: learned["figures"][name] for name in _OF_LEARNED}}),
        "by_class": _rounded(classes),
        "confusion": scores["confusion"],
        "by_part": _rounded(parts),
        "findings": scores["findings"],
        "findings_likely": _rounded(scores["findings_likely"]),
    }


def _rounded(value: JsonValue) -> JsonValue:
    """Round all floats within a value."""
    if isinstance(value, dict):
        return {name: _rounded(of) for name, of in value.items()}
    return round(value, _DIGITS) if isinstance(value, float) else value


def register_graders(out: Path, models: Path) -> tuple[ModelRecord, ModelRecord]:
    """Register the image and the geometry grader of the fit in ``out``, with out-of-fold figures by patient.

    The ``extra`` of each record contains the ``ensemble``, the ``plan``, and as ``reference`` the training median of
    each of ``FEATURES``, None if it was never measured.

    Args:
        out: folder of a finished fit.
        models: folder with the manifest.

    Raises:
        InputUnreadable: the fit is not finished.
        ModelMissing: its exported graders do not exist.
    """
    scores = read_scores(out)
    created = datetime.now(UTC).replace(microsecond=0)
    plan = json.loads((out / PLAN_NAME).read_text(encoding="utf-8"))
    inputs: dict[str, dict[str, Any]] = {
        IMAGE_GRADER: {
            "channels": list(CHANNELS),
            "rows": DISC_ROWS,
            "columns": DISC_COLUMNS,
            "signal": "CSF = 1, clipped to 0-1.5",
            "slice": "mid-sagittal",
        },
        GEOMETRY_GRADER: {"features": list(FEATURES), "missing": "NaN, replaced by the training median in the model"},
    }
    records = []
    for name, alone in ((IMAGE_GRADER, "image"), (GEOMETRY_GRADER, "geometry")):
        description = ModelDescription(
            name=name,
            task="disc-grading",
            preprocessing={**inputs[name], "classes": list(GRADE_CLASSES)},
            licence="Apache-2.0; training data CC BY 4.0",
            training_data=TRAINING_DATA,
            metrics=grader_metrics(scores, alone),
            created=created,
            extra={"ensemble": scores["ensemble"], "plan": plan, "reference": scores["reference"]},
        )
        records.append(register_model(out / f"{name}.onnx", description, models))
    return records[0], records[1]
