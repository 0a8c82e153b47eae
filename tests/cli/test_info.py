"""``spoils info``: versions, models, schema."""

import json

import pytest
from typer.testing import CliRunner

from spoils import __version__
from spoils.cli import app, main
from spoils.findings import RESEARCH_USE, SCHEMA_VERSION, Assessment

RECORD = {
    "name": "grader",
    "task": "grading",
    "preprocessing": {},
    "licence": "CC-BY-4.0",
    "training_data": ["phantoms"],
    "metrics": {"command": "spoils evaluate grading", "kappa": 0.5},
    "created": "2026-01-01T00:00:00Z",
    "file": "grader.onnx",
    "sha256": "ab" * 32,
    "bytes": 10,
}


@pytest.fixture
def models_dir(tmp_path, monkeypatch):
    (tmp_path / "manifest.json").write_text(json.dumps({"schema_version": 1, "models": [RECORD]}), encoding="utf-8")
    monkeypatch.setenv("SPOILS_MODELS_DIR", str(tmp_path))


def printed(*arguments):
    result = CliRunner().invoke(app, ["info", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.usefixtures("models_dir")
def test_json_lists_versions_and_models_with_hashes():
    document = json.loads(printed("--json"))
    assert document["spoils"] == __version__
    assert document["schema_version"] == SCHEMA_VERSION
    assert document["notice"] == RESEARCH_USE
    assert document["libraries"]["numpy"]
    assert [(model["name"], model["sha256"]) for model in document["models"]] == [("grader", "ab" * 32)]


@pytest.mark.usefixtures("models_dir")
def test_text_fits_on_a_screen_and_shows_each_model_with_its_hash():
    text = printed()
    assert len(text.splitlines()) < 24
    assert max(map(len, text.splitlines())) <= 120
    assert "grader" in text
    assert "ab" * 8 in text
    assert text.endswith(f"{RESEARCH_USE}\n")


def test_the_schema_is_that_of_the_assessment():
    assert json.loads(printed("--schema")) == Assessment.model_json_schema()


def test_a_missing_manifest_ends_with_5(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SPOILS_MODELS_DIR", str(tmp_path))
    with pytest.raises(SystemExit) as caught:
        main(["info"])
    assert caught.value.code == 5
    assert "manifest.json" in capsys.readouterr().err
