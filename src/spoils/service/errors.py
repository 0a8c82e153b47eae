"""What the application refuses, beside the errors of the pipeline."""

from __future__ import annotations

from spoils.errors import SpoilsError
from spoils.messages import message

__all__ = ["Conflict", "Forbidden", "NotFound", "NotSignedIn", "TooLarge", "TooMany"]


class NotSignedIn(SpoilsError):
    """Nobody is signed in, or the token does not work."""

    http_status = 401

    def __init__(self) -> None:
        super().__init__(message("sign-in-needed"))


class Forbidden(SpoilsError):
    """The viewer may not do this."""

    http_status = 403

    def __init__(self) -> None:
        super().__init__(message("role-forbids"))


class NotFound(SpoilsError):
    """There is nothing of this kind that the viewer may see."""

    http_status = 404

    def __init__(self) -> None:
        super().__init__(message("nothing-here"))


class Conflict(SpoilsError):
    """The state has changed since the viewer saw it, or does not allow this."""

    http_status = 409


class TooLarge(SpoilsError):
    """A request is larger than the application accepts."""

    http_status = 413


class TooMany(SpoilsError):
    """Too many requests in a short time."""

    http_status = 429
