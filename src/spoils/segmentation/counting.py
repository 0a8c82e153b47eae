"""Counting that is sure or says so: a distribution over the ways to number one spine.

Several looks at the middle slice, and the slices beside it, each count for themselves. A way to count is the number of
levels by which it moves the names that the first look gave: 0 leaves them, +1 calls the lowest disc L4-L5, as if
another disc lay below, -1 takes the lowest disc for S1-S2.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.errors import UsageError
from spoils.segmentation.components import Component
from spoils.segmentation.naming import Naming

__all__ = ["Countings", "ballot", "counted"]

_LOWEST = 3
"""Names at the sacrum that decide a vote. Further up, gaps and the edge of the image blur the probability of names."""

_SAME_PIECE = 0.4
"""Two looks mean the same piece when its masks share at least this part of their union."""

_NEGLIGIBLE = 5e-3
"""A way to count that is less probable is left out."""


@dataclass(frozen=True)
class Countings:
    """The ways to count one spine: how probable each shift of the names is, the likeliest first.

    Raises:
        UsageError: there is none, a probability is not above 0, or they do not add up to 1.

    >>> Countings({0: 0.25, 1: 0.75}).best
    1
    >>> Countings.of({0: 3.0, 1: 1.0, 2: 0.0}).probabilities
    {0: 0.75, 1: 0.25}
    """

    probabilities: Mapping[int, float]

    def __post_init__(self) -> None:
        values = list(self.probabilities.values())
        if not values or not all(0.0 < value <= 1.0 for value in values) or not math.isclose(sum(values), 1.0):
            raise UsageError("The probabilities of ways to count lie above 0 and add up to 1.")
        likeliest_first = sorted(self.probabilities.items(), key=lambda item: (-item[1], abs(item[0]), item[0]))
        object.__setattr__(self, "probabilities", dict(likeliest_first))

    @classmethod
    def of(cls, weights: Mapping[int, float]) -> Countings:
        """Return the distribution with these weights, without what is negligible.

        Raises:
            UsageError: no weight is above 0, or one is not finite.
        """
        total = sum(weights.values())
        if not (math.isfinite(total) and total > 0.0):
            raise UsageError("The weights of ways to count are finite, and one is above 0.")
        kept = {shift: weight for shift, weight in weights.items() if weight > _NEGLIGIBLE * total}
        return cls({shift: weight / sum(kept.values()) for shift, weight in kept.items()})

    @property
    def best(self) -> int:
        """The likeliest shift."""
        return next(iter(self.probabilities))

    @property
    def probability(self) -> float:
        """The probability of the likeliest shift."""
        return self.probabilities[self.best]

    def of_shift(self, shift: int) -> float:
        """Return the probability of one shift."""
        return self.probabilities.get(shift, 0.0)

    def plausible(self, least: float) -> tuple[int, ...]:
        """Return the shifts that are as probable as ``least``, the likeliest first; that one always."""
        return tuple(shift for shift, value in self.probabilities.items() if value >= least or shift == self.best)

    def with_alternative(self, shift: int, least: float) -> Countings:
        """Return the distribution with one shift raised to ``least``, where it is less probable.

        >>> Countings({0: 1.0}).with_alternative(1, 0.25).probabilities
        {0: 0.75, 1: 0.25}
        """
        if self.of_shift(shift) >= least:
            return self
        others = {s: value for s, value in self.probabilities.items() if s != shift}
        return Countings.of(
            {s: value / sum(others.values()) * (1.0 - least) for s, value in others.items()} | {shift: least}
        )

    def weighed(self, weights: Mapping[int, float], floor: float) -> Countings:
        """Return the distribution after other evidence.

        Args:
            weights: how much likelier that evidence makes each shift; a shift without one is left as it is.
            floor: prior probability of a shift that no look found, so that other evidence can bring it up.
        """
        shifts = self.probabilities.keys() | weights.keys()
        return Countings.of({s: max(self.of_shift(s), floor) * weights.get(s, 1.0) for s in shifts})


def _index_map(pieces: Sequence[Component], shape: tuple[int, int]) -> npt.NDArray[np.intp]:
    """Return the number, from 1, of the piece at each pixel of a grid of ``shape`` over the same field of view."""
    height, width = pieces[0].mask.shape
    numbered = np.zeros((height, width), dtype=np.intp)
    for number, piece in enumerate(pieces, start=1):
        numbered[piece.mask] = number
    rows = ((np.arange(shape[0]) + 0.5) * height / shape[0]).astype(np.intp)
    columns = ((np.arange(shape[1]) + 0.5) * width / shape[1]).astype(np.intp)
    return numbered[np.ix_(rows, columns)]


def _same_pieces(reference: Sequence[Component], others: Sequence[Component]) -> dict[int, int]:
    """Return, by the index of a piece of the reference, that of the piece of the other look that covers the same."""
    rows, columns = reference[0].mask.shape
    size = (len(reference) + 1, len(others) + 1)
    here, there = _index_map(reference, (rows, columns)), _index_map(others, (rows, columns))
    shared = np.bincount((here * size[1] + there).ravel(), minlength=size[0] * size[1]).reshape(size)
    union = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    alike = (shared / np.maximum(union, 1))[1:, 1:]
    found = {}
    for index, piece in enumerate(reference):
        candidates = [i for i, other in enumerate(others) if other.kind is piece.kind]
        best = max(candidates, key=lambda i: alike[index, i], default=None)
        if best is not None and alike[index, best] >= _SAME_PIECE:
            found[index] = best
    return found


def ballot(reference: Naming, other: Naming) -> Countings | None:
    """Return how another look, or a slice beside, counts the pieces of the first look; None where it can't say.

    The lowest named pieces of the first look are found again by their overlap. Each shift is as probable as the names
    that the other look gives them.
    """
    named = [int(i) for i in np.flatnonzero(reference.alignment.names >= 0)][:_LOWEST]
    if not named or not other.pieces:
        return None
    same = _same_pieces(reference.pieces, other.pieces)
    weights: defaultdict[int, float] = defaultdict(float)
    for index in named:
        if index not in same:
            continue
        found = same[index]
        for name in np.flatnonzero(other.alignment.probability[found]):
            shift = (int(name) - int(reference.alignment.names[index])) // 2
            weights[shift] += float(other.alignment.named[found] * other.alignment.probability[found, name])
    return Countings.of(weights) if sum(weights.values()) > 0.0 else None


def counted(ballots: Iterable[Countings | None]) -> Countings | None:
    """Return the mean of several votes; None where nobody could count."""
    votes = [vote for vote in ballots if vote is not None]
    shifts = {shift for vote in votes for shift in vote.probabilities}
    return Countings.of({shift: sum(vote.of_shift(shift) for vote in votes) for shift in shifts}) if votes else None
