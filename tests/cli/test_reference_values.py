import json

import pytest
from typer.testing import CliRunner

from spoils.anatomy import DISCS
from spoils.cli.reference_values import app
from spoils.followup import MeasuredErrors
from spoils.reference_values import ReferenceValues, load_reference_values
from spoils.training import reference_values as training_values
from spoils.training.reference_values.pairs import Pair

RUNNER = CliRunner()


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def built(monkeypatch):
    """What the builder was called with; it answers with the packaged table."""
    calls = []

    def build(data, table, settings, progress):
        calls.append((data.name, table.name))
        return load_reference_values()

    monkeypatch.setattr(training_values, "build_reference", build)
    return calls


def test_a_table_is_built_printed_and_written(built, data, tmp_path):
    done = RUNNER.invoke(app, ["build", "--data", str(data), "--out", str(tmp_path / "normal.json")])
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{load_reference_values().patients['both']} patients with back pain")
    assert all(level in done.stdout for level in DISCS)
    assert ReferenceValues.model_validate_json((tmp_path / "normal.json").read_bytes()) == load_reference_values()
    assert built == [("data", "discs.parquet")]


def test_a_table_of_discs_can_be_given(built, data, tmp_path):
    arguments = ["build", "--data", str(data), "--out", str(tmp_path / "n.json"), "--table", "mine.parquet", "--json"]
    assert json.loads(RUNNER.invoke(app, arguments).stdout)["people"] == "patients with back pain"
    assert built == [("data", "mine.parquet")]


def test_errors_are_measured_printed_and_written(monkeypatch, data, tmp_path):
    pairs = [
        Pair("contours", "vb1", str(number), DISCS[3], "height_index", 0.4, 0.4 + 0.01 * (number % 3))
        for number in range(30)
    ]
    monkeypatch.setattr(training_values, "measured_pairs", lambda data, fits, progress: pairs)
    out = tmp_path / "errors.json"
    arguments = ["errors", "--data", str(data), "--fits", str(data), "--out", str(out)]
    done = RUNNER.invoke(app, arguments)
    assert "height_index" in done.stdout
    assert set(MeasuredErrors.model_validate_json(out.read_bytes()).measurements) == {"height_index"}
    assert json.loads(RUNNER.invoke(app, [*arguments, "--json"]).stdout) == json.loads(out.read_text())
