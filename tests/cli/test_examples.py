"""The help of every command: reachable by -h, with examples that the program would take."""

import shlex

import pytest
import typer
from typer.testing import CliRunner

from spoils.cli import app
from spoils.cli.examples import EXAMPLES


def commands(command, path=""):
    for name, child in command.commands.items():
        full = f"{path} {name}".strip()
        if hasattr(child, "commands"):
            yield from commands(child, full)
        else:
            yield full, child


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_every_command_has_examples():
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_the_examples(name):
    shown = CliRunner().invoke(app, [*name.split(), "-h"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert all(example in shown.stdout for example in EXAMPLES[name])


@pytest.mark.parametrize(("name", "example"), [(name, one) for name, many in EXAMPLES.items() for one in many])
def test_an_example_is_a_command_line_that_is_understood(name, example):
    """Only files and folders may be missing: they are placeholders."""
    words = shlex.split(example.split(" > ")[0])
    assert words[: 1 + len(name.split())] == ["spoils", *name.split()]
    command = COMMANDS[name]
    for parameter in command.params:
        parameter.callback = None
    context = command.make_context(name, words[1 + len(name.split()) :])
    assert context.info_name == name
