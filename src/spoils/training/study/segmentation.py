"""Scores of the segmentation network for the study's page, from a file of scores or from the installed network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoils.config import Settings
from spoils.errors import InputUnreadable
from spoils.models import installed_models
from spoils.segmentation import MODEL_NAME

__all__ = ["SEGMENTATION_FIGURES", "MeasuredSegmentation", "installed_segmentation", "read_segmentation"]

SEGMENTATION_FIGURES: Mapping[str, str] = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "dice": "Dice",
    "iou": "IoU",
}
"""The five figures of the paper, by their name in files and as shown."""

_OVERLAPS = ("precision", "recall", "dice", "iou")

Estimate = Mapping[str, float]


@dataclass(frozen=True)
class MeasuredSegmentation:
    """Figures of patients that the scored network never saw. Each is ``{mean, low, high}``, with a 95 % interval.

    Attributes:
        source: origin of the figures.
        images: number of images.
        patients: number of patients.
        accuracy: share of all pixels, including background, with the right class: the mean over ``whole_images``; None
            without such images.
        whole_images: number of images in which every structure was annotated.
        overlaps: the other four of ``SEGMENTATION_FIGURES`` by name: means over structures of their means over images.
    """

    source: str
    images: int
    patients: int
    accuracy: Estimate | None
    whole_images: int
    overlaps: Mapping[str, Estimate]

    @property
    def figures(self) -> dict[str, Estimate]:
        """The available figures, by name."""
        return {**({} if self.accuracy is None else {"accuracy": self.accuracy}), **self.overlaps}


def read_segmentation(path: Path) -> MeasuredSegmentation:
    """Read a document of ``spoils evaluate segmentation``.

    Raises:
        InputUnreadable: the file can't be read, or is not such a document.
    """
    try:
        document: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return _measured(document["summary"], path.name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputUnreadable(f"{path.name} does not hold the figures of 'spoils evaluate segmentation'.") from error


def installed_segmentation(settings: Settings) -> MeasuredSegmentation | None:
    """Return the figures in the record of the installed network; None if there are none.

    Raises:
        ModelMissing: there is no manifest.
        ModelMismatch: the manifest is not valid.
    """
    for record in installed_models(settings):
        if record.name == MODEL_NAME and {"images", "patients", "classes", "pixel_accuracy"} <= record.metrics.keys():
            return _measured(record.metrics, f"the record of the installed network ({record.metrics.get('data', '')})")
    return None


def _measured(summary: Mapping[str, Any], source: str) -> MeasuredSegmentation:
    classes = summary["classes"]
    accuracy = None
    if summary["pixel_accuracy"] is not None:
        low, high = summary["pixel_accuracy_interval"]
        accuracy = {"mean": summary["pixel_accuracy"], "low": low, "high": high}
    return MeasuredSegmentation(
        source=source,
        images=summary["images"],
        patients=summary["patients"],
        accuracy=accuracy,
        whole_images=classes.get("background", {}).get("accuracy", {}).get("images", 0),
        overlaps={name: classes["mean"][name] for name in _OVERLAPS if name in classes["mean"]},
    )
