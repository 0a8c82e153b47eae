"""What the program makes of its process: signals, streams and the log do not break it."""

import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from shutil import copytree

import pytest

from spoils.models.manifest import PACKAGED_MODELS
from spoils.report import RESULT_NAMES

from .program import PROGRAM, add_command, ended_with

TRIAGE = ("triage", "--class", "L4-L5=4M", "--odi", "44", "--nrs", "7", "--language", "de")


def run(*arguments, environment=None, **options):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    given = os.environ | (environment or {})
    return subprocess.run([*PROGRAM, *arguments], text=True, check=False, env=given, **streams)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / "study"
    assert run("phantom", "--out", str(folder)).returncode == 0
    return folder


@pytest.fixture
def running(monkeypatch):
    """Add a command ``wait`` that does what is given."""

    return lambda action: add_command(monkeypatch, "wait", action)


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_a_signal_ends_tidily_with_its_code(name, code, running, capsys):
    cleaned = []

    def work():
        try:
            signal.raise_signal(getattr(signal, name))
            time.sleep(5)
        finally:
            cleaned.append(True)

    before = signal.getsignal(signal.SIGTERM)
    running(work)
    assert ended_with(["wait"]) == code
    assert cleaned
    assert signal.getsignal(signal.SIGTERM) == before
    assert "Traceback" not in capsys.readouterr().err


def test_a_second_signal_does_not_disturb_the_cleaning_up(running):
    cleaned = []

    def work():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            cleaned.append(True)

    running(work)
    assert ended_with(["wait"]) == 143
    assert cleaned


ENDED_ON_THE_WAY = """
import signal
import sys
from pathlib import Path
from spoils.cli import main
last = sys.argv.pop()
write = Path.write_bytes
def terminated(path, content):
    if path.name == last:
        signal.raise_signal(signal.SIGTERM)
    return write(path, content)
Path.write_bytes = terminated
main()
"""


@pytest.mark.parametrize("last", ["assessment.json", "overlay.dcm"])
def test_an_assessment_terminated_while_it_writes_leaves_nothing(last, study, tmp_path):
    out = tmp_path / "results" / "out"
    program = [sys.executable, "-c", ENDED_ON_THE_WAY, "assess", str(study), "--out", str(out), last]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")
    assert list(out.parent.iterdir()) == []


def test_a_terminated_assessment_leaves_all_or_nothing(study, tmp_path):
    """The signal comes from outside: mostly while it writes, on a busy machine also when the result is in place."""
    out = tmp_path / "results" / "out"
    out.parent.mkdir()
    program = subprocess.Popen(
        [*PROGRAM, "assess", str(study), "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while program.poll() is None and not any(out.parent.iterdir()):
        time.sleep(0.01)
    program.terminate()
    _, told = program.communicate(timeout=60)
    assert program.returncode in {143, 0}
    assert "Traceback" not in told
    left = [path.name for path in out.parent.iterdir()]
    assert left in ([], ["out"])
    assert left or program.returncode == 143
    assert not left or {path.name for path in out.iterdir()} == set(RESULT_NAMES)


@pytest.mark.parametrize("arguments", [TRIAGE, (*TRIAGE, "--json"), ("--help",), ("--version",), ("info", "--schema")])
def test_a_full_disk_below_standard_output_is_told_in_a_sentence(arguments):
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = run(*arguments, stdout=full)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The ")
    assert done.stderr.endswith("can't be printed: No space left on device.\n")
    assert done.stderr.count("\n") == 1


def test_a_closed_standard_output_is_told():
    program = " ".join(["exec", sys.executable, "-c", "'from spoils.cli import main; main()'", *TRIAGE, ">&-"])
    done = subprocess.run(["/bin/sh", "-c", program], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Error: The result can't be printed: standard output is closed.\n")


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["encoding", "locale"],
)
def test_ascii_output_holds_the_result(environment):
    text = run(*TRIAGE, environment=environment)
    assert (text.returncode, text.stderr) == (0, "")
    assert text.stdout.isascii()
    in_ascii = run(*TRIAGE, "--json", environment=environment)
    assert in_ascii.stdout.isascii()
    assert json.loads(in_ascii.stdout) == json.loads(run(*TRIAGE, "--json", environment={"PYTHONUTF8": "1"}).stdout)


QUOTING = """
import logging
import warnings
from spoils.cli import app, main
from spoils.errors import UnsuitableInput
@app.command("quote")
def quote():
    name = "^".join(["Muster", "Erika"])
    logging.getLogger("pydicom.pixels").error(name)
    logging.getLogger("PIL").warning(name)
    warnings.warn(name, UserWarning, stacklevel=1)
    try:
        int(name)
    except ValueError as error:
        raise UnsuitableInput("The study is on the moon.") from error
main([*OPTIONS, "quote"])
"""


@pytest.mark.parametrize("options", [["--debug"], []])
def test_values_of_files_are_not_shown(options):
    code = QUOTING.replace("OPTIONS", repr(options))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == "Error: The study is on the moon."
    assert "Muster^Erika" not in done.stderr
    assert [word in done.stderr for word in ("Traceback", "ValueError")] == [bool(options)] * 2


def models_with(folder, content, *, right_hash=True):
    """Copy the models, one file of weights being replaced, with its hash put into the manifest."""
    copytree(PACKAGED_MODELS, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    for model in manifest["models"]:
        if right_hash:
            model["sha256"], model["bytes"] = sha256(content).hexdigest(), len(content)
        (folder / model["file"]).write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def assert_stops_with_5(folder, study, words):
    done = run("assess", str(study), environment={"SPOILS_MODELS_DIR": str(folder)})
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_weights_that_are_no_network_end_with_5(study, tmp_path):
    models_with(tmp_path / "models", b"not a network")
    assert_stops_with_5(tmp_path / "models", study, "no network that can be run")


def test_another_network_ends_with_5(study, tmp_path):
    any_network = next(path for path in sorted(PACKAGED_MODELS.glob("*.onnx")) if "geometry" in path.name)
    models_with(tmp_path / "models", any_network.read_bytes())
    assert_stops_with_5(tmp_path / "models", study, "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe{", "UTF-8"),
        (b"", "not valid"),
        (b"[" * 100_000, "not valid"),
        (b'{"models": [{"name": 1e308}]}', "not valid"),
    ],
)
def test_a_manifest_that_is_none_ends_with_5(content, words, study, tmp_path):
    (tmp_path / "manifest.json").write_bytes(content)
    assert_stops_with_5(tmp_path, study, words)


def test_a_manifest_that_may_not_be_read_ends_with_5(study, tmp_path):
    (tmp_path / "manifest.json").mkdir()
    assert_stops_with_5(tmp_path, study, "can't be read")
