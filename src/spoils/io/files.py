"""Files that appear whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from spoils.errors import UsageError

__all__ = ["atomic_write"]


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a hidden path beside ``path`` to write to; it takes the final name only when nothing went wrong.

    Raises:
        UsageError: the file can't be written there.
    """
    draft = path.with_name(f".{uuid4().hex}-{path.name}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        raise UsageError("The output can't be written: its folder is missing, full or not open to you.") from error
    finally:
        draft.unlink(missing_ok=True)
