"""Naming levels by counting upward from S1. The class that the network gave each piece is evidence only.

A user who knows better gives the level of one structure; the others are then counted from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spoils.anatomy import BODIES, CHAIN, DISCS, Kind, structure
from spoils.errors import UsageError
from spoils.images import Note
from spoils.messages import message
from spoils.segmentation.alignment import NAMES, Alignment, Anchor, align
from spoils.segmentation.components import Component
from spoils.segmentation.hint import LevelHint
from spoils.segmentation.limits import Limits

__all__ = ["SACRUM", "Naming", "name_components", "rename_components", "renumbering_note", "shifted"]

SACRUM = BODIES[-1]
"""The body from which levels are counted."""


@dataclass(frozen=True, eq=False)
class Naming:
    """Parts by name, cranial to caudal, and the probability of each name.

    ``unnamed`` holds the pieces that got no name (thoracic, S2, false ones), the lowest first. ``alignment`` says how
    probable every name of every one of ``pieces`` is, the lowest first.
    """

    parts: Mapping[str, Component]
    confidence: Mapping[str, float]
    unnamed: tuple[Component, ...]
    pieces: tuple[Component, ...]
    alignment: Alignment

    @property
    def count_probability(self) -> float:
        """Probability that counting started at the right body; 0 when no sacrum was found."""
        return self.confidence.get(SACRUM, 0.0)

    @property
    def sacral_evidence(self) -> float:
        """Probability of the class S1 in the piece that is named S1, 0 to 1; 0 when it is missing."""
        sacrum = self.parts.get(SACRUM)
        return 0.0 if sacrum is None else float(sacrum.evidence[structure(SACRUM).label])


def _name(parts: Sequence[Component], anchor: Anchor | None) -> Naming:
    found = align(parts, anchor)
    by_name = {NAMES[n]: i for i, n in enumerate(found.names) if n >= 0}
    return Naming(
        parts={name: parts[by_name[name]] for name in CHAIN if name in by_name},
        confidence={
            name: min(float(found.probability[by_name[name], NAMES.index(name)]), 1.0)
            for name in CHAIN
            if name in by_name
        },
        unnamed=tuple(part for i, part in enumerate(parts) if found.names[i] < 0),
        pieces=tuple(parts),
        alignment=found,
    )


def name_components(parts: Sequence[Component]) -> Naming:
    """Give each part its level.

    Args:
        parts: bodies and discs of one slice, the lowest first.

    Returns:
        The naming; S1 is missing from it when nothing on the slice looks like a sacrum. Parts above T12-L1 and below S1
        stay unnamed.
    """
    return _name(parts, None)


def shifted(naming: Naming, shift: int) -> Naming:
    """Return the naming with all names moved up the spine by ``shift`` levels, down where it is negative.

    Raises:
        UsageError: no piece has a name that far.
    """
    for index, name in enumerate(naming.alignment.names):
        if name >= 0 and 0 <= name + 2 * shift < len(NAMES):
            return _name(naming.pieces, (index, int(name) + 2 * shift))
    raise UsageError(f"No level lies {shift} further up.")


def rename_components(
    parts: Sequence[Component], counted: Naming, hint: LevelHint, pixel: tuple[int, int] | None, limits: Limits
) -> Naming:
    """Give each part its level, counted from the one that the user names.

    Args:
        parts: bodies and discs of one slice, the lowest first.
        counted: the naming of ``parts`` without the hint.
        hint: the level that the user gives.
        pixel: its place in row and column of the masks of ``parts``, or None for the lowest disc.
        limits: how many bodies may lie below S1.

    Raises:
        UsageError: there is no such piece, it is of the other kind, or lumbar bodies would lie below S1.
    """
    chosen = _lowest_disc(parts, counted) if pixel is None else _part_at(parts, pixel, hint)
    named = _name(parts, (next(i for i, part in enumerate(parts) if part is chosen), NAMES.index(hint.level)))
    order = {id(part): position for position, part in enumerate(parts)}
    lowest = min(order[id(part)] for part in named.parts.values())
    below = [name for name in counted.parts if name in BODIES and order[id(counted.parts[name])] < lowest]
    if len(below) > limits.max_bodies_below_sacrum:
        raise UsageError(message("bodies-below-sacrum", level=hint.level, count=len(below)))
    return named


def _lowest_disc(parts: Sequence[Component], counted: Naming) -> Component:
    named = [counted.parts[name] for name in reversed(DISCS) if name in counted.parts]
    discs = named or [part for part in parts if part.kind is Kind.DISC]
    if not discs:
        raise UsageError(message("no-disc-to-name"))
    return discs[0]


def _part_at(parts: Sequence[Component], pixel: tuple[int, int], hint: LevelHint) -> Component:
    row, column = hint.at or pixel
    here = [part for part in parts if part.mask[pixel]]
    if not here:
        raise UsageError(message("nothing-at-pixel", row=row, column=column))
    if here[0].kind is not structure(hint.level).kind:
        other_kind = "disc-at-pixel" if here[0].kind is Kind.DISC else "body-at-pixel"
        raise UsageError(message(other_kind, row=row, column=column, level=hint.level))
    return here[0]


def renumbering_note(hint: LevelHint, counted: Naming, named: Naming) -> Note:
    """Return the note that the levels are the user's, and what the structure had been counted as."""
    before = [name for name, part in counted.parts.items() if part is named.parts[hint.level]]
    if not before:
        return Note("levels-renumbered", message("levels-renumbered-uncounted", level=hint.level))
    return Note("levels-renumbered", message("levels-renumbered", before=before[0], level=hint.level))
