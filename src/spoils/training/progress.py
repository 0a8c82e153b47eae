"""Progress of long work: the callback that every step calls, and how steps share one scale.

A step reports its name and the share of it that is done. ``part`` gives a step its place in the whole work, so that the
step need not know what comes before and after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Progress", "named", "no_progress", "part", "turn"]

Progress = Callable[[str, float], None]
"""Called with what is being done, and the share of the work that is done (0 to 1)."""


def no_progress(stage: str, done: float) -> None:
    """Ignore a report."""


@dataclass(frozen=True)
class _Part:
    """A callback that can be pickled for another process, unlike a nested function."""

    whole: Progress
    start: float
    share: float
    name: str = ""

    def __call__(self, stage: str, done: float) -> None:
        self.whole(f"{self.name}: {stage}" if self.name else stage, self.start + self.share * done)


def part(whole: Progress, start: float, end: float) -> Progress:
    """Return the progress of a step that takes the whole work from the share ``start`` to ``end``.

    >>> half = part(lambda stage, done: print(stage, done), 0.5, 1.0)
    >>> half("fitting", 0.5)
    fitting 0.75
    """
    return _Part(whole, start, end - start)


def turn(whole: Progress, number: int, total: int) -> Progress:
    """Return the progress of step ``number``, counted from zero, of ``total`` equal ones.

    >>> second = turn(lambda stage, done: print(stage, done), 1, 4)
    >>> second("fold 1", 1.0)
    fold 1 0.5
    """
    return part(whole, number / total, (number + 1) / total)


def named(whole: Progress, name: str) -> Progress:
    """Return progress whose stages begin with ``name``.

    >>> named(lambda stage, done: print(stage), "fold-0")("reading", 0.0)
    fold-0: reading
    """
    return _Part(whole, 0.0, 1.0, name)
