"""What the program makes of its process: signals, standard streams and the log.

Nothing here is done on import, so that a program that uses SPOILS as a library keeps its own ways.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from types import FrameType, TracebackType
from typing import Final

from spoils.errors import SpoilsError

__all__ = ["abandon_output", "configure_log", "printable_streams", "tidy_end_on_signals"]

_ENDING: Final = tuple(number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None)
"""Signals that ask a program to end; an interrupt from the keyboard is an exception of Python already."""


@contextmanager
def tidy_end_on_signals() -> Iterator[None]:
    """End with 128 plus the number of a signal that asks to end, after everything was cleaned up on the way out."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _end) for number in _ENDING if signal.getsignal(number) == signal.SIG_DFL}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    signal.signal(number, signal.SIG_IGN)  # a second one must not disturb the cleaning up
    raise SystemExit(128 + number)


def printable_streams() -> None:
    """Let the standard streams write what their encoding lacks as escapes, instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon_output() -> None:
    """Send what standard output still holds nowhere: it would fail again, and with noise, when the program ends."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def configure_log(*, debug: bool) -> None:
    """Let only what SPOILS itself logs reach standard error: libraries quote values of the files that they read."""
    handler = logging.StreamHandler()
    handler.addFilter(logging.Filter("spoils"))
    handler.setFormatter(_WithoutValues("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING if debug else logging.ERROR, handlers=[handler])
    if debug:
        logging.getLogger("spoils").setLevel(logging.DEBUG)
    logging.captureWarnings(capture=True)


class _WithoutValues(logging.Formatter):
    """Prints tracebacks without the words of errors that are not ours, as they quote values: only their classes."""

    def formatException(  # noqa: N802 - the name that logging calls
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        error = ei[1]
        lines: list[str] = []
        while error is not None:
            own = f": {error}" if isinstance(error, SpoilsError) else ""
            place = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
            lines.append(f"Traceback (most recent call last):\n{place}{type(error).__name__}{own}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n\nThis led to:\n\n".join(reversed(lines))
