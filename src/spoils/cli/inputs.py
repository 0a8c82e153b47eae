"""Files and folders that a command reads are looked for while the command line is parsed.

A wrong path is thus answered at once, before anything large is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spoils.errors import InputMissing

__all__ = ["existing"]

Given = Path | Sequence[Path] | None


def existing(given: Given) -> Given:
    """Return the path, or paths, of an option or argument as they are; for use as its ``callback``.

    Raises:
        InputMissing: there is no such file or folder, or it may not be looked at.
    """
    paths: Sequence[Path] = [given] if isinstance(given, Path) else given or []
    for path in paths:
        try:
            path.stat()
        except (OSError, ValueError) as error:
            raise InputMissing from error
    return given
