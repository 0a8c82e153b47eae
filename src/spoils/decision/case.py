"""What triage decides on: the driving disc, the burden of both scores and the treatment history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.decision.policy import Burden, Policy, Rule
from spoils.errors import UsageError

__all__ = ["Case", "driving_disc"]


@dataclass(frozen=True)
class Case:
    """One patient as the policy sees it."""

    driving_class: str
    odi: Burden
    nrs: Burden
    refractory: bool

    def rule(self, policy: Policy) -> Rule:
        """Return the one rule that applies."""
        return policy.rule(self.driving_class, self.odi, self.nrs, refractory=self.refractory)


def driving_disc(classes: Mapping[str, str], policy: Policy) -> str:
    """Return the level of the disc that speaks for the patient: the worst class, among equals by ``level_order``.

    Raises:
        UsageError: no disc has a class, or a level or class is unknown.

    >>> from spoils.decision.policy import load_policy
    >>> driving_disc({"L3-L4": "3M", "L4-L5": "4M", "L5-S1": "5L"}, load_policy())
    'L4-L5'
    """
    if not classes:
        raise UsageError("No disc has a class, so there is nothing to decide on.")
    for level, grade_class in classes.items():
        if level not in DISCS:
            raise UsageError(f"{level!r} is not a disc level; known are {', '.join(DISCS)}.")
        if grade_class not in GRADE_CLASSES:
            raise UsageError(f"{grade_class!r} is not a class; known are {', '.join(GRADE_CLASSES)}.")
    worst_first = policy.class_order[::-1]
    level_order = policy.driving_disc.level_order
    return min(classes, key=lambda level: (worst_first.index(classes[level]), level_order.index(level)))
