"""Files and folders that appear whole or not at all: everything that SPOILS writes is written here.

What is read is only looked at here, by ``is_folder``.

New files are made in a hidden staging folder beside the target, so on its file system, and moved into place when they
are complete. A staging folder is locked as long as its process lives. What a killed process has left behind is found
by that and removed when the next one writes to the same place.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from uuid import uuid4

from spoils.errors import InputMissing, InputUnreadable, UsageError
from spoils.messages import message

try:
    import fcntl
except ImportError:  # not on Windows: there nothing is locked, and nothing of other processes is removed
    fcntl = None  # type: ignore[assignment]

__all__ = ["is_folder", "locked_file", "staged_file", "staged_folder", "write_file", "write_folder"]

_PREFIX = ".spoils-"
_LOCK_NAME = "lock"


def is_folder(path: Path) -> bool:
    """Say whether a path is a folder; it is a file otherwise.

    Raises:
        InputMissing: there is nothing at the path, or it may not be accessed.
        InputUnreadable: it is a device, a pipe or a socket, from which reading might never end.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise InputMissing from error
    if not S_ISDIR(mode) and not S_ISREG(mode):
        raise InputUnreadable(message("file-not-regular"))
    return S_ISDIR(mode)


@contextmanager
def staged_file(path: Path) -> Iterator[Path]:
    """Give a path to write to, which becomes ``path`` when the block ends without an error.

    The draft has the name of ``path``, for libraries that choose the format by its suffix.

    Raises:
        UsageError: the file can't be written there.
    """
    with _usage_error_if_unwritable():
        final = path.resolve()
        if final.exists() and not final.is_file():
            raise UsageError(message("output-not-a-file", name=final.name or str(final)))
        with _staging(final.parent) as staging:
            draft = staging / final.name
            yield draft
            draft.replace(final)


def write_file(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``: the old file stays whole until the new one is complete.

    A device or a pipe is written to as it is.

    Raises:
        UsageError: the file can't be written there.
    """
    with _usage_error_if_unwritable():
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(content)
            return
    with staged_file(path) as draft:
        draft.write_bytes(content)


@contextmanager
def staged_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to fill, which becomes ``folder`` when the block ends without an error.

    Raises:
        UsageError: ``folder`` holds something already, or can't be written.
    """
    with _usage_error_if_unwritable():
        final = folder.resolve()
        if final.exists() and (not final.is_dir() or any(final.iterdir())):
            raise UsageError(message("output-folder-not-empty"))
        final.parent.mkdir(parents=True, exist_ok=True)
        with _staging(final.parent) as staging:
            draft = staging / "fresh"
            draft.mkdir()
            yield draft
            if final.exists():
                final.rmdir()
            draft.rename(final)


def write_folder(folder: Path, contents: Mapping[str, bytes], *, owned: Collection[str] = ()) -> list[str]:
    """Write all files into ``folder``, in place of what an earlier call left there: all or none.

    Of two processes that write to one folder, one wins with all its files.

    Args:
        folder: made where it is missing.
        contents: by file name. The last file to arrive is the first of ``contents``: where it is, all are.
        owned: names of files of an earlier result. Those that are not written anew are removed.

    Returns:
        The names of other files in the folder, which were left as they are.

    Raises:
        UsageError: the folder can't be written; it holds what it held before.
    """
    with _usage_error_if_unwritable():
        final = folder.resolve()
        if final == final.parent:
            raise UsageError(message("output-is-root"))
        final.parent.mkdir(parents=True, exist_ok=True)
        with _staging(final.parent) as staging:
            fresh, replaced = staging / "fresh", staging / "replaced"
            fresh.mkdir()
            replaced.mkdir()
            for name, content in contents.items():
                (fresh / name).write_bytes(content)
            with _locked(final.parent):
                if not final.exists():
                    fresh.rename(final)
                    return []
                _exchange(list(contents)[::-1], fresh, final, replaced, {*owned, *contents})
                return sorted(path.name for path in final.iterdir() if path.name not in contents)


def _exchange(names: list[str], fresh: Path, folder: Path, replaced: Path, owned: Collection[str]) -> None:
    """Move what is owned out of ``folder``, then the new files in; undo it all on any failure.

    All old files leave before a new one arrives, so a process that is killed never leaves both.
    """
    arrived: list[str] = []
    try:
        for name in owned:
            if (folder / name).exists():
                (folder / name).rename(replaced / name)
        for name in names:
            (fresh / name).rename(folder / name)
            arrived.append(name)
    except BaseException:
        for name in arrived:
            (folder / name).unlink()
        for old in replaced.iterdir():
            old.rename(folder / old.name)
        raise


@contextmanager
def _staging(parent: Path) -> Iterator[Path]:
    """Give a locked hidden folder in ``parent``, which is removed at the end."""
    _remove_abandoned(parent)
    name = uuid4().hex
    staging, unlocked = parent / f"{_PREFIX}{name}", parent / f".new{_PREFIX}{name}"
    unlocked.mkdir()
    try:
        with _locked(unlocked / _LOCK_NAME):
            unlocked.rename(staging)  # only now others look at it, and find it locked
            yield staging
    finally:
        _remove(unlocked, staging)


def _remove(*folders: Path) -> None:
    """Remove folders, also when a signal to end the program comes meanwhile: such a signal interrupts only once."""
    try:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    except BaseException:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _remove_abandoned(parent: Path) -> None:
    """Remove staging folders whose process has ended without doing so."""
    if fcntl is None or not parent.is_dir():
        return
    for lock in parent.glob(f"{_PREFIX}*/{_LOCK_NAME}"):
        with suppress(OSError), lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


@contextmanager
def locked_file(path: Path) -> Iterator[bool]:
    """Hold the lock of a file, which is made; false if another process holds it."""
    if fcntl is None:
        yield True
        return
    with path.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is made, or of a folder; wait until it is free."""
    if fcntl is None:
        yield
        return
    held = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


@contextmanager
def _usage_error_if_unwritable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(message("output-not-writable", reason=error.strerror or type(error).__name__)) from error
