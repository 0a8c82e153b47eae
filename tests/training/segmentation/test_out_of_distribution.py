"""Distance to what is known: small near it, large away from it, whatever the scale of a feature."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from spoils.config import Settings
from spoils.errors import UnsuitableInput
from spoils.models import ModelDescription, register_model
from spoils.models.runtime import InferenceSession
from spoils.training.data.splits import folds_digest, unannotated_folds
from spoils.training.segmentation import out_of_distribution as module
from spoils.training.segmentation.evaluation import installed
from spoils.training.segmentation.evaluation.installed import network_and_detector
from spoils.training.segmentation.out_of_distribution import (
    Detector,
    corrupted_pictures,
    detector_of_fold,
    export_detector,
    release_detector,
)

SCALES = np.array([1.0, 50.0, 0.02, 5.0], dtype=np.float32)


@pytest.fixture(scope="module")
def known():
    return (np.random.default_rng(0).normal(size=(60, 4)) * SCALES + 3 * SCALES).astype(np.float32)


@pytest.fixture(scope="module")
def detector(known):
    return Detector.of(known)


def test_new_features_of_the_same_kind_are_nearer_than_strange_ones(detector):
    rng = np.random.default_rng(1)
    same = (rng.normal(size=(40, 4)) * SCALES + 3 * SCALES).astype(np.float32)
    for feature in range(4):
        strange = same.copy()
        strange[:, feature] += 8 * SCALES[feature]
        assert detector.distance(strange).min() > np.median(detector.distance(same)) * 2


def test_scale_and_mixing_of_the_features_do_not_matter(known, detector):
    new = known[:5] + 0.3 * SCALES
    mixing = np.array([[2, 1, 0, 0], [0, 1, 0, 0], [0, 0, 3, 0], [0, 0, 1, 1]], dtype=np.float32)
    other = Detector.of((known / SCALES) @ mixing).distance((new / SCALES) @ mixing)
    assert np.allclose(other, Detector.of(known / SCALES).distance(new / SCALES), rtol=0.2)


@pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")
def test_onnx_gives_the_distance_in_units_of_the_limit(detector, known, tmp_path):
    difference = export_detector(detector, 2.0, tmp_path / "out-of-distribution.onnx")
    assert difference < 1e-4
    session = InferenceSession(tmp_path / "out-of-distribution.onnx", providers=["CPUExecutionProvider"])
    new = known[:7] + SCALES
    (found,) = session.run(None, {"features": new})
    assert np.allclose(found, detector.distance(new) / 2.0, rtol=1e-4)
    assert found.min() > 0.1


def test_strange_pictures_are_what_they_are_called():
    pixels = np.arange(6, dtype=np.float32).reshape(3, 2)
    strange = {kind: pictures[0] for kind, pictures in corrupted_pictures([(pixels, (1.0, 2.0))]).items()}
    assert strange["mirrored"][0][0].tolist() == [1.0, 0.0]
    assert strange["turned by 90 degrees"][0].shape == (2, 3)
    assert strange["turned by 90 degrees"][1] == (2.0, 1.0)
    assert strange["spacing half as large"][1] == (0.5, 1.0)
    assert strange["grey values inverted"][0][0, 0] == 5.0


def test_who_is_in_the_folds_of_the_network_is_not_taken_for_unannotated(tiny_data, tmp_path):
    patient, other = [one for one, fold in unannotated_folds().items() if fold == 0][:2]
    own = {patient: 3}
    for folder in ("spider/images", "annotated"):
        (tmp_path / folder).mkdir(parents=True)
    for one in (patient, other):
        shutil.copy(tiny_data / "annotated" / "p1.png", tmp_path / "spider" / "images" / f"{one}.png")
    (tmp_path / "spider" / "acquisitions.csv").write_text(f"patient,spacing_mm\n{patient},1.2\n{other},1.2\n")
    (tmp_path / "annotated" / "folds.json").write_text(json.dumps(own))
    shipped, fitted = SimpleNamespace(extra={}), SimpleNamespace(extra={"folds": folds_digest(own)})
    assert len(module._unannotated(tmp_path, shipped, (0,))) == 2
    assert len(module._unannotated(tmp_path, fitted, (0,))) == 1
    assert module._unannotated(tmp_path, shipped, (1, 2)) == []


@pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")
def test_without_a_slice_set_aside_that_is_accepted_there_is_no_limit(detector, tmp_path, monkeypatch):
    models = tmp_path / "models"
    models.mkdir()
    (tmp_path / "spider").mkdir()
    registered("segmentation", detector, models)
    monkeypatch.setattr(module, "_unannotated", lambda data, record, folds: [])
    assert detector_of_fold(tmp_path, models).detector is None
    with pytest.raises(UnsuitableInput, match="refuses every slice that was set aside"):
        release_detector(tmp_path, models)


def registered(name, detector, folder, **extra):
    """Register a small model in ``folder`` under a name, and return its record."""
    export_detector(detector, 1.0, folder / "any.onnx")
    description = ModelDescription(
        name=name,
        task="none",
        preprocessing={},
        licence="Apache-2.0",
        training_data=("none",),
        metrics={"command": "none"},
        created="2025-01-01T00:00:00Z",
        extra=extra,
    )
    return register_model(folder / "any.onnx", description, folder)


@pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")
def test_a_fold_judges_by_what_its_own_fit_learned_from(detector, tiny_data, tmp_path, monkeypatch):
    data, models = tmp_path / "data", tmp_path / "models"
    models.mkdir()
    data.mkdir()
    (data / "annotated").symlink_to(tiny_data / "annotated")
    network = registered("segmentation", detector, models, plan={"held_out": [1]})
    assert detector_of_fold(data, models).detector is None, "without SPIDER there is no limit"

    (data / "spider").mkdir()
    rng, shown = np.random.default_rng(0), []
    monkeypatch.setattr(installed, "segmentation_folds", lambda: {"p0": 0, "p1": 1, "p2": 2})
    monkeypatch.setattr(module, "_unannotated", lambda data, record, folds: [])
    monkeypatch.setattr(module, "_phantoms", lambda seed: iter([("phantom", (1.0, 1.0))] * 20))
    monkeypatch.setattr(module, "_accepted", lambda files, model, progress: iter([("set aside", (1.0, 1.0))] * 3))

    def features(pictures, model):
        shown.append([pixels for pixels, _ in pictures])
        return rng.normal(size=(len(shown[-1]), 4)).astype(np.float32)

    monkeypatch.setattr(module, "_features", features)
    judged = detector_of_fold(data, models)
    known, aside = shown
    assert [type(pixels) for pixels in known].count(np.ndarray) == 2, "the patient left out is not known"
    assert aside == ["set aside"] * 3
    assert judged.detector.record.extra == {"segmentation": network.sha256}
    assert detector_of_fold(data, models).detector.record == judged.detector.record
    assert len(shown) == 2, "what was learned is kept"


@pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")
def test_a_detector_of_another_network_is_left_aside(detector, tmp_path):
    network = registered("segmentation", detector, tmp_path)
    settings = Settings(models_dir=tmp_path)
    registered("out-of-distribution", detector, tmp_path, segmentation="0" * 64)
    assert network_and_detector(settings).detector is None
    registered("out-of-distribution", detector, tmp_path, segmentation=network.sha256)
    assert network_and_detector(settings).detector is not None
