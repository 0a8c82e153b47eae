"""Lumbar spines that are not numbered the usual way: four or six bodies, a segment between lumbar and sacral."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from spoils.anatomy import BODIES, DISCS, Kind
from spoils.images import Note
from spoils.messages import message
from spoils.segmentation.components import KIND_LABELS, Component, body_pitch_px
from spoils.segmentation.limits import Limits
from spoils.segmentation.naming import SACRUM, Naming
from spoils.segmentation.sacrum import depth_px, long_axis

__all__ = ["anomaly_notes", "has_disc_below_sacrum", "sacral_squareness"]

_LOWEST_DISC = DISCS[-1]
_BODY_LABELS = list(KIND_LABELS[Kind.BODY])


def anomaly_notes(naming: Naming, limits: Limits) -> list[Note]:
    """Return notes on signs of four or six lumbar bodies and of a transitional segment."""
    return [note for note in (_count_note(naming, limits), _transition_note(naming, limits)) if note]


def has_disc_below_sacrum(naming: Naming, limits: Limits) -> bool:
    """Say whether a disc below S1 looks like one between lumbar bodies, so that it may be the last one."""
    return _transition_note(naming, limits) is not None


def _shift(part: Component, name: str, limits: Limits) -> int:
    """Return by how many levels the network reads a body lower than counted; 0 where it is not certain."""
    shares = part.evidence[_BODY_LABELS]
    seen = int(shares.argmax())
    return seen - BODIES.index(name) if shares[seen] >= limits.min_shifted_share * shares.sum() else 0


def _count_note(naming: Naming, limits: Limits) -> Note | None:
    """Report neighbouring bodies that the network reads, all of them, as shifted by one level.

    A single body is no evidence: the network takes the highest body of a wide field of view for L1.
    """
    bodies = [name for name in BODIES if name in naming.parts]
    for shift, run in groupby(bodies, key=lambda name: _shift(naming.parts[name], name, limits)):
        names = list(run)
        if abs(shift) == 1 and len(names) >= limits.min_shifted_bodies:
            looks = [BODIES[BODIES.index(name) + shift] for name in names]
            possible = "six-lumbar-bodies" if shift > 0 or SACRUM in names else "four-lumbar-bodies"
            return Note("lumbar-count", message(possible, levels=[*names], looks=[*looks]))
    return None


def _sacral_depths_px(naming: Naming, limits: Limits) -> tuple[float, float] | None:
    """Return the depths of the upper and lower end of S1, along the disc on it; None where either is missing."""
    if SACRUM not in naming.parts or _LOWEST_DISC not in naming.parts:
        return None
    sacrum, disc = naming.parts[SACRUM], naming.parts[_LOWEST_DISC]
    across = long_axis(disc)
    up = np.array([-across[1], across[0]])
    up *= np.sign(up @ np.subtract(disc.centre, sacrum.centre))
    upper, lower = limits.endplate_bands
    return depth_px(sacrum.mask, up, upper), depth_px(sacrum.mask, up, lower)


def sacral_squareness(naming: Naming, limits: Limits) -> float | None:
    """Return the depth of the upper end of S1 over that of its lower end; None where S1 or its disc was not found."""
    depths = _sacral_depths_px(naming, limits)
    return None if depths is None else depths[0] / depths[1]


def _disc_below(naming: Naming) -> Component | None:
    """Return the nameless disc on the far side of S1, within one level, or None."""
    sacrum, above = naming.parts[SACRUM], naming.parts[_LOWEST_DISC]
    down = np.subtract(sacrum.centre, above.centre)
    reach_px = body_pitch_px(list(naming.parts.values()))
    for part in naming.unnamed:
        offset = np.subtract(part.centre, sacrum.centre)
        if part.kind is Kind.DISC and np.linalg.norm(offset) < reach_px and offset @ down > 0:
            return part
    return None


def _transition_note(naming: Naming, limits: Limits) -> Note | None:
    """Report a disc below S1 that spans the sacrum, or any disc below a squared S1."""
    depths = _sacral_depths_px(naming, limits)
    disc = None if depths is None else _disc_below(naming)
    if depths is None or disc is None:
        return None
    is_whole = float(np.ptp(np.argwhere(disc.mask) @ long_axis(disc))) + 1.0 >= limits.whole_disc * depths[1]
    is_squared = depths[0] <= limits.squared_sacrum * depths[1]
    if is_whole and is_squared:
        return Note("transitional-segment", message("transitional-squared-with-whole-disc"))
    if is_whole:
        return Note("transitional-segment", message("transitional-whole-disc"))
    return Note("transitional-segment", message("transitional-squared")) if is_squared else None
