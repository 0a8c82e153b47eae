"""Writing results so that a reader never meets a half-written file or a half-filled folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from spoils.errors import UsageError

__all__ = ["Writer", "write_file", "write_results"]

Writer = Callable[[Path], None]
"""Writes one file at the path it is given."""


def write_file(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` in one step: the old file stays whole until the new one is complete.

    Raises:
        UsageError: the file can't be written.
    """
    fresh = _hidden_sibling(path)
    with _usage_error_if_unwritable():
        try:
            fresh.write_bytes(content)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def write_results(writers: Mapping[str, Writer], folder: Path) -> None:
    """Let every writer make its file, then put all of them into ``folder``: all or none.

    The keys of ``writers`` are file names. The files are made in a hidden folder beside ``folder``, so a writer that
    raises leaves no trace. Unrelated files in ``folder`` stay; files of the same name are replaced, and brought back
    when a later one can't be.

    Raises:
        UsageError: the folder can't be written.
    """
    staging = _hidden_sibling(folder)
    with _usage_error_if_unwritable():
        staging.mkdir(parents=True)
        try:
            fresh, replaced = staging / "fresh", staging / "replaced"
            fresh.mkdir()
            replaced.mkdir()
            for name, write in writers.items():
                write(fresh / name)
            if folder.exists():
                _exchange(list(writers), fresh, folder, replaced)
            else:
                fresh.rename(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _exchange(names: list[str], fresh: Path, folder: Path, replaced: Path) -> None:
    """Move the files into ``folder`` and what they replace into ``replaced``; undo it all on any failure."""
    arrived: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                (folder / name).rename(replaced / name)
            (fresh / name).rename(folder / name)
            arrived.append(name)
    except BaseException:
        for name in arrived:
            (folder / name).unlink()
        for old in replaced.iterdir():
            old.rename(folder / old.name)
        raise


def _hidden_sibling(path: Path) -> Path:
    """Return a free name beside ``path``: on the same file system, so that a move is a rename."""
    resolved = path.resolve()
    return resolved.with_name(f".{resolved.name}-{uuid4().hex}")


@contextmanager
def _usage_error_if_unwritable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"The results can't be written: {error.strerror or error}.") from error
