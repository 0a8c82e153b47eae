"""Keep the notes of a reading library off the user's terminal, and identity out of the log."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger

__all__ = ["warnings_logged"]

_log = getLogger(__name__)


@contextmanager
def warnings_logged() -> Iterator[None]:
    """Log the kind of each Python warning raised inside; its words are dropped, as they hold values of the header."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        _log.debug("The reading library warned: %s", warning.category.__name__)
