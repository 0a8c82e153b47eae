"""Scoring a segmentation network on patients it never saw, at the pixels of their own images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BACKGROUND, CANAL, STRUCTURES
from spoils.errors import UnsuitableInput, UsageError
from spoils.images import SagittalSeries
from spoils.models import LoadedModel
from spoils.segmentation import SACRUM, SegmentationModels, label_picture, segment
from spoils.training.data.slices import Person, person_of, read_annotated, rows_of
from spoils.training.segmentation.evaluation.metrics import Overlap, StructureScore, score_structure

__all__ = ["ImageScore", "NamingResult", "Progress", "score_annotated", "score_left_out"]

Progress = Callable[[str, float], None]
"""Told the stage and the share done."""


@dataclass(frozen=True, eq=False)
class ImageScore:
    """Scores of one image with square pixels: one for every structure that was drawn whole, by rising label value.

    ``background`` and ``pixel_accuracy`` are None unless everything was drawn. ``found`` holds the label values that
    were scored, uint8 (rows, columns), so that they can be shown without running the network again.
    ``flags`` are the codes of what the product tells of the image, ``refusal`` its reason not to take it, empty when it
    does; contours are scored all the same. ``level_confidence`` is how probable it calls each name that it gives, empty
    where it refuses; ``detector_evaluation`` tells whether it could have found the image out-of-distribution.
    """

    image: str
    patient: str
    source: str
    spacing_mm: float
    structures: Mapping[str, StructureScore]
    background: Overlap | None
    pixel_accuracy: float | None
    found: npt.NDArray[np.uint8] = field(repr=False)
    flags: tuple[str, ...] = ()
    refusal: str = ""
    level_confidence: Mapping[str, float] = field(default_factory=dict)
    detector_evaluation: bool = False

    @property
    def person(self) -> Person:
        """Whose image it is."""
        return self.patient, self.source

    def mean(self, figure: str, names: Iterable[str]) -> float | None:
        """Return the mean of one of ``FIGURES`` over those ``names`` that have it, or None when none has."""
        values = [self.structures[name].figures[figure] for name in names if name in self.structures]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None

    @property
    def named_right(self) -> dict[str, bool]:
        """Whether each drawn level was named right."""
        answers = {name: score.named_right for name, score in self.structures.items()}
        return {name: right for name, right in answers.items() if right is not None}

    @property
    def all_named_right(self) -> bool | None:
        """Whether every drawn level was named right; None where no level was drawn."""
        return all(self.named_right.values()) if self.named_right else None

    @property
    def name_confidence(self) -> dict[str, float]:
        """How probable the product calls the name that each drawn level carries, right or wrong, where it has one."""
        return {
            name: self.level_confidence[score.named]
            for name, score in self.structures.items()
            if score.named is not None and score.named in self.level_confidence
        }

    @property
    def count_probability(self) -> float | None:
        """How probable the product calls it that counting started at the right body; None where it refuses."""
        return self.level_confidence.get(SACRUM, 0.0) if self.level_confidence else None

    def document(self) -> dict[str, Any]:
        """Return everything but the pixels, ready for JSON."""
        structures = {
            name: {
                **score.figures,
                "named": score.named,
                "name_confidence": self.name_confidence.get(name),
                "second_share": score.second_share,
            }
            for name, score in self.structures.items()
        }
        return {
            "image": self.image,
            "patient": self.patient,
            "source": self.source,
            "spacing_mm": self.spacing_mm,
            "pixel_accuracy": self.pixel_accuracy,
            "flags": list(self.flags),
            "refusal": self.refusal,
            "detector_evaluation": self.detector_evaluation,
            "count_probability": self.count_probability,
            "level_confidence": dict(self.level_confidence),
            "structures": structures,
        }


@dataclass(frozen=True)
class NamingResult:
    """What the product tells of an image, as in ``ImageScore``."""

    flags: tuple[str, ...] = ()
    refusal: str = ""
    level_confidence: Mapping[str, float] = field(default_factory=dict)


def _verdict(series: SagittalSeries, models: SegmentationModels) -> NamingResult:
    try:
        seen = segment(series, models, mid_slice=0)
    except UnsuitableInput as refusal:
        return NamingResult(refusal=str(refusal))
    levels = {name: found.level for name, found in seen.confidences.items() if name != CANAL}
    return NamingResult(tuple(note.code for note in seen.notes), level_confidence=levels)


def _score(row: Mapping[str, str], folder: Path, models: SegmentationModels) -> ImageScore:
    annotated = read_annotated(row, folder)
    truth, drawn, spacing = annotated.labels, annotated.drawn, annotated.spacing_mm
    found = label_picture(annotated.series, models.network)
    complete = len(drawn) == len(STRUCTURES)
    verdict = _verdict(annotated.series, models)
    return ImageScore(
        image=row["id"],
        patient=row["patient"],
        source=row["source"],
        spacing_mm=spacing,
        structures={
            s.name: score_structure(s.name, truth, found, (spacing, spacing)) for s in STRUCTURES if s.name in drawn
        },
        background=Overlap.of(truth == BACKGROUND, found == BACKGROUND) if complete else None,
        pixel_accuracy=float((truth == found).mean()) if complete else None,
        found=found,
        flags=verdict.flags,
        refusal=verdict.refusal,
        level_confidence=verdict.level_confidence,
        detector_evaluation=models.detector is not None,
    )


def score_annotated(
    folder: Path,
    patients: Iterable[str | Person],
    models: SegmentationModels,
    progress: Progress = lambda stage, done: None,
) -> list[ImageScore]:
    """Score the annotated slices of ``patients`` on their own grids, after level naming, as a user would get them.

    Without a model of detector no image is flagged as out-of-distribution; each score tells whether that was judged.

    Args:
        folder: annotated slices.
        patients: people, or their names in the folds, as ``rows_of`` takes them.
        models: network, alone or with its model of detector.
        progress: called with the stage and the share of the work done.

    Raises:
        InputUnreadable: the table, a picture or an annotation can't be read.
    """
    rows, scores = rows_of(folder, patients), list[ImageScore]()
    for number, row in enumerate(rows, start=1):
        scores.append(_score(row, folder, models))
        progress(f"scored {row['id']}", number / len(rows))
    return scores


def score_left_out(
    folder: Path,
    fits: Iterable[tuple[LoadedModel | SegmentationModels, Iterable[str | Person]]],
    progress: Progress = lambda stage, done: None,
) -> list[ImageScore]:
    """Join the scores of several fits, each on the patients that it never saw.

    Args:
        folder: annotated slices.
        fits: each network, alone or with its model of detector, and the patients left out of its fit. Taken one by
            one, so a generator may load the models.
        progress: called with the stage and the share done of the fit at hand.

    Raises:
        UsageError: a patient was left out of two fits, and would count twice.
    """
    scores: list[ImageScore] = []
    for fit, patients in fits:
        models = fit if isinstance(fit, SegmentationModels) else SegmentationModels(fit)
        left_out = {person_of(row) for row in rows_of(folder, patients)}
        twice = left_out & {score.person for score in scores}
        if twice:
            raise UsageError(f"Patient {min(twice)[0]} was left out of two fits; each patient counts once.")
        scores += score_annotated(folder, left_out, models, progress)
    return scores
