"""Description of the errors in an image, derived from its figures."""

from __future__ import annotations

from collections.abc import Sequence

from spoils.training.segmentation.evaluation.metrics import StructureScore
from spoils.training.segmentation.evaluation.scores import ImageScore

__all__ = ["fault_sentence", "worst_images"]

_NAMES_IN_A_SENTENCE = 3
"""Longer lists are shortened to this many names and a count."""


def worst_images(scores: Sequence[ImageScore], count: int) -> list[ImageScore]:
    """Return the ``count`` images with the lowest mean Dice over annotated structures, worst first."""

    def mean_dice(score: ImageScore) -> float:
        mean = score.mean("dice", score.structures)
        return 1.0 if mean is None else mean

    return sorted(scores, key=mean_dice)[:count]


def fault_sentence(score: ImageScore) -> str:
    """Describe what is missing, misnamed or split in an image, and the worst boundary."""
    structures = list(score.structures.values())
    missing = [one.name for one in structures if one.missing and one.named is None]
    misnamed = [f"{one.name} as {one.named}" for one in structures if one.named not in {None, one.name}]
    split = [
        f"{one.name} ({_percent(one.second_share)} named {list(one.shares)[1]})" for one in structures if one.split
    ]
    parts = [
        f"{head} {_listed(names)}."
        for head, names in (("Missing:", missing), ("Misnamed:", misnamed), ("Split:", split))
        if names
    ]
    return " ".join([*parts, _worst_boundary(structures)])


def _listed(names: Sequence[str]) -> str:
    """Join names, the first few by name.

    >>> _listed(["a", "b"]), _listed(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    rest = len(names) - _NAMES_IN_A_SENTENCE
    return ", ".join(names[:_NAMES_IN_A_SENTENCE]) + (f" and {rest} more" if rest > 0 else "")


def _worst_boundary(structures: Sequence[StructureScore]) -> str:
    """Describe the structure with the largest 95 % Hausdorff distance, and whether it is too small or too large."""
    measured = [(one.boundary.hausdorff95_mm, one) for one in structures if one.boundary is not None]
    if not measured:
        return "No annotated structure was found."
    farthest_mm, worst = max(measured, key=lambda pair: pair[0])
    precision, recall = worst.overlap.precision or 0.0, worst.overlap.recall or 0.0
    fault = f"{_percent(1 - recall)} of the annotated area was not found"
    if precision < recall:
        fault = f"{_percent(1 - precision)} of the predicted area lies outside the annotated area"
    return f"The worst boundary is that of {worst.name}: 95 % of it lies within {farthest_mm:.1f} mm, and {fault}."


def _percent(share: float) -> str:
    """Write a share as a whole percentage.

    >>> _percent(0.814)
    '81 %'
    """
    return f"{100 * share:.0f} %"
