"""Scores of a segmentation network on patients that it never saw, on the pixel grids of the original images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BACKGROUND, CANAL, STRUCTURES
from spoils.errors import UnsuitableInput, UsageError
from spoils.images import SagittalSeries
from spoils.segmentation import SACRUM, SegmentationModels, label_picture, segment
from spoils.training.data import Person, person_of, read_annotated, rows_of
from spoils.training.progress import Progress, no_progress
from spoils.training.segmentation.evaluation.metrics import Overlap, StructureScore, score_structure

__all__ = ["ImageScore", "LeftOutFit", "NamingResult", "score_annotated", "score_left_out"]


@dataclass(frozen=True, eq=False)
class ImageScore:
    """Scores of one image with square pixels.

    Attributes:
        image: id of the image.
        patient: id of the patient.
        source: source of the image.
        spacing_mm: size of a pixel.
        structures: the score of every structure that was annotated completely, in the order of label values.
        background: overlap of the background; None unless every structure was annotated.
        pixel_accuracy: share of pixels with the right label; None unless every structure was annotated.
        found: the predicted label values, uint8 (rows, columns), so that they can be displayed.
        flags: codes of the flags that the product raises.
        refusal: why the product refuses the image; empty if it does not. Contours are scored in both cases.
        level_confidence: probability of each level name; empty if the image is refused.
        detector_evaluated: whether an out-of-distribution detector was available.
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
    detector_evaluated: bool = False

    @property
    def person(self) -> Person:
        """The patient of the image."""
        return self.patient, self.source

    def mean(self, figure: str, names: Iterable[str]) -> float | None:
        """Return the mean of one of ``FIGURES`` over the structures ``names`` that have it; None if none has."""
        values = [self.structures[name].figures[figure] for name in names if name in self.structures]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None

    @property
    def named_right(self) -> dict[str, bool]:
        """Whether each annotated level has the right name."""
        rights = {name: score.named_right for name, score in self.structures.items()}
        return {name: right for name, right in rights.items() if right is not None}

    @property
    def all_named_right(self) -> bool | None:
        """Whether all annotated levels have the right name; None if no level was annotated."""
        return all(self.named_right.values()) if self.named_right else None

    @property
    def name_confidence(self) -> dict[str, float]:
        """Probability of the predicted name, right or wrong, of each annotated level that has one."""
        return {
            name: self.level_confidence[score.named]
            for name, score in self.structures.items()
            if score.named is not None and score.named in self.level_confidence
        }

    @property
    def count_probability(self) -> float | None:
        """Probability, by the product, that counting started at the right body; None if the image is refused."""
        return self.level_confidence.get(SACRUM, 0.0) if self.level_confidence else None

    def document(self) -> dict[str, Any]:
        """Return everything except pixels, ready for JSON."""
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
            "detector_evaluated": self.detector_evaluated,
            "count_probability": self.count_probability,
            "level_confidence": dict(self.level_confidence),
            "structures": structures,
        }


@dataclass(frozen=True)
class NamingResult:
    """What the product reports about an image. The attributes are as in ``ImageScore``."""

    flags: tuple[str, ...] = ()
    refusal: str = ""
    level_confidence: Mapping[str, float] = field(default_factory=dict)


def _naming_result(series: SagittalSeries, models: SegmentationModels) -> NamingResult:
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
    result = _naming_result(annotated.series, models)
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
        flags=result.flags,
        refusal=result.refusal,
        level_confidence=result.level_confidence,
        detector_evaluated=models.detector is not None,
    )


def score_annotated(
    folder: Path,
    patients: Iterable[str | Person],
    models: SegmentationModels,
    progress: Progress = no_progress,
) -> list[ImageScore]:
    """Score the annotated slices of ``patients`` on their own pixel grids, after level naming, as a user gets them.

    Without a detector no image is flagged as out-of-distribution.

    Args:
        folder: annotated slices.
        patients: people, or their ids in the folds, as in ``rows_of``.
        models: the network, alone or with its detector.
        progress: called with the stage and the share of the work done.

    Raises:
        InputUnreadable: the table, an image or an annotation can't be read.
    """
    rows, scores = rows_of(folder, patients), list[ImageScore]()
    for number, row in enumerate(rows, start=1):
        scores.append(_score(row, folder, models))
        progress(f"scored image {number} of {len(rows)}", number / len(rows))
    return scores


@dataclass(frozen=True, eq=False)
class LeftOutFit:
    """A network, the patients that its fit held out, and the progress of scoring it."""

    models: SegmentationModels
    patients: frozenset[str | Person]
    progress: Progress = no_progress


def score_left_out(folder: Path, fits: Iterable[LeftOutFit]) -> list[ImageScore]:
    """Join the scores of several fits, each on the patients that it held out.

    Args:
        folder: annotated slices.
        fits: read one by one, so that a generator can load each network when it is needed.

    Raises:
        UsageError: a patient was held out by two fits and would count twice.
    """
    scores: list[ImageScore] = []
    for fit in fits:
        held_out = {person_of(row) for row in rows_of(folder, fit.patients)}
        twice = held_out & {score.person for score in scores}
        if twice:
            raise UsageError(f"Patient {min(twice)[0]} was held out by two fits; each patient counts once.")
        scores += score_annotated(folder, held_out, fit.models, fit.progress)
    return scores
