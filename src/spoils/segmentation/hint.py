"""What a user knows better than the count: the level of one structure."""

from __future__ import annotations

from dataclasses import dataclass

from spoils.anatomy import CHAIN, DISCS
from spoils.errors import UsageError
from spoils.messages import message

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
            raise UsageError(message("unknown-level", level=self.level, known=[*CHAIN]))
        if self.at is None and self.level not in DISCS:
            raise UsageError(message("lowest-disc-is-a-body", level=self.level, known=[*DISCS]))
        if self.at is not None and min(self.at) < 0:
            raise UsageError(message("pixel-negative"))
