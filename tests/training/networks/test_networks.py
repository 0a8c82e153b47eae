"""Encoders by themselves, and the start from torchvision's ImageNet weights."""

import pytest
import torch
from torch import nn

from spoils.errors import InputUnreadable, UsageError
from spoils.training.networks import MobileNetV2Encoder, NetworkConfig, build_network, load_imagenet
from spoils.training.networks.encoders import ResNetEncoder

NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def norm(name, channels):
    return {f"{name}.{part}": () if part == NORM[-1] else (channels,) for part in NORM}


def resnet_shapes(blocks, *, bottleneck):
    """Return names and shapes of torchvision's ``resnet18`` or ``resnet50``, in no way taken from our networks."""
    shapes = {"conv1.weight": (64, 3, 7, 7), **norm("bn1", 64), "fc.weight": (1000, 9), "fc.bias": (1000,)}
    inputs = 64
    for stage, count in enumerate(blocks, start=1):
        inner = 64 * 2 ** (stage - 1)
        outputs = 4 * inner if bottleneck else inner
        for block in range(count):
            name = f"layer{stage}.{block}"
            kernels = (1, 3, 1) if bottleneck else (3, 3)
            channels = (inputs, *[inner] * (len(kernels) - 1), outputs)
            for index, kernel in enumerate(kernels):
                shapes[f"{name}.conv{index + 1}.weight"] = (channels[index + 1], channels[index], kernel, kernel)
                shapes |= norm(f"{name}.bn{index + 1}", channels[index + 1])
            if block == 0 and inputs != outputs:
                shapes[f"{name}.downsample.0.weight"] = (outputs, inputs, 1, 1)
                shapes |= norm(f"{name}.downsample.1", outputs)
            inputs = outputs
    return shapes


def mobilenet_shapes():
    """Return names and shapes of torchvision's ``mobilenet_v2``, in no way taken from our networks."""
    shapes = {"features.0.0.weight": (32, 3, 3, 3), **norm("features.0.1", 32)}
    shapes |= {"features.1.conv.0.0.weight": (32, 1, 3, 3), **norm("features.1.conv.0.1", 32)}
    shapes |= {"features.1.conv.1.weight": (16, 32, 1, 1), **norm("features.1.conv.2", 16)}
    inputs = 16
    for index, outputs in enumerate([24] * 2 + [32] * 3 + [64] * 4 + [96] * 3 + [160] * 3 + [320], start=2):
        name, inner = f"features.{index}.conv", 6 * inputs
        shapes |= {f"{name}.0.0.weight": (inner, inputs, 1, 1), **norm(f"{name}.0.1", inner)}
        shapes |= {f"{name}.1.0.weight": (inner, 1, 3, 3), **norm(f"{name}.1.1", inner)}
        shapes |= {f"{name}.2.weight": (outputs, inner, 1, 1), **norm(f"{name}.3", outputs)}
        inputs = outputs
    shapes |= {"features.18.0.weight": (1280, 320, 1, 1), **norm("features.18.1", 1280)}
    return shapes | {"classifier.1.weight": (1000, 1280), "classifier.1.bias": (1000,)}


PUBLISHED = {
    "resnet18": (lambda: ResNetEncoder(64, depth=18), resnet_shapes((2, 2, 2, 2), bottleneck=False)),
    "resnet50": (lambda: ResNetEncoder(64, depth=50), resnet_shapes((3, 4, 6, 3), bottleneck=True)),
    "mobilenet_v2": (lambda: MobileNetV2Encoder(32), mobilenet_shapes()),
}


def constants(shapes):
    """Fill every weight with a number of its own; the numbers are spread, not stored, so that files stay small."""
    return {name: torch.tensor(float(i + 1)).expand(shape) for i, (name, shape) in enumerate(shapes.items())}


@pytest.fixture
def write(tmp_path):
    def write(shapes, name="weights.pth", **options):
        torch.save(constants(shapes), tmp_path / name, **options)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_weight_of_an_encoder_comes_from_torchvision(name, write):
    build, shapes = PUBLISHED[name]
    encoder, published = build(), constants(shapes)
    load_imagenet(encoder, write(shapes))
    own = encoder.trunk.state_dict()
    first = next(iter(shapes))
    assert own[first].shape[1] == 1
    assert (own[first] == 3 * published[first].flatten()[0]).all()
    for key in own.keys() - {first}:
        expected = 0 if key.endswith("downsample.0.bias") else published[key].flatten()[0]
        assert (own[key] == expected).all(), key


