"""Fixtures shared by all tests, and what happens where the real images are not at hand."""

import os
from pathlib import Path

import pytest

import spoils  # noqa: F401  # before any test imports a package that loads ONNX Runtime, whose telemetry this stops

DATA = Path(os.environ.get("SPOILS_DATA", Path(__file__).parents[2] / "shared" / "data"))
WITHOUT_DATA = not DATA.is_dir() and "CI" not in os.environ and "SPOILS_DATA" not in os.environ
"""A plain clone may do without the real images; where they were promised, their absence fails the tests."""


def pytest_report_header() -> str:
    return f"real images: {'none at hand, tests marked data are left out' if WITHOUT_DATA else DATA}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if WITHOUT_DATA:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("data")])
        items[:] = [item for item in items if not item.get_closest_marker("data")]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real images, from SPOILS_DATA or beside the checkout."""
    assert DATA.is_dir(), f"the real images are not at {DATA}; set SPOILS_DATA, or deselect with -m 'not data'"
    return DATA
