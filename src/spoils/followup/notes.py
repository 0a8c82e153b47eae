"""What the reader must know of a comparison before trusting a change, the most important first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from spoils.findings import Assessment, Flag, Provenance
from spoils.followup.errors import MeasuredErrors
from spoils.followup.identity import identity_warnings
from spoils.followup.model import ChangeVerdict, DiscFollowUp
from spoils.followup.read import OrderedBy
from spoils.messages import message

__all__ = ["notes_on"]

_CHANCE = 0.05
"""Share of unchanged items that exceed their smallest detectable change by chance."""

_SPACING_APART = 1.1
"""Pixels or slices that differ by a smaller factor count as equal."""


def notes_on(
    ordered: Sequence[Assessment], ordered_by: OrderedBy, discs: Sequence[DiscFollowUp], errors: MeasuredErrors
) -> list[Flag]:
    """Return what makes changes of these ``discs`` doubtful.

    First whether it is one patient, then what differs between the assessments, then what holds for every comparison.
    """
    return [
        *identity_warnings(ordered, errors),
        Flag.of("patient-not-checked", message("patient-not-checked")),
        *_differences(ordered, ordered_by),
        *_chance(discs),
        Flag.of("error-of-one-day", message("error-of-one-day")),
    ]


def _differences(ordered: Sequence[Assessment], ordered_by: OrderedBy) -> Iterator[Flag]:
    first, last = ordered[0], ordered[-1]
    if ordered_by == "created":
        yield Flag.of("ordered-by-assessment", message("ordered-by-assessment"))
    if first.provenance.models != last.provenance.models:
        yield Flag.of("other-models", message("other-models"))
    if _other_policy(first.provenance, last.provenance):
        yield Flag.of("other-policy", message("other-policy"))
    sizes = zip(first.study.spacing_mm, last.study.spacing_mm, strict=True)
    if any(max(pair) > _SPACING_APART * min(pair) for pair in sizes):
        yield Flag.of("other-spacing", message("other-spacing"))


def _chance(discs: Sequence[DiscFollowUp]) -> Iterator[Flag]:
    """Yield how many of the measurements would seem to change by chance."""
    changes = [change for disc in discs for change in disc.changes if change.unit != "grade"]
    compared = sum(change.verdict is not ChangeVerdict.NOT_COMPARABLE for change in changes)
    if compared:
        yield Flag.of("chance", message("changes-by-chance", count=compared, by_chance=ceil(_CHANCE * compared)))


def _other_policy(first: Provenance, last: Provenance) -> bool:
    """Say whether two policies differ: by their hashes, or by their versions where an earlier result has no hash."""
    if first.policy_sha256 and last.policy_sha256:
        return first.policy_sha256 != last.policy_sha256
    return first.policy_version != last.policy_version
