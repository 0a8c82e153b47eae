"""What every segmentation network promises, whatever it is made of."""

import pytest
import torch
from torch import nn

from spoils.anatomy import N_CLASSES
from spoils.errors import UsageError
from spoils.training.networks import ARCHITECTURES, NetworkConfig, SegmentationNetwork, build_network
from spoils.training.segmentation.export import EXPORT_TOLERANCE, export_network

WIDTH = 8
EXPORTER_WARNINGS = ("ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")


def small(architecture: str, width: int = WIDTH) -> SegmentationNetwork:
    torch.manual_seed(0)
    return build_network(NetworkConfig(architecture, width=width, pyramid_channels=8, decoder_channels=8))


def slices(batch: int, rows: int = 64, columns: int = 48) -> torch.Tensor:
    return torch.randn(batch, 1, rows, columns, generator=torch.Generator().manual_seed(1))


@pytest.fixture(params=ARCHITECTURES, scope="module")
def architecture(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def fitted(architecture) -> SegmentationNetwork:
    """A network whose batch norms know the spread of their inputs, as after a fit; ready for evaluation."""
    network = small(architecture).train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network(3 * slices(4) + 1)
    return network.eval()


@pytest.mark.parametrize("shape", [(16, 16), (32, 80), (112, 48)])
def test_scores_lie_on_the_grid_of_the_slices(fitted, shape):
    with torch.inference_mode():
        scores = fitted(slices(1, *shape))
    assert scores.shape == (1, N_CLASSES, *shape)
    assert scores.isfinite().all()


@pytest.mark.parametrize(("shape", "fitting"), [((350, 192), "352x192"), ((32, 17), "32x32"), ((1, 1), "16x16")])
def test_a_slice_that_does_not_fit_is_told_the_size_that_would(fitted, shape, fitting):
    with pytest.raises(UsageError, match=f"pad it to {fitting}"):
        fitted(slices(1, *shape))


def test_features_describe_each_slice_whatever_its_size(fitted):
    with torch.inference_mode():
        _, small_features = fitted.scores_and_features(slices(3))
        _, large_features = fitted.scores_and_features(slices(2, 96, 80))
    assert small_features.ndim == 2
    assert (len(small_features), len(large_features)) == (3, 2)
    assert small_features.shape[1] == large_features.shape[1]
    assert small_features.isfinite().all()
    assert not torch.allclose(small_features[0], small_features[1])


def test_every_parameter_learns_from_a_batch_of_two(architecture):
    network = small(architecture).train()
    scores = network(slices(2))
    (scores * torch.randn(scores.shape, generator=torch.Generator().manual_seed(2))).mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        # A bias just before a batch norm has gradient zero by construction; weights must move.
        assert parameter.ndim == 1 or parameter.grad.any(), name


def test_evaluation_repeats_and_takes_every_slice_for_itself(fitted):
    batch = slices(3)
    with torch.inference_mode():
        together, again = fitted.scores_and_features(batch), fitted.scores_and_features(batch)
        alone = fitted.scores_and_features(batch[1:2])
    for one, same, single in zip(together, again, alone, strict=True):
        assert torch.equal(one, same)
        assert torch.allclose(one[1:2], single, atol=1e-4)


def test_channels_last_changes_nothing_and_half_precision_no_shape(architecture, fitted):
    other = small(architecture).eval()
    other.load_state_dict(fitted.state_dict())
    other.to(memory_format=torch.channels_last)
    with torch.inference_mode():
        scores, features = fitted.scores_and_features(slices(2))
        batch = slices(2).to(memory_format=torch.channels_last)
        same_scores, same_features = other.scores_and_features(batch)
        with torch.autocast("cpu", torch.bfloat16):
            rough_scores, rough_features = other.scores_and_features(batch)
    assert torch.allclose(same_scores, scores, atol=1e-4)
    assert torch.allclose(same_features, features, atol=1e-4)
    assert (rough_scores.shape, rough_features.shape) == (scores.shape, features.shape)
    assert rough_scores.isfinite().all()


def test_weights_survive_a_file(fitted, architecture, tmp_path):
    torch.save(fitted.state_dict(), tmp_path / "weights.pt")
    torch.manual_seed(5)
    other = build_network(NetworkConfig(architecture, width=WIDTH, pyramid_channels=8, decoder_channels=8)).eval()
    with torch.inference_mode():
        expected = fitted(slices(1))
        assert not torch.allclose(other(slices(1)), expected, atol=1e-3)
        other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
        assert torch.equal(other(slices(1)), expected)


def test_a_wider_network_has_more_parameters(architecture):
    counts = [sum(p.numel() for p in small(architecture, width).parameters()) for width in (4, 8, 16)]
    assert counts[0] < counts[1] < counts[2]
    assert counts[2] > 2 * counts[1] - counts[0]


@pytest.mark.slow
@pytest.mark.filterwarnings(*EXPORTER_WARNINGS)
def test_onnx_gives_the_same_numbers(fitted, tmp_path):
    assert export_network(fitted, tmp_path / "network.onnx") < EXPORT_TOLERANCE
    assert (tmp_path / "network.onnx").stat().st_size > 0
