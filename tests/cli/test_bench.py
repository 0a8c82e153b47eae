"""``spoils bench``: one assessment fits an ordinary PC."""

import json

import pytest
from typer.testing import CliRunner

from spoils.cli import app
from spoils.pipeline import STAGES


def measured(*arguments):
    result = CliRunner().invoke(app, ["bench", *arguments, "--json"])
    assert result.exit_code == 0
    return json.loads(result.stdout)


def check(figures):
    assert figures["import_spoils_s"] < 0.5
    assert figures["wall_s"] < 10
    assert figures["peak_memory_mb"] < 1500
    assert set(STAGES) < set(figures["stages_s"])
    assert sum(figures["stages_s"].values()) <= figures["wall_s"]


def test_a_phantom_study_takes_seconds():
    check(measured())


@pytest.mark.data
def test_the_clinical_study_takes_seconds(data_dir):
    check(measured(str(data_dir / "dicom")))
