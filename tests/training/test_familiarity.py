"""Distance to what is known: small near it, large away from it, whatever the scale of a feature."""

import numpy as np
import onnxruntime
import pytest

from spoils.training.familiarity import Familiarity, export_familiarity, strange_pictures

SCALES = np.array([1.0, 50.0, 0.02, 5.0], dtype=np.float32)


@pytest.fixture(scope="module")
def known():
    return (np.random.default_rng(0).normal(size=(60, 4)) * SCALES + 3 * SCALES).astype(np.float32)


@pytest.fixture(scope="module")
def familiarity(known):
    return Familiarity.of(known)


def test_new_features_of_the_same_kind_are_nearer_than_strange_ones(familiarity):
    rng = np.random.default_rng(1)
    same = (rng.normal(size=(40, 4)) * SCALES + 3 * SCALES).astype(np.float32)
    for feature in range(4):
        strange = same.copy()
        strange[:, feature] += 8 * SCALES[feature]
        assert familiarity.distance(strange).min() > np.median(familiarity.distance(same)) * 2


def test_scale_and_mixing_of_the_features_do_not_matter(known, familiarity):
    new = known[:5] + 0.3 * SCALES
    mixing = np.array([[2, 1, 0, 0], [0, 1, 0, 0], [0, 0, 3, 0], [0, 0, 1, 1]], dtype=np.float32)
    other = Familiarity.of((known / SCALES) @ mixing).distance((new / SCALES) @ mixing)
    assert np.allclose(other, Familiarity.of(known / SCALES).distance(new / SCALES), rtol=0.2)


@pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")
def test_onnx_gives_the_distance_in_units_of_the_limit(familiarity, known, tmp_path):
    difference = export_familiarity(familiarity, 2.0, tmp_path / "familiarity.onnx")
    assert difference < 1e-4
    session = onnxruntime.InferenceSession(tmp_path / "familiarity.onnx", providers=["CPUExecutionProvider"])
    new = known[:7] + SCALES
    (found,) = session.run(None, {"features": new})
    assert np.allclose(found, familiarity.distance(new) / 2.0, rtol=1e-4)
    assert found.min() > 0.1


def test_strange_pictures_are_what_they_are_called():
    pixels = np.arange(6, dtype=np.float32).reshape(3, 2)
    strange = {kind: pictures[0] for kind, pictures in strange_pictures([(pixels, (1.0, 2.0))]).items()}
    assert strange["mirrored"][0][0].tolist() == [1.0, 0.0]
    assert strange["turned by 90 degrees"][0].shape == (2, 3)
    assert strange["turned by 90 degrees"][1] == (2.0, 1.0)
    assert strange["spacing half as large"][1] == (0.5, 1.0)
    assert strange["grey values inverted"][0][0, 0] == 5.0