def test_a_grey_picture_is_seen_as_in_three_equal_colours(tmp_path):
    shapes = mobilenet_shapes()
    weights = {name: torch.rand(shape) for name, shape in shapes.items()}
    torch.save(weights, tmp_path / "mobilenet.pth")
    grey, two = MobileNetV2Encoder(32), MobileNetV2Encoder(32, channels=2)
    for encoder in (grey, two):
        load_imagenet(encoder, tmp_path / "mobilenet.pth")
    picture = torch.randn(1, 1, 32, 32)
    colour = nn.functional.conv2d(picture.expand(1, 3, 32, 32), weights["features.0.0.weight"], stride=2, padding=1)
    with torch.inference_mode():
        assert torch.allclose(grey.features[0][0](picture), colour, atol=1e-4)
        assert torch.allclose(two.features[0][0](picture.expand(1, 2, 32, 32)), colour, atol=1e-4)


def test_older_files_and_safetensors_are_read(write, tmp_path):
    shapes = {k: v for k, v in mobilenet_shapes().items() if not k.endswith("num_batches_tracked")}
    encoder = MobileNetV2Encoder(32)
    load_imagenet(encoder, write(shapes, _use_new_zipfile_serialization=False))
    assert encoder.state_dict()["features.0.1.num_batches_tracked"] == 0
    safetensors = pytest.importorskip("safetensors.torch")
    contiguous = {name: value.contiguous() for name, value in constants(shapes).items()}
    safetensors.save_file(contiguous, tmp_path / "weights.safetensors")
    other = MobileNetV2Encoder(32)
    load_imagenet(other, tmp_path / "weights.safetensors")
    assert all(torch.equal(value, other.state_dict()[key]) for key, value in encoder.state_dict().items())


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (NetworkConfig("deeplab-resnet18"), r"conv1.weight is 64x3x7x7 there and 32x3x7x7 here; .* need width 64"),
        (NetworkConfig("deeplab-resnet50", width=8), "lacks layer1.0.conv3.weight"),
        (NetworkConfig("deeplab-mobile"), "another network than this encoder: it lacks features.0.0.weight"),
        (NetworkConfig("unet", width=8), "unet has no encoder"),
    ],
    ids=lambda value: getattr(value, "architecture", ""),
)
def test_weights_that_do_not_fit_are_refused(config, message, write):
    path = write(PUBLISHED["resnet18"][1], "resnet18.pth")
    with pytest.raises(UsageError, match=message):
        build_network(config, path)


def test_weights_of_a_deeper_sibling_are_refused(write):
    """Every layer of ResNet18 has its like in ResNet34, but it was not learnt for this place."""
    path = write(resnet_shapes((3, 4, 6, 3), bottleneck=False))
    with pytest.raises(UsageError, match=r"it has layer1.2.conv1.weight"):
        load_imagenet(ResNetEncoder(64, depth=18), path)


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"hello world", b"\x80\x02nothing like it"])
def test_broken_files_are_refused(name, content, tmp_path):
    if name.endswith("safetensors"):
        pytest.importorskip("safetensors")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputUnreadable, match=name):
        load_imagenet(MobileNetV2Encoder(8), tmp_path / name)


def test_a_file_of_something_else_is_refused(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "other.pth")
    with pytest.raises(InputUnreadable, match="no weights by name"):
        load_imagenet(MobileNetV2Encoder(8), tmp_path / "other.pth")


@pytest.mark.parametrize(
    "encoder",
    [ResNetEncoder(8, depth=18), ResNetEncoder(8, depth=50), MobileNetV2Encoder(8)],
    ids=["resnet18", "resnet50", "mobile"],
)
def test_encoders_give_maps_at_four_strides(encoder):
    with torch.inference_mode():
        maps = encoder(torch.zeros(1, 1, 64, 96))
    assert [tuple(one.shape[1:]) for one in maps] == [
        (channels, 64 // stride, 96 // stride) for channels, stride in zip(encoder.widths, (2, 4, 8, 16), strict=True)
    ]


@pytest.mark.parametrize(
    "wrong", [{"architecture": "alexnet"}, {"width": 0}, {"decoder_channels": 1}, {"classes": 0}], ids=str
)
def test_impossible_networks_are_refused(wrong):
    with pytest.raises(UsageError):
        NetworkConfig(**wrong)
