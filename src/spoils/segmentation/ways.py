"""The ways to count one spine as a reader is told them, and how to choose one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from spoils.anatomy import DISCS
from spoils.errors import UsageError
from spoils.images import Note
from spoils.messages import Message, message
from spoils.segmentation.alignment import NAMES
from spoils.segmentation.components import Component
from spoils.segmentation.counting import Countings
from spoils.segmentation.hint import LevelHint
from spoils.segmentation.limits import Limits
from spoils.segmentation.naming import Naming
from spoils.segmentation.reader import pixel_at

__all__ = ["SACRAL_DISC", "WayToCount", "count_notes", "ungraded_as_uncounted", "ways_to_count"]

SACRAL_DISC = "S1-S2"
"""What the lowest disc is called by a count that begins one disc further up. It is none of the levels."""

_CODE = "level-count-uncertain"


@dataclass(frozen=True)
class WayToCount:
    """One way to count the levels.

    ``lowest_disc`` is what it calls the lowest disc that was found, a level or ``S1-S2``. ``level`` is what it calls
    the disc at ``place``, (row, column) of the image: given as a hint, these two choose this way. ``is_used`` says
    whether the levels were named so.

    Raises:
        UsageError: the probability is not between 0 and 1, the lowest disc has no such name, or the place or level
            would be no hint.
    """

    probability: float
    lowest_disc: str
    level: str
    place: tuple[int, int]
    is_used: bool

    def __post_init__(self) -> None:
        if not 0.0 < self.probability <= 1.0:
            raise UsageError("The probability of a way to count lies between 0 and 1.")
        if self.lowest_disc not in (*DISCS, SACRAL_DISC):
            raise UsageError("The lowest disc of a way to count is a disc level or S1-S2.")
        LevelHint(self.level, self.place)

    @property
    def hint(self) -> LevelHint:
        """The hint that chooses this way."""
        return LevelHint(self.level, self.place)

    @property
    def words(self) -> Message:
        """What this way calls the lowest disc, how probable it is, and the option that chooses it."""
        row, column = self.place
        return message(
            "way-to-count",
            disc=self.lowest_disc,
            probability=self.probability,
            option=f"--level-at {row},{column}={self.level}",
        )


def ways_to_count(countings: Countings, naming: Naming, shape: tuple[int, int]) -> tuple[WayToCount, ...]:
    """Return the ways to count, the likeliest first.

    Args:
        countings: how probable each shift of ``naming`` is.
        naming: the levels as they were counted.
        shape: rows and columns of the image, for the places in it.
    """
    discs = {NAMES.index(name): naming.parts[name] for name in reversed(DISCS) if name in naming.parts}
    ways = []
    for shift, probability in countings.probabilities.items():
        lowest = min(discs, default=-1) + 2 * shift
        level = next((name + 2 * shift for name in discs if 0 <= name + 2 * shift < len(NAMES)), None)
        if level is None or not -1 <= lowest < len(NAMES):
            continue
        place = pixel_at(_inside(discs[level - 2 * shift]), discs[level - 2 * shift].mask.shape, shape)
        called = NAMES[lowest] if lowest >= 0 else SACRAL_DISC
        ways.append(WayToCount(probability, called, NAMES[level], place, is_used=shift == 0))
    return tuple(ways)


def _inside(piece: Component) -> tuple[int, int]:
    """Return the pixel of a piece that lies deepest in it."""
    depth = ndimage.distance_transform_edt(piece.mask)
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(row), int(column)


def _plausible(ways: Sequence[WayToCount], limits: Limits) -> tuple[WayToCount, ...]:
    """Return the ways that a reader must choose from: the count itself and every other one that is plausible.

    It is empty where the count is the only one.
    """
    told = tuple(way for way in ways if way.is_used or way.probability >= limits.plausible_counting)
    return told if len(told) > 1 else ()


def count_notes(ways: Sequence[WayToCount], limits: Limits) -> list[Note]:
    """Return the note that names all plausible ways to count, where there are several."""
    told = _plausible(ways, limits)
    return [Note(_CODE, message("levels-count-in-ways", ways=[way.words for way in told]))] if told else []


def ungraded_as_uncounted(ways: Sequence[WayToCount], limits: Limits) -> dict[str, Note]:
    """Return the reason why no disc is graded, by level, where there are several plausible ways to count."""
    if not _plausible(ways, limits):
        return {}
    return {level: Note(_CODE, message("disc-count-uncertain", level=level)) for level in DISCS}
