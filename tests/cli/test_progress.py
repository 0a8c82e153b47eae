"""The progress bar: drawn on a terminal, silent elsewhere, gone after an error."""

import io

import pytest
from rich.console import Console

from spoils.cli.progress import shown_progress


def console(*, terminal):
    return Console(file=io.StringIO(), force_terminal=terminal, width=80)


def test_a_terminal_sees_stage_and_share():
    screen = console(terminal=True)
    with shown_progress(screen) as progress:
        progress("segmenting", 0.4)
    assert "segmenting" in screen.file.getvalue()
    assert "40%" in screen.file.getvalue()


def test_a_pipe_sees_nothing():
    pipe = console(terminal=False)
    with shown_progress(pipe) as progress:
        progress("segmenting", 0.4)
    assert pipe.file.getvalue() == ""


def test_standard_error_is_the_default(capsys):
    with shown_progress() as progress:
        progress("segmenting", 0.4)
    assert capsys.readouterr().out == ""


def test_an_error_passes_through_and_the_cursor_comes_back():
    screen = console(terminal=True)

    def broken_work():
        with shown_progress(screen) as progress:
            progress("reading", 0.1)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        broken_work()
    assert "\x1b[?25h" in screen.file.getvalue()
