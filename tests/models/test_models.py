import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from pydantic import ValidationError

from spoils.config import Settings
from spoils.errors import ModelMismatch, ModelMissing
from spoils.models import ModelDescription, installed_models, load_model, register_model
from spoils.models.manifest import PACKAGED_MODELS

PROJECT = Path(__file__).parents[2]


def describe(name="doubler", **changes):
    fields = {
        "name": name,
        "task": "arithmetic",
        "preprocessing": {"spacing_mm": 0.7},
        "licence": "Apache-2.0",
        "training_data": ["none"],
        "metrics": {"command": "by hand", "error": 0.0},
        "created": datetime(2026, 1, 2, tzinfo=UTC),
    }
    return ModelDescription.model_validate(fields | changes)


@pytest.fixture
def doubler(tmp_path):
    """An ONNX file that adds its input to itself."""
    shape = ["n"]
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["twice"])],
        "doubler",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("twice", TensorProto.FLOAT, shape)],
    )
    path = tmp_path / "made.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


@pytest.fixture
def installed(doubler, tmp_path):
    folder = tmp_path / "models"
    register_model(doubler, describe(), folder)
    return Settings(models_dir=folder, threads=1)


def test_a_registered_model_runs(installed):
    model = load_model("doubler", installed)
    assert model.record.metrics["command"] == "by hand"
    np.testing.assert_array_equal(model.run(x=np.float32([1, 2]))["twice"], [2, 4])


def test_a_session_is_opened_once_per_number_of_threads(installed):
    first = load_model("doubler", installed)
    assert load_model("doubler", installed).session is first.session
    more_threads = installed.model_copy(update={"threads": 2})
    assert load_model("doubler", more_threads).session is not first.session


def test_changed_weights_are_refused(installed):
    weights = installed.models_dir / "doubler.onnx"
    weights.write_bytes(weights.read_bytes() + b"\0")
    with pytest.raises(ModelMismatch, match=r"not the ones that the model manifest names\.$"):
        load_model("doubler", installed)


def test_missing_weights_are_refused(installed):
    (installed.models_dir / "doubler.onnx").unlink()
    with pytest.raises(ModelMissing, match="weights of model 'doubler' are not installed"):
        load_model("doubler", installed)


def test_an_unknown_model_is_refused_with_the_known_ones(installed):
    with pytest.raises(ModelMissing, match="'halver' is not installed; installed are: doubler"):
        load_model("halver", installed)


def test_a_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(ModelMissing, match=r"holds no manifest\.json"):
        installed_models(Settings(models_dir=tmp_path))


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"models": [{"name": "doubler"}]}', '{"schema_version": 2}', '{"models": [], "more": 1}'],
)
def test_an_invalid_manifest_is_refused(text, tmp_path):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ModelMismatch, match="manifest is not valid at"):
        installed_models(Settings(models_dir=tmp_path))


def test_a_manifest_with_one_name_twice_is_refused(installed):
    manifest = installed.models_dir / "manifest.json"
    (record,) = installed_models(installed)
    manifest.write_text(f'{{"models": [{record.model_dump_json()}, {record.model_dump_json()}]}}')
    with pytest.raises(ModelMismatch, match="same name"):
        installed_models(installed)


def test_registering_is_deterministic_and_replaces_by_name(doubler, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    register_model(doubler, describe("a"), one)
    register_model(doubler, describe("b"), one)
    register_model(doubler, describe("b", licence="first try"), two)
    register_model(doubler, describe("b"), two)
    register_model(doubler, describe("a"), two)
    text = (one / "manifest.json").read_text()
    assert (two / "manifest.json").read_text() == text
    assert text.endswith("}\n")
    assert [record.name for record in installed_models(Settings(models_dir=two))] == ["a", "b"]
    assert sorted(path.name for path in one.iterdir()) == ["a.onnx", "b.onnx", "manifest.json"]


def test_registering_absent_weights_changes_nothing(tmp_path):
    with pytest.raises(ModelMissing):
        register_model(tmp_path / "absent.onnx", describe(), tmp_path / "models")
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../escape"},
        {"name": "Two Words"},
        {"training_data": []},
        {"licence": ""},
        {"metrics": {"dice": 0.9}},
        {"unknown": 1},
    ],
)
def test_a_wrong_description_is_refused(wrong):
    with pytest.raises(ValidationError):
        describe(**wrong)


def test_the_packaged_models_load_and_have_a_card():
    cards = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "docs" / "models").glob("*.md"))
    for record in installed_models():
        assert load_model(record.name).session.get_inputs()
        assert f"| `{record.name}` |" in cards or f"| name | `{record.name}` |" in cards


def test_the_packaged_manifest_is_written_as_register_writes_it_and_names_every_weight():
    text = (PACKAGED_MODELS / "manifest.json").read_text()
    assert json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n" == text
    assert {path.name for path in PACKAGED_MODELS.glob("*.onnx")} == {record.file for record in installed_models()}


def test_importing_the_room_does_not_import_onnxruntime():
    command = "import sys, spoils.models; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0


def test_packaged_weights_tell_nothing_of_the_machine_that_exported_them():
    for record in installed_models():
        content = (PACKAGED_MODELS / record.file).read_bytes()
        assert b'.py", line' not in content
        assert b'File "/' not in content
