"""Naming levels by counting upward from S1. What the network called each piece is evidence, not the verdict.

Pieces and names are both ordered chains, so naming is an alignment: every piece gets one name or none, names never go
back, and leaving out a name (a disc too thin to see) or a piece (S2, a thoracic body) has a price, as has a distance
that does not fit the number of levels between two pieces. The alignment with the highest score is the naming; how much
it beats the best one with another sacrum is the confidence of the count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spoils.anatomy import BODIES, CHAIN, Kind, structure
from spoils.segmentation.parts import Part

__all__ = ["Naming", "name_parts"]

_Path = tuple[float, list[tuple[int, int]]]
"""Score of an alignment and its (part, name) index pairs, caudal to cranial."""

_NAMES = CHAIN[::-1]
"""Names in the order of the pieces: S1 first, T12-L1 last."""
_SACRUM = BODIES[-1]

_SKIPPED_NAME = 1.0
"""Price of leaving out a name between two others."""
_SKIPPED_PART = {Kind.BODY: 4.0, Kind.DISC: 1.5}
"""Price of leaving a piece unnamed between or below named ones."""
_STRETCH = 80.0
"""Price of each level by which the distance of two pieces differs from their names, beyond the tolerance: no evidence
outweighs a body that would have to hide between two neighbours."""
_STRETCH_TOLERANCE = 0.35
"""Levels; collapsed discs and wedged bodies vary the distance by less than this."""
_SACRUM_UNSEEN = 12.0
"""Price of a chain whose lowest piece is not the sacrum."""
_SACRAL_WEIGHT = 3.0
"""The sacrum and the disc on it are known by their looks, the bodies above mostly by counting."""
_FLOOR = 0.02
"""Smallest probability that counts as evidence: no single piece may veto a naming."""
_NAMED = 4.5
"""Gain of naming a piece at all, above the worst that evidence can say against it."""


@dataclass(frozen=True, eq=False)
class Naming:
    """Parts by name, cranial to caudal, and the probability that counting started at the right body."""

    parts: dict[str, Part]
    count_probability: float

    @property
    def sacral_evidence(self) -> float:
        """How sure the network was that S1 is S1, 0 to 1; 0 when it is missing."""
        sacrum = self.parts.get(_SACRUM)
        return 0.0 if sacrum is None else float(sacrum.evidence[structure(_SACRUM).label])

    @property
    def contradicted(self) -> tuple[str, ...]:
        """Names that differ from what the network called the piece."""
        return tuple(
            name for name, part in self.parts.items() if int(part.evidence[1:-1].argmax()) + 1 != structure(name).label
        )


def _gain(part: Part, name: str) -> float:
    wanted = structure(name)
    if wanted.kind is not part.kind:
        return -math.inf
    share = float(part.evidence[wanted.label] / max(part.evidence[1:].sum(), _FLOOR))
    weight = _SACRAL_WEIGHT if name in _NAMES[:2] else 1.0
    # Even a piece the network called something else is better named than left out.
    return weight * (math.log(max(share, _FLOOR)) + _NAMED)


def _pitch_px(parts: Sequence[Part]) -> float:
    """Return the typical distance of two neighbouring bodies; infinity when fewer than two were found."""
    centres = np.array([part.centre for part in parts if part.kind is Kind.BODY])
    return float(np.median(np.linalg.norm(np.diff(centres, axis=0), axis=1))) if len(centres) > 1 else np.inf


def _step(parts: Sequence[Part], j: int, i: int, names: int, pitch_px: float) -> float:
    """Return the price of naming parts ``j`` and ``i`` next to each other, ``names`` places apart in the chain."""
    levels = float(np.linalg.norm(np.subtract(parts[i].centre, parts[j].centre))) / pitch_px
    stretch = max(0.0, abs(levels - names / 2) - _STRETCH_TOLERANCE)
    passed_over = sum(_SKIPPED_PART[part.kind] for part in parts[j + 1 : i])
    return passed_over + _SKIPPED_NAME * (names - 1) + _STRETCH * stretch


def _align(parts: Sequence[Part], first: int | None = None) -> _Path:
    """Return the best alignment; with ``first``, that part is the sacrum."""
    pitch_px = _pitch_px(parts)
    best: dict[tuple[int, int], _Path] = {}
    for i, part in enumerate(parts):
        for n, name in enumerate(_NAMES):
            gain = _gain(part, name)
            if not math.isfinite(gain) or (first is not None and (n == 0) != (i == first)):
                continue
            below = sum(_SKIPPED_PART[p.kind] for p in parts[:i]) + _SACRUM_UNSEEN * (n > 0)
            options: list[_Path] = [(-below, [])] if first is None or i == first else []
            options += [
                (score - _step(parts, j, i, n - m, pitch_px), path)
                for (j, m), (score, path) in best.items()
                if j < i and m < n
            ]
            if options:
                score, path = max(options, key=lambda option: option[0])
                best[i, n] = (score + gain, [*path, (i, n)])
    return max(best.values(), key=lambda option: option[0], default=(-math.inf, []))


def name_parts(parts: Sequence[Part]) -> Naming:
    """Give each part its level.

    Args:
        parts: bodies and discs of one slice, the lowest first.

    Returns:
        The naming; S1 is missing from it when nothing on the slice looks like a sacrum. Parts above T12-L1 and below S1
        stay unnamed.
    """
    _, pairs = _align(parts)
    named = {_NAMES[n]: parts[i] for i, n in pairs}
    rivals = [
        _align(parts, first)[0]
        for first, part in enumerate(parts)
        if part.kind is Kind.BODY and part is not named.get(_SACRUM)
    ]
    if _SACRUM in named:
        own = _align(parts, next(i for i, n in pairs if n == 0))[0]
        scores = np.array([own, *(score for score in rivals if np.isfinite(score))])
        probability = float(1.0 / np.exp(scores - own).sum())
    else:
        probability = 0.0
    return Naming({name: named[name] for name in CHAIN if name in named}, probability)
