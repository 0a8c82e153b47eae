"""Progress on a terminal: library code reports stages through a callback, this module draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from spoils.cli.output import is_quiet

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Progress", "part_of", "shown_progress"]

Progress = Callable[[str, float], None]
"""Called with the name of the stage that begins or goes on, and the share of the whole work that is done (0 to 1)."""


@contextmanager
def shown_progress(console: Console | None = None) -> Iterator[Progress]:
    """Yield a callback that draws a bar with the stage's name on a terminal, and does nothing elsewhere.

    ``console`` is standard error unless given. The bar vanishes at the end, also after an error.
    """
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = console or Console(stderr=True)
    if not console.is_terminal or is_quiet():
        yield _ignore
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def draw(stage: str, done: float) -> None:
            bar.update(task, description=stage, completed=done)

        yield draw


def part_of(progress: Progress, begin: float, end: float) -> Progress:
    """Return a callback whose share runs from ``begin`` to ``end`` of the whole."""
    return lambda stage, done: progress(stage, begin + (end - begin) * done)


def _ignore(stage: str, done: float) -> None:
    """Take a report and show nothing."""
