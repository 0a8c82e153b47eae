"""Summary of the scores of many images, with 95 % intervals from resampling whole patients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, CANAL, DISCS, STRUCTURES
from spoils.segmentation import SACRUM
from spoils.training.data import Person
from spoils.training.segmentation.evaluation.metrics import FIGURES
from spoils.training.segmentation.evaluation.scores import ImageScore

__all__ = [
    "GROUPS",
    "SURE",
    "Estimate",
    "calibration_error",
    "class_figures",
    "estimate",
    "naming_confidence",
    "summarise",
]

FloatArray = npt.NDArray[np.float64]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "bodies L1-L5": tuple(name for name in BODIES if name != SACRUM),
    SACRUM: (SACRUM,),
    "bodies": BODIES,
    "discs": DISCS,
    "canal": (CANAL,),
    "all": tuple(s.name for s in STRUCTURES),
}
"""Groups of structures. The mean over a group is computed in each image, then averaged over images."""

SURE = 0.9
"""A wrong name with a higher probability than this is misleading, because a user has no reason to doubt it."""

_CONFIDENCE_BINS = 10
_BY_GROUP = ("dice", "assd_mm", "hausdorff95_mm")
_OVERLAP_FIGURES = FIGURES[:5]


@dataclass(frozen=True)
class Estimate:
    """A mean over ``images`` with its 95 % interval under resampling of patients."""

    mean: float
    low: float
    high: float
    images: int


def _means(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the mean over columns of the weighted means of ``values`` (images, columns), one for each row of weights.

    NaN has no weight in its column, and a column with only NaN is left out.
    """
    known = ~np.isnan(values)
    total, count = weights @ np.where(known, values, 0.0), weights @ known
    columns = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    return np.asarray(columns.sum(axis=1) / (count > 0).sum(axis=1))


def estimate(
    values: npt.ArrayLike, patients: Sequence[str | Person], *, seed: int = 0, repeats: int = 2000
) -> Estimate | None:
    """Return the mean of ``values`` and its interval; None if there is no value.

    Args:
        values: (images,) or (images, columns); the mean of columns is the mean of their means. NaN is ignored.
        patients: the patient of each image; images of one patient are drawn together.
        seed: seed of the draws.
        repeats: number of draws.

    >>> estimate([0.5, 1.0, float("nan")], ["a", "b", "c"]).mean
    0.75
    """
    table = np.asarray(values, dtype=np.float64)
    table = table if table.ndim == 2 else table[:, None]
    has_value = ~np.isnan(table).all(axis=1)
    if not has_value.any():
        return None
    table = table[has_value]
    whose = [patients[image] for image in np.flatnonzero(has_value).tolist()]
    place = {patient: position for position, patient in enumerate(sorted(set(whose)))}
    patient = np.array([place[one] for one in whose])
    rng = np.random.default_rng(seed)
    times_drawn = rng.multinomial(len(place), np.full(len(place), 1 / len(place)), size=repeats)
    low, high = np.percentile(_means(table, times_drawn[:, patient].astype(np.float64)), (2.5, 97.5))
    mean = _means(table, np.ones((1, len(table))))
    return Estimate(float(mean[0]), float(low), float(high), len(table))


def _row(values: Sequence[float | None] | FloatArray, scores: Sequence[ImageScore]) -> dict[str, Any] | None:
    found = estimate(np.asarray(values, dtype=np.float64), [score.person for score in scores])
    return None if found is None else asdict(found)


def _missing(scores: Sequence[ImageScore], names: Sequence[str]) -> int:
    return sum(score.structures[name].missing for score in scores for name in names if name in score.structures)


def _places(scores: Sequence[ImageScore], what: str) -> list[str]:
    """Return image and structure wherever a property of ``StructureScore`` holds."""
    return [f"{score.image} {name}" for score in scores for name, one in score.structures.items() if getattr(one, what)]


