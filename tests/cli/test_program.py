"""The frame of the program: streams, exit codes, plain sentences, quick start."""

import json
import resource
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from spoils import __version__, errors
from spoils.cli import app

from .program import PROGRAM, add_command, ended_with

HEAVY = ("matplotlib", "numpy", "onnxruntime", "pydantic", "scipy", "SimpleITK", "skimage", "torch")


def run(*arguments, **options):
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=False, **options)


@pytest.fixture
def failing(monkeypatch):
    """Add a command ``fail`` that raises what is given."""

    def _failing(error):
        def fail():
            raise error

        add_command(monkeypatch, "fail", fail)

    return _failing


def test_version_and_help_go_to_standard_output(capsys):
    assert ended_with(["--version"]) == 0
    assert capsys.readouterr().out == f"spoils {__version__}\n"
    assert ended_with(["--help"]) == 0
    assert "Not a medical device" in " ".join(capsys.readouterr().out.split())


def test_every_command_has_help():
    commands = typer.main.get_command(app).commands
    assert {"info", "triage"} <= set(commands)
    for name, command in commands.items():
        assert command.get_short_help_str(), name
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


@pytest.mark.parametrize(
    "error_class",
    [getattr(errors, name) for name in errors.__all__],
    ids=lambda error_class: error_class.__name__,
)
def test_an_error_becomes_one_sentence_and_its_exit_code(error_class, failing, capsys):
    failing(error_class("The study is on the moon."))
    assert ended_with(["fail"]) == error_class.exit_code
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "Error: The study is on the moon.\n")


def test_a_fault_becomes_one_sentence_without_its_content(failing, capsys):
    failing(KeyError("patient name"))
    assert ended_with(["fail"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "KeyError" in printed.err
    assert "patient name" not in printed.err


def test_an_interrupt_ends_with_130(failing, capsys):
    failing(KeyboardInterrupt())
    assert ended_with(["fail"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_closed_pipe_is_quiet(failing, capsys):
    failing(BrokenPipeError(32, "Broken pipe"))
    assert ended_with(["fail"]) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [["unknown"], ["--unknown"], ["triage"], ["triage", "--odi", "many"]])
def test_wrong_usage_ends_with_2(arguments, capsys):
    assert ended_with(arguments) == 2
    assert capsys.readouterr().out == ""


def test_streams_and_exit_codes_of_a_real_process():
    good = run("triage", "--class", "L4-L5=4M", "--odi", "44", "--nrs", "7", "--json")
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout)["recommendation"]["pathway"] == "surgical-consultation"
    bad = run("triage", "--class", "L4-L5=9Z")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("Error: '9Z' is not a class")
    assert bad.stderr.count("\n") == 1


def test_debug_shows_the_traceback_and_keeps_sentence_and_code():
    done = run("--debug", "triage", "--class", "L4-L5=9Z")
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Error: '9Z'")


def test_the_start_is_light_and_quick():
    code = f"import sys, spoils.cli; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""

    def processor_seconds():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert run("--version").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(processor_seconds() for _ in range(3)) < 0.5


def test_a_wrong_setting_is_named(monkeypatch, capsys):
    monkeypatch.setenv("SPOILS_THREADS", "-3")
    assert ended_with(["info"]) == 2
    assert "SPOILS_THREADS" in capsys.readouterr().err
