"""Options with which a user numbers the levels, shared by the commands that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from spoils.errors import UsageError

if TYPE_CHECKING:
    from spoils.segmentation import LevelHint

__all__ = ["LevelAtOption", "LowestDiscOption", "hint_of"]

LowestDiscOption = Annotated[
    str | None,
    typer.Option(
        "--lowest-disc",
        metavar="LEVEL",
        rich_help_panel="Levels",
        help="Number the levels yourself: the lowest disc that is segmented is LEVEL, such as L4-L5.",
    ),
]
LevelAtOption = Annotated[
    str | None,
    typer.Option(
        "--level-at",
        metavar="ROW,COLUMN=NAME",
        rich_help_panel="Levels",
        help="Number the levels yourself: the body or disc at this pixel of the middle slice is NAME, such as L4. "
        "Pixels are those of the input, counted from 0 at the top left, with the head up and the front to the left.",
    ),
]


def hint_of(lowest_disc: str | None, level_at: str | None) -> LevelHint | None:
    """Return what the user says of the levels, or None.

    Raises:
        UsageError: both options are given, a level is not known, or a place is not two whole numbers.

    >>> hint_of(None, "210,140=l4").at
    (210, 140)
    """
    from spoils.segmentation import LevelHint

    if lowest_disc is not None and level_at is not None:
        raise UsageError("Give either --lowest-disc or --level-at, not both.")
    if lowest_disc is not None:
        return LevelHint(lowest_disc.strip().upper())
    if level_at is None:
        return None
    place, _, level = level_at.partition("=")
    try:
        row, column = (int(number) for number in place.split(","))
    except ValueError:
        raise UsageError(f"{level_at!r} is not ROW,COLUMN=NAME, such as 210,140=L4.") from None
    return LevelHint(level.strip().upper(), (row, column))
