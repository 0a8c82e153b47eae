"""Patients and policies for the tests of the decision."""

import json
from pathlib import Path

import pytest

from spoils.decision import load_policy

PACKAGED = Path(__file__).parents[2] / "src" / "spoils" / "decision" / "policy.json"


@pytest.fixture
def content():
    """The packaged policy as plain JSON, to be changed."""
    return json.loads(PACKAGED.read_text(encoding="utf-8"))


@pytest.fixture
def reload(tmp_path):
    """Write a policy to a file and read it."""

    def _reload(content):
        path = tmp_path / "site.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return load_policy(path)

    return _reload
