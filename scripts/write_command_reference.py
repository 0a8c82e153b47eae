"""Write docs/commands.md from the program's own help, so that the two can't drift apart."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import typer.main
from typer.core import TyperCommand, TyperGroup

from spoils.cli import app

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"

HEAD = """\
# Commands

Written from the program's own help by `scripts/write_command_reference.py`."""


def reference() -> str:
    """Return the page: every command with its help, usage, arguments and options."""
    command = typer.main.get_command(app)
    return "\n\n".join([HEAD, *_sections(command, typer.Context(command, info_name="spoils"))]) + "\n"


def _sections(command: TyperCommand | TyperGroup, context: typer.Context) -> Iterator[str]:
    yield f"## `{context.command_path}`"
    yield inspect.cleandoc(command.help)
    yield f"    {' '.join([context.command_path, *command.collect_usage_pieces(context)])}"
    yield _table(filter(None, (parameter.get_help_record(context) for parameter in command.get_params(context))))
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from _sections(child, typer.Context(child, info_name=name, parent=context))


def _table(records: Iterator[tuple[str, str]]) -> str:
    rows = [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in records]
    return "\n".join(["| option | does |", "|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
