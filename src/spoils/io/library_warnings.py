"""Warnings of reading libraries: kept off the terminal, and logged without the header values that they quote."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from logging import Filter, LogRecord, getLogger

__all__ = ["warnings_logged"]

_log = getLogger(__name__)
_pydicom_log = getLogger("pydicom")


class _Mute(Filter):
    def filter(self, record: LogRecord) -> bool:
        return False


@contextmanager
def warnings_logged() -> Iterator[None]:
    """Log the category of each Python warning raised inside. Its text is dropped, as it quotes values of the header.

    What pydicom writes to its own log is dropped too: it has the same text.
    """
    mute = _Mute()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _pydicom_log.addFilter(mute)
        try:
            yield
        finally:
            _pydicom_log.removeFilter(mute)
    for warning in caught:
        _log.debug("The reading library warned: %s", warning.category.__name__)
