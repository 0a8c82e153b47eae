"""Signs that assessments are not of one patient: bodies of another size, and ages that don't fit the time between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from spoils.anatomy import BODIES
from spoils.findings import Assessment, Flag, Measurement
from spoils.followup.errors import BODY_WIDTH, MeasuredErrors
from spoils.messages import Message, message

__all__ = ["identity_warnings", "size_difference"]

_LEAST_BODIES = 2
_DAYS_PER_YEAR = 365.25
_AGE_TOLERANCE_YEARS = 1.01
"""An age in whole years differs from the time that passed by less than one year; the rest allows for leap years."""


def identity_warnings(ordered: Sequence[Assessment], errors: MeasuredErrors) -> Iterator[Flag]:
    """Yield why the assessments, oldest first, may be of different patients: each is held against the first."""
    first, last = ordered[0], ordered[-1]
    if (share := size_difference(first, last, errors)) is not None:
        yield Flag.of("other-size", message("other-size", percent=100 * share))
    for number, later in enumerate(ordered[1:-1], start=2):
        if (share := size_difference(first, later, errors)) is not None:
            yield Flag.of("other-size", message("other-size-between", number=number, percent=100 * share))
    for number, later in enumerate(ordered[1:], start=2):
        if (reason := _other_age(first, later, number)) is not None:
            yield Flag.of("other-age", reason)


def size_difference(one: Assessment, other: Assessment, errors: MeasuredErrors) -> float | None:
    """Return by which share the widths of the vertebral bodies, which keep their size in adults, differ.

    None where the difference is within the error or not known.
    """
    first_widths, last_widths = _body_widths(one), _body_widths(other)
    shared = sorted(first_widths.keys() & last_widths.keys())
    error = errors.measurements.get(BODY_WIDTH)
    if error is None or len(shared) < _LEAST_BODIES:
        return None
    first, last = (fmean(widths[body] for body in shared) for widths in (first_widths, last_widths))
    return None if abs(last - first) <= error.detectable(first, last) else abs(last - first) / first


def _body_widths(assessment: Assessment) -> dict[str, float]:
    """Return the width of each lumbar body that was measured; the sacrum is seldom seen whole."""
    found = {body.level: body.measurements.get(BODY_WIDTH) for body in assessment.vertebrae if body.level != BODIES[-1]}
    return {level: width.value for level, width in found.items() if isinstance(width, Measurement)}


def _other_age(first: Assessment, later: Assessment, number: int) -> Message | None:
    """Return that the ages don't fit the time between the images; None where they do or are not known."""
    one, other = first.study, later.study
    if one.age_years is None or other.age_years is None or one.acquired is None or other.acquired is None:
        return None
    years = (other.acquired - one.acquired).days / _DAYS_PER_YEAR
    if years < 0 or abs(other.age_years - one.age_years - years) < _AGE_TOLERANCE_YEARS:
        return None
    return message("other-age", first=one.age_years, later=other.age_years, number=number, years=years)
