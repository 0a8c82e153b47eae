"""The program as a process, its exit code, and commands that exist in one test only."""

import sys

import pytest

from spoils.cli import app, main

PROGRAM = (sys.executable, "-c", "from spoils.cli import main; main()")


def ended_with(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code


def add_command(monkeypatch, name, action):
    """Add a command that calls ``action``, until the test ends."""
    monkeypatch.setattr(app, "registered_commands", [*app.registered_commands])
    app.command(name)(action)