def summarise(scores: Sequence[ImageScore]) -> dict[str, Any]:
    """Return the figures of ``scores`` by group of structures, and which were named right, missing or split.

    Returns:
        - ``dice``, ``assd_mm`` and ``hausdorff95_mm`` by group as ``{mean, low, high, images, missing}``: the mean over
          images of the mean over the group. A missing structure has Dice 0 but no distance, so a distance must be read
          together with the number ``missing``.
        - ``pixel_accuracy`` on images in which everything was annotated.
        - ``images_named_right``, the share of images with all annotated levels named right, and ``levels_named_right``.
          Both are None if no level was annotated.
        - ``missing`` and ``split``, lists of ``IMAGE NAME``.
        - ``flags``, the number of images with each flag of the product; ``refused``, the images that it refuses.
        - ``detector_evaluated``, the number of images on which the out-of-distribution detector was evaluated.
        - ``naming_confidence``, the result of that function.
    """
    table: dict[str, Any] = {"images": len(scores), "patients": len({score.person for score in scores})}
    for figure in _BY_GROUP:
        rows = {group: _row([score.mean(figure, names) for score in scores], scores) for group, names in GROUPS.items()}
        table[figure] = {group: row for group, row in rows.items() if row is not None}
        for group, row in table[figure].items():
            row["missing"] = _missing(scores, GROUPS[group])
    shares: dict[str, list[float | None]] = {
        "pixel_accuracy": [score.pixel_accuracy for score in scores],
        "images_named_right": [score.all_named_right for score in scores],
    }
    for name, values in shares.items():
        row = _row(values, scores)
        table[name] = None if row is None else row["mean"]
        table[f"{name}_interval"] = None if row is None else [row["low"], row["high"]]
    levels = [right for score in scores for right in score.named_right.values()]
    table["levels_named_right"] = float(np.mean(levels)) if levels else None
    flags = Counter(code for score in scores for code in set(score.flags))
    return table | {
        "missing": _places(scores, "missing"),
        "split": _places(scores, "split"),
        "flags": dict(sorted(flags.items())),
        "refused": [score.image for score in scores if score.refusal],
        "detector_evaluated": sum(score.detector_evaluated for score in scores),
        "naming_confidence": naming_confidence(scores),
    }


def calibration_error(confidence: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """Return the mean gap between confidence and the share that is right, over ten equal bins of confidence.

    >>> round(calibration_error([0.75, 0.75], [True, False]), 2)
    0.25
    """
    sure = np.asarray(confidence, dtype=np.float64)
    gap = sure - np.asarray(right, dtype=np.float64)
    bins = np.minimum((sure * _CONFIDENCE_BINS).astype(int), _CONFIDENCE_BINS - 1)
    return float(np.abs(np.bincount(bins, weights=gap)).sum() / len(gap))


def naming_confidence(scores: Sequence[ImageScore]) -> dict[str, Any]:
    """Compare the probabilities of names with how often they are right, on the images that the product accepts.

    Returns:
        - ``levels``: over annotated bodies and discs that have a name, with the probability of that name.
        - ``counts``: over images with annotated levels, with the probability of the count. A count is right if all
          levels are.
        - ``sure_but_wrong``: the wrong levels with a probability above ``SURE``, as ``IMAGE NAME as NAME``.

        ``levels`` and ``counts`` hold the ``number``, how many are ``wrong``, how many of these are above ``SURE``
        (``sure_but_wrong``), the mean probability of the right and of the wrong ones (None without any), and the
        calibration error.
    """
    levels = [
        (f"{score.image} {name} as {score.structures[name].named}", confidence, score.named_right[name])
        for score in scores
        for name, confidence in score.name_confidence.items()
    ]
    counts = [
        (probability, right)
        for score in scores
        if (probability := score.count_probability) is not None and (right := score.all_named_right) is not None
    ]
    return {
        "levels": _reliability([(confidence, right) for _, confidence, right in levels]),
        "counts": _reliability(counts),
        "sure_but_wrong": [place for place, confidence, right in levels if not right and confidence > SURE],
    }


def _reliability(judged: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    right = [confidence for confidence, is_right in judged if is_right]
    wrong = [confidence for confidence, is_right in judged if not is_right]
    return {
        "number": len(judged),
        "wrong": len(wrong),
        "sure_but_wrong": sum(confidence > SURE for confidence in wrong),
        "mean_of_right": float(np.mean(right)) if right else None,
        "mean_of_wrong": float(np.mean(wrong)) if wrong else None,
        "calibration_error": calibration_error(*zip(*judged, strict=True)) if judged else None,
    }


def class_figures(scores: Sequence[ImageScore]) -> dict[str, Any]:
    """Return each of ``FIGURES`` for every class as ``{mean, low, high, images}``, with the number ``missing``.

    Returns:
        By name of a structure. ``mean`` is the mean over the classes without background. ``background`` has its own
        five figures, from images in which everything was annotated.
    """
    columns = {
        figure: np.array(
            [
                [np.nan if (value := score.mean(figure, (s.name,))) is None else value for s in STRUCTURES]
                for score in scores
            ]
        )
        for figure in FIGURES
    }
    table: dict[str, Any] = {}
    for position, item in enumerate(STRUCTURES):
        rows = {figure: _row(values[:, position], scores) for figure, values in columns.items()}
        table[item.name] = _known(rows) | {"missing": _missing(scores, (item.name,))}
    table["mean"] = _known({figure: _row(values, scores) for figure, values in columns.items()})
    table["mean"]["missing"] = _missing(scores, GROUPS["all"])
    complete = [(score, score.background) for score in scores if score.background is not None]
    table["background"] = _known(
        {
            figure: _row([getattr(overlap, figure) for _, overlap in complete], [score for score, _ in complete])
            for figure in _OVERLAP_FIGURES
        }
    )
    return table


def _known(rows: Mapping[str, dict[str, Any] | None]) -> dict[str, Any]:
    return {name: row for name, row in rows.items() if row is not None}
