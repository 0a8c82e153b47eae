"""Progress of commands that run for minutes to days: a bar on a terminal, else a line every half minute.

Both show the stage, the elapsed time and an estimate of the remaining time from the first second on. They also move
while a stage reports nothing, such as the import of PyTorch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

import typer

from spoils.cli.output import is_quiet
from spoils.cli.progress import Progress

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Clock", "LineProgress", "RemainingTime", "duration", "shown_long_progress"]

Clock = Callable[[], float]

_EVERY_S = 30.0
_LEAST_SHARE = 0.01
"""No remaining time is estimated before this share of the work is done."""
_JUMP_SHARE, _JUMP_S = 0.01, 0.5
"""A larger share that is done in less time was done by an earlier run, and says nothing of the speed of this one."""


def duration(seconds: float) -> str:
    """Write a time as hours, minutes and seconds.

    >>> duration(3725.4)
    '1:02:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


@dataclass
class RemainingTime:
    """Estimate of the remaining time, from the time that the work so far has taken.

    Work that an earlier run had done already is found in no time; it does not count as work of this run.
    """

    started_s: float
    _done: float = 0.0
    _skipped: float = 0.0
    _reported_s: float = field(default=0.0)

    def report(self, done: float, now_s: float) -> None:
        """Take the share of the work that is done at the time ``now_s``."""
        step = done - self._done
        if step > _JUMP_SHARE and now_s - max(self._reported_s, self.started_s) < _JUMP_S:
            self._skipped += step
        self._done, self._reported_s = done, now_s

    def seconds(self, now_s: float) -> float | None:
        """Return the remaining seconds, or None if it is too early to tell.

        >>> remaining = RemainingTime(started_s=0.0)
        >>> remaining.report(0.25, 10.0)
        >>> remaining.seconds(10.0)
        30.0
        """
        worked = self._done - self._skipped
        if worked < _LEAST_SHARE:
            return None
        return (now_s - self.started_s) * (1 - self._done) / worked


def _write_line(line: str) -> None:
    typer.echo(line, err=True)


class LineProgress:
    """Write a line with the stage at first, then at most every ``every_s`` seconds, and at the end.

    It can be sent to another process, as fits on several devices do.
    """

    def __init__(
        self, *, every_s: float = _EVERY_S, clock: Clock = monotonic, write: Callable[[str], None] = _write_line
    ) -> None:
        self._every_s, self._clock, self._write = every_s, clock, write
        self._started_s = clock()
        self._remaining = RemainingTime(self._started_s)
        self._shown_s: float | None = None
        self._stage, self._done, self._ended = "starting", 0.0, False

    def __call__(self, stage: str, done: float) -> None:
        """Take a report, and write it if a line is due."""
        self._stage, self._done = stage, done
        self._remaining.report(done, self._clock())
        self.write_if_due()

    def write_if_due(self) -> None:
        """Write a line, unless the last one is less than ``every_s`` old and the work goes on."""
        now_s = self._clock()
        ends = self._done >= 1.0 and not self._ended
        if self._shown_s is None or now_s - self._shown_s >= self._every_s or ends:
            self._shown_s, self._ended = now_s, self._done >= 1.0
            self._write(f"{self._done:4.0%} {self._stage}; {self._times(now_s)}")

    def _times(self, now_s: float) -> str:
        elapsed = f"{duration(now_s - self._started_s)} elapsed"
        left_s = self._remaining.seconds(now_s)
        return elapsed if left_s is None else f"{elapsed}, about {duration(left_s)} left"


@contextmanager
def shown_long_progress(*, devices: int = 1, console: Console | None = None) -> Iterator[Progress]:
    """Yield a callback that shows the stage, the elapsed and the remaining time on standard error.

    Args:
        devices: with several, other processes report, so lines are written even on a terminal.
        console: standard error by default.
    """
    from rich.console import Console

    console = console or Console(stderr=True)
    if is_quiet():
        yield _ignore
    elif devices > 1:
        yield LineProgress()
    elif console.is_terminal:
        with _bar(console) as progress:
            yield progress
    else:
        with _lines() as progress:
            yield progress


def _ignore(stage: str, done: float) -> None:
    """Take a report and show nothing."""


@contextmanager
def _lines() -> Iterator[Progress]:
    lines, ended = LineProgress(), threading.Event()

    def tick() -> None:
        lines.write_if_due()
        while not ended.wait(_EVERY_S):
            lines.write_if_due()

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield lines
    finally:
        ended.set()
        ticker.join()


@contextmanager
def _bar(console: Console) -> Iterator[Progress]:
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    left = TextColumn("{task.fields[left]}")
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), left)
    remaining = RemainingTime(monotonic())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1.0, left="")

        def draw(stage: str, done: float) -> None:
            now_s = monotonic()
            remaining.report(done, now_s)
            left_s = remaining.seconds(now_s)
            bar.update(
                task, description=stage, completed=done, left="" if left_s is None else f"about {duration(left_s)} left"
            )

        yield draw
