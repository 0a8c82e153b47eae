"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real images, from SPOILS_DATA or beside the checkout; its absence fails the test."""
    folder = Path(os.environ.get("SPOILS_DATA", Path(__file__).parents[2] / "shared" / "data"))
    assert folder.is_dir(), f"the real images are not at {folder}; set SPOILS_DATA, or deselect with -m 'not data'"
    return folder
