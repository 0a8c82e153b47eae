"""The graded discs of a patient, with the classes that can't be ruled out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.decision.policy import Policy
from spoils.errors import UsageError
from spoils.messages import message

__all__ = ["GradedDiscs"]


@dataclass(frozen=True)
class GradedDiscs:
    """The class of each graded level, and for some levels the classes that can't be ruled out.

    Raises:
        UsageError: no disc has a class, a level or class is unknown, or an ungraded disc has a prediction set.

    >>> GradedDiscs({"L4-L5": "4M"}).classes["L4-L5"]
    '4M'
    """

    classes: Mapping[str, str]
    prediction_sets: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.classes:
            raise UsageError(message("no-disc-has-class"))
        for level in (*self.classes, *self.prediction_sets):
            if level not in DISCS:
                raise UsageError(message("unknown-disc-level", level=level, known=[*DISCS]))
            if level not in self.classes:
                raise UsageError(message("possible-classes-without-class", level=level))
        for name in (*self.classes.values(), *(name for some in self.prediction_sets.values() for name in some)):
            if name not in GRADE_CLASSES:
                raise UsageError(message("unknown-class", name=name, known=[*GRADE_CLASSES]))

    def driving_level(self, policy: Policy) -> str:
        """Return the level that decides: the one with the worst class, or among equals the first of ``level_order``.

        >>> from spoils.decision.policy import load_policy
        >>> GradedDiscs({"L3-L4": "3M", "L4-L5": "4M", "L5-S1": "5L"}).driving_level(load_policy())
        'L4-L5'
        """
        worst_first = policy.class_order[::-1]
        level_order = policy.driving_disc.level_order
        return min(self.classes, key=lambda level: (worst_first.index(self.classes[level]), level_order.index(level)))

    def plausible(self, level: str, policy: Policy) -> tuple[str, ...]:
        """Return the classes of a disc that can't be ruled out, mildest first; its own is always among them."""
        known = {self.classes[level], *self.prediction_sets.get(level, ())}
        return tuple(name for name in policy.class_order if name in known)

    def possible_drivers(self, policy: Policy) -> tuple[str, ...]:
        """Return every class that the driving disc may have, whichever plausible class each disc really has.

        A class is possible if one disc may have it while every other disc may have a class that is no worse. These are
        all plausible classes from the worst of the mildest ones upward.
        """
        each = [self.plausible(level, policy) for level in self.classes]
        order = policy.class_order
        least = max(order.index(names[0]) for names in each)
        return tuple(name for name in order[least:] if any(name in names for names in each))

    def with_driver(self, driver: str, policy: Policy) -> dict[str, str]:
        """Return the fewest changes of classes, each plausible, that make a possible ``driver`` the driving class."""
        order = policy.class_order
        limit = order.index(driver)
        changes = {
            level: [name for name in self.plausible(level, policy) if order.index(name) <= limit][-1]
            for level, name in self.classes.items()
            if order.index(name) > limit
        }
        if driver not in {**self.classes, **changes}.values():
            level = next(level for level in self.classes if driver in self.plausible(level, policy))
            changes[level] = driver
        return changes

    def with_class(self, level: str, name: str) -> GradedDiscs:
        """Return the discs with one more, whose class is certain."""
        return GradedDiscs({**self.classes, level: name}, self.prediction_sets)

    def changed(self, changes: Mapping[str, str]) -> GradedDiscs:
        """Return the discs with other classes, all taken as certain."""
        return GradedDiscs({**self.classes, **changes})
