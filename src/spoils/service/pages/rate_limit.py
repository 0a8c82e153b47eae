"""A limit on how often something may happen in a window of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from time import monotonic

__all__ = ["RateLimit"]

_MOST_KEYS = 10_000


class RateLimit:
    """Counts events by key in this process, such as failed attempts to sign in.

    >>> limit = RateLimit(events=2, seconds=60)
    >>> limit.note("a"), limit.note("a")
    (None, None)
    >>> limit.allows("a"), limit.allows("b")
    (False, True)
    """

    def __init__(self, *, events: int, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._events = events
        self._seconds = seconds
        self._clock = clock
        self._times: dict[str, deque[float]] = {}
        self._lock = Lock()

    def allows(self, key: str) -> bool:
        """Say whether another event may happen now."""
        with self._lock:
            times = self._times.get(key)
            if times is None:
                return True
            self._forget(key, times)
            return len(times) < self._events

    def note(self, key: str) -> None:
        """Count an event."""
        with self._lock:
            if key not in self._times and len(self._times) >= _MOST_KEYS:
                self._times.pop(next(iter(self._times)))  # the oldest key: memory stays bounded
            self._times.setdefault(key, deque(maxlen=self._events)).append(self._clock())

    def _forget(self, key: str, times: deque[float]) -> None:
        while times and times[0] <= self._clock() - self._seconds:
            times.popleft()
        if not times:
            del self._times[key]
