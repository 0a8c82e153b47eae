"""Scoring of the two patient-reported measures: Oswestry Disability Index (ODI) and numeric rating scale (NRS).

The wording of the ODI is under copyright and is not used here: sections have neutral names, and answers are numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from spoils.decision.policy import Policy
from spoils.decision.scales import NRS_MAXIMUM, ODI_MAXIMUM_PERCENT
from spoils.errors import UsageError
from spoils.findings import NrsScore, OdiScore
from spoils.messages import message

__all__ = ["ODI_SECTIONS", "OdiAnswer", "score_nrs", "score_odi", "score_odi_items"]

ODI_SECTIONS: tuple[str, ...] = (
    "pain intensity",
    "personal care",
    "lifting",
    "walking",
    "sitting",
    "standing",
    "sleeping",
    "sex life",
    "social life",
    "travelling",
)
"""The ten sections of the ODI in their order, by neutral names."""

OdiAnswer = int | tuple[int, ...] | None
"""One section: the box ticked (0 to 5), several boxes, or None for not answered."""

_WORST_BOX = 5
_FEWEST_ANSWERS = 8
"""With fewer sections the ODI is not scorable (Fairbank and Pynsent 2000)."""


def score_odi(percent: float, policy: Policy) -> OdiScore:
    """Return the ODI of a known total, with the name of its range in ``policy``.

    Raises:
        UsageError: ``percent`` is not between 0 and 100.

    >>> from spoils.decision.policy import load_policy
    >>> score_odi(44, load_policy()).band
    'severe'
    """
    return _odi(percent, None, policy)


def score_odi_items(items: Sequence[OdiAnswer], policy: Policy) -> OdiScore:
    """Return the ODI of ten answered sections: 100 x sum / (5 x answered).

    Of several boxes ticked in a section the highest counts.

    Raises:
        UsageError: there are not ten sections, a box is not 0 to 5, or fewer than eight are answered (not scorable).

    >>> from spoils.decision.policy import load_policy
    >>> score_odi_items([3, 2, (1, 4), 2, 2, None, 3, 2, 1, 2], load_policy()).percent
    46.666666666666664
    """
    if len(items) != len(ODI_SECTIONS):
        raise UsageError(message("odi-needs-ten-sections", given=len(items)))
    boxes = [_box(number, answer) for number, answer in enumerate(items, start=1)]
    answered = [box for box in boxes if box is not None]
    if len(answered) < _FEWEST_ANSWERS:
        raise UsageError(message("odi-not-scorable", answered=len(answered)))
    return _odi(100.0 * sum(answered) / (_WORST_BOX * len(answered)), len(answered), policy)


def score_nrs(score: float, policy: Policy) -> NrsScore:
    """Return the NRS with the name of its range in ``policy``; a mean of several ratings may be a fraction.

    Raises:
        UsageError: ``score`` is not between 0 and 10.

    >>> from spoils.decision.policy import load_policy
    >>> score_nrs(7, load_policy()).band
    'severe'
    """
    if not 0.0 <= score <= NRS_MAXIMUM:
        raise UsageError(message("nrs-out-of-range", score=f"{score:g}"))
    return NrsScore(score=score, band=policy.scores.nrs.band(score).name)


def _odi(percent: float, answered: int | None, policy: Policy) -> OdiScore:
    if not 0.0 <= percent <= ODI_MAXIMUM_PERCENT:
        raise UsageError(message("odi-out-of-range", percent=f"{percent:g}"))
    band = policy.scores.odi.band(percent).name
    return OdiScore(percent=percent, band=band, answered=answered)


def _box(number: int, answer: OdiAnswer) -> int | None:
    if answer is None:
        return None
    boxes = answer if isinstance(answer, tuple) else (answer,)
    if not boxes or any(box not in range(_WORST_BOX + 1) for box in boxes):
        raise UsageError(message("odi-answer-out-of-range", number=number))
    return max(boxes)
