"""Commands in a network of their own, from which nothing gets out."""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ..programs import program

INSIDE = Path(__file__).with_name("inside.py")


@dataclass(frozen=True)
class Sent:
    """What a command tried to send: names that it asked for, connections that it began, datagrams."""

    names: list[str]
    connections: int
    datagrams: int


def run_closed(command, log, **options):
    """Run a command in a closed network; skip the test where the system allows none.

    Args:
        command: the program and its arguments.
        log: a folder that the command doesn't use.
        options: those of ``subprocess.run``.

    Returns:
        What it tried to send, and the finished process.
    """
    inside = [*namespaces(), sys.executable, INSIDE, log, *command]
    done = subprocess.run(inside, capture_output=True, text=True, check=False, **options)
    report = log / "network.json"
    assert report.is_file(), done.stderr
    return Sent(**json.loads(report.read_text())), done


@cache
def namespaces():
    """Return the command that opens new namespaces: as root, or as an ordinary user where the system lets them."""
    unshare = program("unshare")
    program("ip")
    for user in ((), ("--user", "--map-root-user")):
        command = (unshare, *user, "--net", "--mount")
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    pytest.skip("this system allows no network namespaces (unshare --net --mount)")
