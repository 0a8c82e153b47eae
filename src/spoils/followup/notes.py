"""What the reader must know of a comparison before trusting a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from statistics import fmean

from spoils.anatomy import BODIES
from spoils.findings import Assessment, Flag, Measurement, Provenance
from spoils.followup.errors import BODY_WIDTH, MeasuredErrors
from spoils.followup.model import ChangeVerdict, DiscFollowUp
from spoils.followup.read import OrderedBy
from spoils.messages import Translator

__all__ = ["notes_on", "other_size_note"]

_CHANCE = 0.05
"""Share of unchanged items that exceed their smallest detectable change by chance."""

_SPACING_APART = 1.1
"""Pixels or slices that differ by a smaller factor count as equal."""

_LEAST_BODIES = 2


def notes_on(
    ordered: Sequence[Assessment], ordered_by: OrderedBy, discs: Sequence[DiscFollowUp], translator: Translator
) -> Iterator[Flag]:
    """Yield what makes changes of these ``discs`` doubtful, from what is special to what holds for every comparison."""
    say, first, last = translator.gettext, ordered[0], ordered[-1]
    if ordered_by == "created":
        words = say("The day of imaging is not known for all: they are ordered by the time of assessment.")
        yield Flag(code="ordered-by-assessment", message=words)
    if first.provenance.models != last.provenance.models:
        words = say("Other models were used: some of the changes may come from them. Assess the older images anew.")
        yield Flag(code="other-models", message=words)
    if _other_policy(first.provenance, last.provenance):
        words = say("Another policy was used: another suggestion may come from it.")
        yield Flag(code="other-policy", message=words)
    sizes = zip(first.study.spacing_mm, last.study.spacing_mm, strict=True)
    if any(max(pair) > _SPACING_APART * min(pair) for pair in sizes):
        words = say("Pixels or slices have other sizes: some of the changes may come from that.")
        yield Flag(code="other-spacing", message=words)
    changes = [change for disc in discs for change in disc.changes if change.unit != "grade"]
    compared = sum(change.verdict is not ChangeVerdict.NOT_COMPARABLE for change in changes)
    if compared:
        words = say(
            "{count} measurements are compared: about {by_chance} of them would exceed the error by chance if nothing"
            " had changed.",
            count=compared,
            by_chance=ceil(_CHANCE * compared),
        )
        yield Flag(code="chance", message=words)
    words = say(
        "The error of measurement is known from images of one day: another scanner, protocol or time of day adds to it,"
        " above all for the signal."
    )
    yield Flag(code="error-of-one-day", message=words)
    words = say("Nothing proves that all images are of one patient: that is for the user to know.")
    yield Flag(code="patient-not-checked", message=words)


def _other_policy(first: Provenance, last: Provenance) -> bool:
    """Progress policies apart by their hashes, and by their versions where an earlier result has no hash."""
    if first.policy_sha256 and last.policy_sha256:
        return first.policy_sha256 != last.policy_sha256
    return first.policy_version != last.policy_version


def other_size_note(ordered: Sequence[Assessment], errors: MeasuredErrors, translator: Translator) -> Flag | None:
    """Return why lengths of first and last can't be compared where the bodies, which keep their size, have another."""
    first_widths, last_widths = _body_widths(ordered[0]), _body_widths(ordered[-1])
    shared = sorted(first_widths.keys() & last_widths.keys())
    error = errors.measurements.get(BODY_WIDTH)
    if error is None or len(shared) < _LEAST_BODIES:
        return None
    first, last = (fmean(widths[body] for body in shared) for widths in (first_widths, last_widths))
    if abs(last - first) <= error.detectable(first, last):
        return None
    words = translator.gettext(
        "The vertebral bodies differ in size by {percent} %, so lengths can't be compared: is it one patient, and is"
        " the pixel spacing right?",
        percent=translator.number(100 * abs(last - first) / first),
    )
    return Flag(code="other-size", message=words)


def _body_widths(assessment: Assessment) -> dict[str, float]:
    """Return the width of each lumbar body that was measured; the sacrum is seldom seen whole."""
    found = {body.level: body.measurements.get(BODY_WIDTH) for body in assessment.vertebrae if body.level != BODIES[-1]}
    return {level: width.value for level, width in found.items() if isinstance(width, Measurement)}
