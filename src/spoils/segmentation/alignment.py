"""Pieces and names as two ordered chains: the best alignment, and how probable every name of every piece is.

Every piece gets one name or none, and names never go back. Leaving out a name (a disc too thin to see) or a piece (S2,
a thoracic body) has a price, as has a distance that does not fit the number of levels between two pieces. The alignment
with the highest score is the naming; summing over all alignments (forward and backward, as in a hidden Markov
model) gives the probability of each name. Names are counted caudal to cranial here: 0 is S1, the last is T12-L1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from spoils.anatomy import CHAIN, Kind, structure
from spoils.segmentation.components import Component, body_pitch_px

__all__ = ["NAMES", "Alignment", "Anchor", "align"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Anchor = tuple[int, int]
"""Index of a part and of the name that it must have."""

NAMES = CHAIN[::-1]
"""Names in the order of the pieces: S1 first, T12-L1 last."""

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
"""The sacrum and the disc on it are recognised by their appearance, the bodies above mostly by counting."""
_FLOOR = 0.02
"""Smallest probability that counts as evidence: no single piece can rule out a naming."""
_NAMED = 4.5
"""Gain of naming a piece at all, above the worst that evidence can say against it."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """The best alignment and how certain it is.

    ``names`` holds the name index of each part, -1 for none; ``probability``, (parts, names), is that of each name
    among all alignments in which the part has one, ``named``, (parts,), the probability that it has one.
    """

    names: IntArray
    probability: FloatArray
    named: FloatArray


@dataclass(frozen=True, eq=False)
class _Lattice:
    """Places where an alignment may stand: part ``i`` with name ``n``, by rising part.

    ``gain`` of standing there, ``start`` and ``end`` the prices (not positive) of beginning and ending there, ``step``
    that of going from one (row) to the next (column).
    """

    i: IntArray
    n: IntArray
    gain: FloatArray
    start: FloatArray
    end: FloatArray
    step: FloatArray


def align(parts: Sequence[Component], anchor: Anchor | None = None) -> Alignment:
    """Align ``parts`` (caudal to cranial) with the names.

    With ``anchor`` its part has its name in every alignment, what the network called the pieces no longer counts, and
    the sacrum need not be seen.
    """
    names = np.full(len(parts), -1, dtype=np.intp)
    probability = np.zeros((len(parts), len(NAMES)))
    lattice = _lattice(parts, anchor)
    if lattice.i.size:
        for place in _best_path(lattice):
            names[lattice.i[place]] = lattice.n[place]
        probability[lattice.i, lattice.n] = _probabilities(lattice, len(parts))
    named = probability.sum(axis=1)
    probability = np.divide(probability, named[:, None], out=probability, where=named[:, None] > 0)
    return Alignment(names, probability, np.minimum(named, 1.0))


def _gains(parts: Sequence[Component], anchor: Anchor | None) -> FloatArray:
    """Return the gain of each name for each part, (parts, names): minus infinity where the kind differs."""
    gains = np.full((len(parts), len(NAMES)), -np.inf)
    for i, part in enumerate(parts):
        total = max(float(part.evidence[1:].sum()), _FLOOR)
        for n, name in enumerate(NAMES):
            wanted = structure(name)
            if wanted.kind is part.kind:
                share = 1.0 if anchor else max(float(part.evidence[wanted.label]) / total, _FLOOR)
                # Even a piece the network called something else is better named than left out.
                gains[i, n] = (_SACRAL_WEIGHT if n < 2 and not anchor else 1.0) * (np.log(share) + _NAMED)
    if anchor:
        part_index, name_index = anchor
        others = np.arange(len(NAMES)) != name_index
        gains[part_index, others] = -np.inf
    return gains


def _lattice(parts: Sequence[Component], anchor: Anchor | None) -> _Lattice:
    gains = _gains(parts, anchor)
    i, n = np.nonzero(np.isfinite(gains))
    skipped = np.concatenate([[0.0], np.cumsum([_SKIPPED_PART[part.kind] for part in parts])])
    centres = np.array([part.centre for part in parts]).reshape(-1, 2)
    levels = cdist(centres, centres)[np.ix_(i, i)] / body_pitch_px(parts)
    apart = n[None, :] - n[:, None]
    stretch = np.maximum(0.0, np.abs(levels - apart / 2) - _STRETCH_TOLERANCE)
    passed_over = skipped[i][None, :] - skipped[i + 1][:, None]
    step = np.where(
        (i[None, :] > i[:, None]) & (apart > 0),
        -(passed_over + _SKIPPED_NAME * (apart - 1) + _STRETCH * stretch),
        -np.inf,
    )
    start = -skipped[i] - (0.0 if anchor else _SACRUM_UNSEEN) * (n > 0)
    end = np.zeros(len(i))
    if anchor:
        start[i > anchor[0]] = -np.inf
        end[i < anchor[0]] = -np.inf
        step[np.ix_(i < anchor[0], i > anchor[0])] = -np.inf
    return _Lattice(i, n, gains[i, n], start, end, step)


def _best_path(lattice: _Lattice) -> list[int]:
    """Return the places of the alignment with the highest score, caudal to cranial."""
    best = lattice.start + lattice.gain
    before = np.full(len(best), -1)
    for place in range(1, len(best)):
        options = best[:place] + lattice.step[:place, place]
        previous = int(options.argmax())
        if options[previous] + lattice.gain[place] > best[place]:
            best[place], before[place] = options[previous] + lattice.gain[place], previous
    path = [int((best + lattice.end).argmax())]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _probabilities(lattice: _Lattice, parts: int) -> FloatArray:
    """Return the probability that an alignment, drawn by its score for each part, passes through each place.

    The score is divided by the number of parts, so that all together weigh as much as one: one network saw them at
    once, and a shifted count is one mistake, not a dozen independent ones.
    """
    gain, step, start, end = (score / parts for score in (lattice.gain, lattice.step, lattice.start, lattice.end))
    forward = start + gain
    for place in range(1, len(forward)):
        forward[place] = np.logaddexp(
            forward[place], np.logaddexp.reduce(forward[:place] + step[:place, place]) + gain[place]
        )
    backward = end.copy()
    for place in range(len(backward) - 2, -1, -1):
        onward = np.logaddexp.reduce(step[place, place + 1 :] + gain[place + 1 :] + backward[place + 1 :])
        backward[place] = np.logaddexp(backward[place], onward)
    through = forward + backward
    return np.asarray(np.exp(through - np.logaddexp.reduce(forward + end)))
