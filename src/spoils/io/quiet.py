"""Keep the notes of a reading library off the user's terminal, but in the log."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger

__all__ = ["warnings_logged"]

_log = getLogger(__name__)


@contextmanager
def warnings_logged() -> Iterator[None]:
    """Turn Python warnings raised inside into debug log entries; they name odd header values, often with identity."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        _log.debug("%s: %s", warning.category.__name__, warning.message)
