"""What the program prints: one JSON document or plain text on standard output, notes on standard error."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any

import typer

from spoils.errors import SpoilsError

__all__ = ["JsonOption", "is_quiet", "json_text", "note", "print_json", "print_lines", "set_quiet", "write_text"]

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]


def print_json(document: Mapping[str, Any]) -> None:
    """Print ``document`` as the one JSON document of this run, in ASCII where standard output is not in UTF-8."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    plain = codecs.lookup(encoding).name != "utf-8"
    print_lines([json.dumps(document, indent=2, allow_nan=False) if plain else json_text(document)])


def json_text(document: Mapping[str, Any]) -> str:
    """Return ``document`` as indented JSON; NaN is refused."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def print_lines(lines: Iterable[str]) -> None:
    """Print a result for people, at once: a closed pipe is then noticed while the program can still end quietly.

    Raises:
        SpoilsError: standard output is closed, or does not take the result, as on a full disk.
        BrokenPipeError: nobody reads the pipe any more.
    """
    from spoils.cli.process import abandon_output

    if sys.stdout is None:
        raise SpoilsError("The result can't be printed: standard output is closed.")
    try:
        print("\n".join(lines), flush=True)
    except BrokenPipeError:
        abandon_output()
        raise
    except OSError as error:
        abandon_output()
        raise SpoilsError(f"The result can't be printed: {error.strerror or type(error).__name__}.") from error


def write_text(path: Path, text: str) -> None:
    """Write a finished result to ``path``, whole or not at all.

    Raises:
        UsageError: the file can't be written there.
    """
    from spoils.files import write_file

    write_file(path, text.encode())


def note(sentence: str) -> None:
    """Print something that is not the result, on standard error; nothing in a quiet run."""
    if not is_quiet():
        typer.echo(sentence, err=True)


_QUIET: ContextVar[bool] = ContextVar("quiet", default=False)


def set_quiet(quiet: bool) -> None:
    """Say whether this run prints results and errors only."""
    _QUIET.set(quiet)


def is_quiet() -> bool:
    """Return whether this run prints results and errors only."""
    return _QUIET.get()
