"""A network in eight bits: the same inputs and outputs, nearly the same numbers, a smaller file."""

import numpy as np
import onnx
import pytest
import torch

from spoils.models.runtime import InferenceSession
from spoils.training.networks import NetworkConfig, build_network
from spoils.training.segmentation.export import export_network
from spoils.training.segmentation.int8 import quantised

EXPORTER_WARNINGS = ("ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")


def answer(path, image):
    session = InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["probabilities", "features"], {"image": image})


@pytest.mark.filterwarnings(*EXPORTER_WARNINGS)
def test_int8_say_nearly_what_the_network_says(tmp_path):
    torch.manual_seed(0)
    exact, small = tmp_path / "exact.onnx", tmp_path / "small.onnx"
    export_network(build_network(NetworkConfig(width=8, pyramid_channels=16, decoder_channels=16)), exact)
    rng = np.random.default_rng(0)
    slices = [rng.normal(size=shape).astype(np.float32) for shape in ((64, 48), (48, 80), (96, 64))]
    quantised(exact, slices, small)

    image = rng.normal(size=(2, 1, 80, 64)).astype(np.float32)
    (expected, features), (found, small_features) = answer(exact, image), answer(small, image)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    assert 0 < np.abs(found - expected).max() < 0.05
    assert np.abs(small_features - features).max() < 0.1 * features.max()
    assert small.stat().st_size < exact.stat().st_size / 2
    kinds = [node.op_type for node in onnx.load(small).graph.node]
    assert kinds.count("QuantizeLinear") > 10
    assert str(tmp_path).encode() not in small.read_bytes()
