"""Scoring a segmentation network on patients it never saw, at the pixels of their own images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, CANAL, CHAIN, DISCS, STRUCTURES, structure
from spoils.io import read_annotation, read_input
from spoils.models import LoadedModel
from spoils.segmentation import SACRUM, label_picture
from spoils.training.segmentation_data import read_index

__all__ = ["ImageScore", "bootstrap_interval", "dice", "score_annotated", "summarise"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ImageScore:
    """Scores of one image: Dice of every structure an outline was drawn for, and whether each level was named right."""

    image: str
    patient: str
    source: str
    dice: Mapping[str, float]
    named_right: Mapping[str, bool]
    pixel_accuracy: float | None

    def mean(self, names: Iterable[str]) -> float | None:
        """Return the mean Dice of those ``names`` that were drawn, or None when none was."""
        values = [self.dice[name] for name in names if name in self.dice]
        return float(np.mean(values)) if values else None


def dice(truth: Mask, found: Mask) -> float:
    """Return twice the overlap over the sum of sizes; one when both are empty.

    >>> dice(np.array([True, True]), np.array([True, False]))
    0.6666666666666666
    """
    total = int(truth.sum() + found.sum())
    return 1.0 if total == 0 else float(2 * (truth & found).sum() / total)


def _named_right(truth: Mask, found: npt.NDArray[np.uint8], name: str) -> bool:
    """Say whether most of what was found inside a drawn body or disc carries its name."""
    inside = found[truth]
    same_kind = BODIES if name in BODIES else DISCS
    inside = inside[np.isin(inside, [structure(other).label for other in same_kind])]
    return bool(inside.size) and bool((inside == structure(name).label).mean() > 0.5)


def _score(row: Mapping[str, str], folder: Path, model: LoadedModel) -> ImageScore:
    spacing = float(row["spacing_mm"])
    series = read_input(folder / f"{row['id']}.png", spacing_mm=spacing).series
    annotation = read_annotation(folder / f"{row['id']}.json")
    truth, found = annotation.labels, label_picture(series, model)
    # A canal drawn in part says nothing of the rest of it.
    drawn = set(annotation.names) - (set() if row["canal"] == "full" else {CANAL})
    masks = {name: truth == structure(name).label for name in drawn}
    return ImageScore(
        image=row["id"],
        patient=row["patient"],
        source=row["source"],
        dice={name: dice(masks[name], found == structure(name).label) for name in drawn},
        named_right={name: _named_right(masks[name], found, name) for name in CHAIN if name in drawn},
        pixel_accuracy=float((truth == found).mean()) if len(drawn) == len(STRUCTURES) else None,
    )


def score_annotated(
    folder: Path,
    patients: Iterable[str],
    model: LoadedModel,
    tell: Callable[[str, float], None] = lambda stage, done: None,
) -> list[ImageScore]:
    """Score the annotated slices of ``patients`` on their own grids, after level naming, as a user would get them."""
    wanted = set(patients)
    rows = [row for row in read_index(folder) if row["patient"] in wanted]
    scores = []
    for number, row in enumerate(rows, start=1):
        scores.append(_score(row, folder, model))
        tell(f"scored {row['id']}", number / len(rows))
    return scores


def bootstrap_interval(values: npt.ArrayLike, *, seed: int = 0, repeats: int = 2000) -> tuple[float, float]:
    """Return the 95 % interval of the mean under resampling of patients (one value each)."""
    sample = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = sample[rng.integers(len(sample), size=(repeats, len(sample)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


_GROUPS: dict[str, tuple[str, ...]] = {
    "bodies L1-L5": tuple(name for name in BODIES if name != SACRUM),
    SACRUM: (SACRUM,),
    "bodies": BODIES,
    "discs": DISCS,
    "canal": (CANAL,),
    "all": tuple(s.name for s in STRUCTURES),
}


def summarise(scores: list[ImageScore]) -> dict[str, Any]:
    """Return mean Dice with its interval by group of structures, and the shares of images and levels named right."""
    table: dict[str, Any] = {"images": len(scores), "dice": {}}
    for group, names in _GROUPS.items():
        values = [value for score in scores if (value := score.mean(names)) is not None]
        if values:
            low, high = bootstrap_interval(values)
            table["dice"][group] = {"mean": float(np.mean(values)), "low": low, "high": high, "images": len(values)}
    accuracy = [score.pixel_accuracy for score in scores if score.pixel_accuracy is not None]
    table["pixel_accuracy"] = float(np.mean(accuracy)) if accuracy else None
    table["images_named_right"] = float(np.mean([all(score.named_right.values()) for score in scores]))
    table["levels_named_right"] = float(np.mean([right for score in scores for right in score.named_right.values()]))
    return table
