"""What a user knows better than the count: the level of one structure."""

from __future__ import annotations

from dataclasses import dataclass

from spoils.anatomy import CHAIN, DISCS, structure
from spoils.errors import UsageError

__all__ = ["LevelHint"]


@dataclass(frozen=True)
class LevelHint:
    """The level of one disc or body, given by the user; all other levels are counted from it.

    ``at`` is the row and column of a pixel of the structure on the middle slice, counted from 0 at the top front
    corner (rows to inferior, columns to posterior, pixels of the image's own size). Without it the lowest disc that is
    named without a hint is meant.

    Raises:
        UsageError: the level is no body or disc, a place is negative, or the lowest disc is called a body.

    >>> LevelHint("L4-L5").at is None
    True
    """

    level: str
    at: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.level not in CHAIN:
            raise UsageError(f"{self.level!r} is not a level; known are {', '.join(CHAIN)}.")
        if self.at is None and self.level not in DISCS:
            raise UsageError(f"The lowest disc can't be {self.level}, a vertebral body; known are {', '.join(DISCS)}.")
        if self.at is not None and min(self.at) < 0:
            raise UsageError("Row and column are counted from 0.")

    @property
    def subject(self) -> str:
        """What the hint names, in words: ``disc`` or ``body``."""
        return str(structure(self.level).kind)
