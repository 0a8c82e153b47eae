"""Programs of the system that results are checked against."""

import os
import shutil

import pytest


def program(name):
    """Return the path of a program; only where tests don't run in CI may it be missing."""
    found = shutil.which(name, path=f"/usr/bin:/usr/sbin:{os.environ['PATH']}")
    if found is None:
        assert "CI" not in os.environ, f"{name} is missing; run scripts/install_system_packages.sh"
        pytest.skip(f"{name} is not installed")
    return found
