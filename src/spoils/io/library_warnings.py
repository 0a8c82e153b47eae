"""Warnings of reading libraries: kept off the terminal, and logged without the header values that they quote."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, RLock

__all__ = ["warnings_logged", "warnings_recorded"]

_log = logging.getLogger(__name__)


class _MutedLogger:
    """The logger of a library with all below it, silent while at least one caller wants it so."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)
        self._level = logging.NOTSET
        self._callers = 0
        self._lock = Lock()

    def mute(self) -> None:
        with self._lock:
            self._callers += 1
            if self._callers == 1:
                self._level = self._logger.level
                self._logger.setLevel(logging.CRITICAL + 1)

    def release(self) -> None:
        with self._lock:
            self._callers -= 1
            if self._callers == 0:
                self._logger.setLevel(self._level)


_pydicom_log = _MutedLogger("pydicom")


_filters = RLock()
"""Python has one list of warning filters for the whole process: only one thread at a time may exchange it."""


@contextmanager
def warnings_recorded() -> Iterator[list[warnings.WarningMessage]]:
    """Collect the Python warnings raised inside, those of other threads included; libraries log nothing meanwhile."""
    with _filters, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _pydicom_log.mute()
        try:
            yield caught
        finally:
            _pydicom_log.release()


@contextmanager
def warnings_logged() -> Iterator[None]:
    """Log the category of each Python warning raised inside. Its text is dropped, as it quotes values of the header.

    What pydicom and its decoders log by themselves is dropped too: it quotes the same values.
    """
    with warnings_recorded() as caught:
        yield
    for warning in caught:
        _log.debug("The reading library warned: %s", warning.category.__name__)
