"""A folder that appears whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from spoils.errors import UsageError

__all__ = ["atomic_folder"]


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder beside ``folder`` to write to; it takes the final name only when nothing went wrong.

    Raises:
        UsageError: ``folder`` holds something already, or can't be written.
    """
    final = folder.resolve()
    draft = final.with_name(f".{uuid4().hex}")
    try:
        if final.exists() and (not final.is_dir() or any(final.iterdir())):
            raise UsageError("The output folder must be new or empty.")
        draft.mkdir(parents=True)
        yield draft
        if final.exists():
            final.rmdir()
        draft.rename(final)
    except OSError as error:
        raise UsageError("The output can't be written: its folder is missing, full or not open to you.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
