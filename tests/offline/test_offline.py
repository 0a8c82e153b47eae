"""Nothing leaves the computer, and nothing is left on it besides the output."""

import os
import subprocess
import sys

import pytest

from spoils.phantom import PhantomSpec, draw_phantom, write_study

from .closed_network import Sent, run_closed

ASSESS = (sys.executable, "-c", "from spoils.cli import main; main()", "assess")
USE_AS_LIBRARY = """
import time
from spoils.models import load_model
load_model("segmentation")
time.sleep(15)
"""
IMPORT_EVERYTHING = """
import pkgutil
import spoils
for module in pkgutil.walk_packages(spoils.__path__, "spoils."):
    __import__(module.name)
"""
CALLS_OUT = """
import socket
for attempt in (
    lambda: socket.getaddrinfo("events.example.org", 443),
    lambda: socket.create_connection(("192.0.2.1", 443)),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"here", ("192.0.2.1", 514)),
):
    try:
        attempt()
    except OSError:
        pass
"""
WRITABLE = ("home", "tmp", "work")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(draw_phantom(PhantomSpec()), tmp_path_factory.mktemp("study"))


@pytest.fixture
def new_user(tmp_path):
    """Return options of ``subprocess.run`` for a user whose folders are all empty."""
    for name in WRITABLE:
        (tmp_path / name).mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
    own = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    return {"env": kept | own, "cwd": tmp_path / "work"}


def left_behind(folder):
    return sorted(str(path.relative_to(folder)) for name in WRITABLE for path in (folder / name).rglob("*"))


@pytest.fixture
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log")


@pytest.mark.peers
def test_the_closed_network_sees_attempts(log, new_user):
    sent, _ = run_closed((sys.executable, "-c", CALLS_OUT), log, **new_user)
    assert "events.example.org" in sent.names
    assert sent.connections == 1
    assert sent.datagrams >= 2


@pytest.mark.peers
@pytest.mark.slow
def test_an_assessment_sends_nothing(study, log, new_user, tmp_path):
    sent, done = run_closed((*ASSESS, str(study), "--out", str(tmp_path / "out")), log, **new_user)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").is_file()
    assert sent == Sent([], 0, 0)


@pytest.mark.peers
@pytest.mark.slow
def test_the_library_sends_nothing(log, new_user):
    sent, done = run_closed((sys.executable, "-c", USE_AS_LIBRARY), log, **new_user)
    assert done.returncode == 0, done.stderr
    assert sent == Sent([], 0, 0)


@pytest.mark.peers
@pytest.mark.slow
def test_loading_every_module_sends_and_leaves_nothing(log, new_user, tmp_path):
    """Those of the training, too, with all that it needs."""
    sent, done = run_closed((sys.executable, "-c", IMPORT_EVERYTHING), log, **new_user)
    assert done.returncode == 0, done.stderr
    assert sent == Sent([], 0, 0)
    assert left_behind(tmp_path) == []


@pytest.mark.slow
def test_an_assessment_leaves_its_output_alone(study, new_user, tmp_path):
    subprocess.run((*ASSESS, str(study), "--out", str(tmp_path / "out")), check=True, **new_user)
    assert left_behind(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*WRITABLE, "out"])


@pytest.mark.slow
def test_a_home_that_is_missing_is_not_missed(study, new_user, tmp_path):
    new_user["env"]["HOME"] = "/proc/none"  # where not even root can make a folder
    command = (*ASSESS, str(study), "--out", str(tmp_path / "out"))
    done = subprocess.run(command, check=True, capture_output=True, text=True, **new_user)
    assert "temporary" not in done.stderr
    assert left_behind(tmp_path) == []
