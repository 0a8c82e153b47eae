"""From the answers of patient and examiner, as typed in, to checked clinical data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from spoils.decision.policy import Policy
from spoils.decision.scores import OdiAnswer, score_nrs, score_odi, score_odi_items
from spoils.errors import UsageError
from spoils.findings import Clinical, Deficit, NrsScore, OdiScore, RedFlag, Treatment
from spoils.messages import message

__all__ = ["Answers", "clinical_of"]

Name = TypeVar("Name", bound=StrEnum)

_LONGEST_WEEKS = 5200
"""A hundred years: a longer duration is a typing error."""


@dataclass(frozen=True)
class Answers:
    """The answers as typed in, by the names that programs use; None or empty where not asked.

    ``odi_percent`` and ``odi_items`` exclude each other, and so do ``nrs`` and the two for back and leg.
    """

    odi_percent: float | None = None
    odi_items: Sequence[OdiAnswer] | None = None
    nrs: float | None = None
    nrs_back: float | None = None
    nrs_leg: float | None = None
    red_flags: Sequence[str] = ()
    deficit: str | None = None
    duration_weeks: float | None = None
    failed: Sequence[str] = ()
    refractory: bool = False


def clinical_of(answers: Answers, policy: Policy) -> Clinical:
    """Check answers, and score them with the scales of ``policy``.

    Raises:
        UsageError: an answer is out of range, unknown, not scorable, given twice or contradicts another.

    >>> from spoils.decision.policy import load_policy
    >>> clinical_of(Answers(nrs_back=4, nrs_leg=7), load_policy()).nrs.band
    'severe'
    """
    back = None if answers.nrs_back is None else score_nrs(answers.nrs_back, policy)
    leg = None if answers.nrs_leg is None else score_nrs(answers.nrs_leg, policy)
    deficit = None if answers.deficit is None else _named(Deficit, answers.deficit, "unknown-deficit")
    weeks = answers.duration_weeks
    if weeks is not None and not 0.0 <= weeks <= _LONGEST_WEEKS:
        raise UsageError(message("duration-out-of-range", longest=_LONGEST_WEEKS, weeks=f"{weeks:g}"))
    return Clinical(
        odi=_odi(answers, policy),
        nrs=_pain(answers, back, leg, policy),
        nrs_back=back,
        nrs_leg=leg,
        red_flags=_red_flags(answers.red_flags, deficit),
        deficit=deficit,
        duration_weeks=weeks,
        failed=_in_order(Treatment, answers.failed, "unknown-treatment"),
        refractory=answers.refractory,
    )


def _odi(answers: Answers, policy: Policy) -> OdiScore | None:
    if answers.odi_percent is not None and answers.odi_items is not None:
        raise UsageError(message("odi-total-and-answers"))
    if answers.odi_percent is not None:
        return score_odi(answers.odi_percent, policy)
    return None if answers.odi_items is None else score_odi_items(answers.odi_items, policy)


def _pain(answers: Answers, back: NrsScore | None, leg: NrsScore | None, policy: Policy) -> NrsScore | None:
    """Return the pain that counts: the one given, or the higher of back and leg."""
    parts = [part for part in (back, leg) if part is not None]
    if answers.nrs is not None and parts:
        raise UsageError(message("nrs-one-and-parts"))
    if answers.nrs is not None:
        return score_nrs(answers.nrs, policy)
    return max(parts, key=lambda part: part.score, default=None)


def _red_flags(names: Iterable[str], deficit: Deficit | None) -> list[RedFlag]:
    """Return the red flags, including that of a progressive deficit. They must not contradict the deficit given."""
    flags = set(_in_order(RedFlag, names, "unknown-red-flag"))
    if deficit is Deficit.PROGRESSIVE:
        flags.add(RedFlag.PROGRESSIVE_DEFICIT)
    elif deficit is not None and RedFlag.PROGRESSIVE_DEFICIT in flags:
        raise UsageError(message("deficit-contradicts-red-flag", deficit=deficit.value))
    return [flag for flag in RedFlag if flag in flags]


def _in_order(kind: type[Name], names: Iterable[str], unknown: str) -> list[Name]:
    chosen = {_named(kind, name, unknown) for name in names}
    return [member for member in kind if member in chosen]


def _named(kind: type[Name], name: str, unknown: str) -> Name:
    """Return the member called ``name``; ``unknown`` is the id of the error message if there is none."""
    try:
        return kind(name.strip().lower())
    except ValueError:
        raise UsageError(message(unknown, name=name, known=[member.value for member in kind])) from None
