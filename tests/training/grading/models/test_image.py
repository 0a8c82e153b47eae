"""Image graders on tiny synthetic discs: what they learn, what they promise, and what is exported."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.errors import UsageError
from spoils.grading import CHANNELS, FEATURES, FINDINGS
from spoils.models.runtime import InferenceSession
from spoils.training.disc_table.arrays import Discs
from spoils.training.grading.models.image import (
    IMAGE_PLANS,
    FittedImageGrader,
    ImageExamples,
    ImageGrader,
    ImagePlan,
    Pretraining,
    export_image,
    predict_images,
)
from spoils.training.grading.models.image.networks import (
    ARCHITECTURES,
    ImageNetworkConfig,
    ShippedNetwork,
    build_image_network,
)
from spoils.training.networks import MobileNetV2Encoder

from ....fit_warnings import EXPORTER_WARNINGS, LIGHTNING_ADVICE

pytestmark = [pytest.mark.filterwarnings(advice) for advice in LIGHTNING_ADVICE]

TINY_WIDTHS = {"disc": (4, 6), "cnn": (4, 4, 6), "mobilenet-v2": (8,), "vgg16": (4, 4, 4, 4, 6)}
DARK, BRIGHT = GRADE_CLASSES.index("5H"), GRADE_CLASSES.index("1L")
QUICK = ImagePlan(epochs=20, batch=12, widths=(8, 8), learning_rate=1e-2, averaging=0.5)


def discs_of(count, seed=0):
    """Bright discs of the first class and dark ones of the last, three of each patient."""
    rng = np.random.default_rng(seed)
    classes = np.where(np.arange(count) % 2, BRIGHT, DARK)
    images = np.zeros((count, len(CHANNELS), 24, 40), dtype=np.float32)
    images[:, 0] = 0.2 + 0.02 * rng.standard_normal((count, 24, 40))
    images[:, 0, 8:16, 8:32] = np.where(classes == BRIGHT, 0.9, 0.1)[:, None, None]
    images[:, 1, 8:16, 8:32] = 1
    patients = np.array([f"p{i // 3}" for i in range(count)])
    features = np.zeros((count, len(FEATURES)), dtype=np.float32)
    return Discs(images, features, classes, patients, np.arange(count) % len(DISCS))


def findings_of(discs):
    """Dark discs have the first three findings, all others none."""
    return (discs.classes == DARK)[:, None] & (np.arange(len(FINDINGS)) < 3)


def network_of(architecture, *, in_context=False, findings=True):
    """A network whose batch norms know their inputs, as after a fit."""
    torch.manual_seed(0)
    config = ImageNetworkConfig(2, architecture, TINY_WIDTHS[architecture], 0.0, findings, in_context)
    network = build_image_network(config).train()
    with torch.no_grad():
        for _ in range(20):
            network(torch.rand(8, 2, 48, 80))
    return network.eval()


def shipped_of(architecture, *, in_context=False, findings=True):
    return ShippedNetwork([network_of(architecture, in_context=in_context, findings=findings)])


@pytest.fixture(scope="module")
def discs():
    return discs_of(48)


@pytest.fixture(scope="module")
def fitted(discs) -> FittedImageGrader:
    return ImageGrader("quick", QUICK).fit(discs, seed=3, findings=findings_of(discs))


def test_brightness_and_findings_are_learned_in_a_few_epochs(fitted):
    new = discs_of(20, seed=1)
    probabilities, findings = fitted.probabilities(new), fitted.findings(new)
    assert probabilities.shape == (20, len(GRADE_CLASSES))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (probabilities.argmax(axis=1) == new.classes).mean() > 0.9
    assert ((findings > 0.5) == findings_of(new)).mean() > 0.9


def test_the_same_seed_gives_the_same_grader_and_another_another(fitted, discs):
    again, other = (ImageGrader("quick", QUICK).fit(discs, seed=s, findings=findings_of(discs)) for s in (3, 4))
    np.testing.assert_array_equal(again.probabilities(discs), fitted.probabilities(discs))
    assert not np.allclose(other.probabilities(discs), fitted.probabilities(discs))


def test_classes_and_order_of_the_discs_asked_do_not_matter(fitted):
    new = discs_of(12, seed=1)
    turned = np.arange(12)[::-1]
    hidden = replace(new, classes=np.zeros(12, dtype=np.intp))
    np.testing.assert_array_equal(fitted.probabilities(hidden), fitted.probabilities(new))
    np.testing.assert_allclose(fitted.probabilities(new.take(turned)), fitted.probabilities(new)[turned], atol=1e-6)


def test_a_disc_answers_as_its_mirror_image(fitted):
    new = discs_of(6, seed=1)
    upside_down = replace(new, images=new.images[:, :, ::-1].copy())
    np.testing.assert_allclose(fitted.probabilities(upside_down), fitted.probabilities(new), atol=1e-5)


def test_a_grader_fitted_without_findings_does_not_answer_them(discs):
    grader = ImageGrader("quick", replace(QUICK, epochs=1)).fit(discs, seed=0)
    with pytest.raises(UsageError, match="fitted without findings"):
        grader.findings(discs)


@pytest.mark.parametrize(
    "change",
    [{"ordinal": "cumulative"}, {"in_context": True}, {"pretraining": Pretraining(epochs=2)}, {"architecture": "cnn"}],
    ids=str,
)
def test_every_variant_learns(discs, change):
    fitted = ImageGrader("variant", replace(QUICK, **change)).fit(discs, seed=0)
    new = discs_of(20, seed=1)
    assert (fitted.probabilities(new).argmax(axis=1) == new.classes).mean() > 0.8


def test_pretraining_changes_where_a_fit_begins(discs):
    short = replace(QUICK, epochs=1)
    plain, pretrained, with_more = (
        ImageGrader("g", plan).fit(discs, seed=0, ungraded=ungraded).probabilities(discs)
        for plan, ungraded in (
            (short, None),
            (replace(short, pretraining=Pretraining(epochs=1)), None),
            (replace(short, pretraining=Pretraining(epochs=1)), discs_of(12, seed=5).images),
        )
    )
    assert not np.allclose(plain, pretrained)
    assert not np.allclose(pretrained, with_more)


def test_the_other_discs_of_a_patient_count_only_in_context():
    images = discs_of(6).images
    one, two = np.array(["a"] * 6), np.array(["a"] * 3 + ["b"] * 3)
    for in_context in (False, True):
        network = shipped_of("disc", in_context=in_context)
        together, apart = (predict_images(network, images, patients).probabilities for patients in (one, two))
        assert np.allclose(together, apart, atol=1e-6) is not in_context
        alone = predict_images(network, images[:1], one[:1]).probabilities
        assert np.isfinite(alone).all()


def test_members_start_apart_and_answer_on_average(discs):
    plan = replace(QUICK, epochs=2)
    both = ImageGrader("two", replace(plan, members=2)).fit(discs, seed=1)
    each = [ImageGrader("one", plan).fit(discs, seed=seed).probabilities(discs) for seed in (2, 3)]
    assert not np.allclose(*each)
    np.testing.assert_allclose(both.probabilities(discs), np.mean(each, axis=0), atol=1e-6)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_activation_sums_to_the_class_score(architecture):
    network = network_of(architecture)
    discs = torch.rand(3, 2, 48, 80, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        scores, activation = network.explained(discs)
        torch.testing.assert_close(network(discs), scores)
    assert activation.shape[:2] == (3, len(GRADE_CLASSES))
    assert activation.shape[2] >= 3
    assert activation.shape[3] >= 5
    torch.testing.assert_close(activation.sum(dim=(2, 3)) + network.class_head.bias, scores.classes, atol=1e-4, rtol=0)


def test_activation_lies_where_the_disc_differs():
    network = shipped_of("disc")
    images = np.full((2, 2, 48, 80), 0.5, dtype=np.float32)
    images[1, :, 20:28, 4:16] = 1.5
    plain, marked = predict_images(network, images).activation
    change = np.abs(marked - plain).sum(axis=0)
    middle = change.shape[1] // 2
    assert change[:, :middle].sum() > 3 * change[:, middle:].sum()


@pytest.mark.slow
@pytest.mark.filterwarnings(*EXPORTER_WARNINGS)
@pytest.mark.parametrize(("architecture", "in_context"), [*((name, False) for name in ARCHITECTURES), ("disc", True)])
def test_an_exported_network_answers_the_same(architecture, in_context, tmp_path):
    network = shipped_of(architecture, in_context=in_context)
    images = np.random.default_rng(0).random((6, 2, 48, 80), dtype=np.float32)
    assert export_image(network, images, tmp_path / "grader.onnx") < 1e-4
    session = InferenceSession(tmp_path / "grader.onnx", providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == ["probabilities", "findings", "activation"]
    for count in (1, 6):
        expected = predict_images(network, images[:count])
        found = session.run(None, {"discs": images[:count]})
        for value, due in zip(found, (expected.probabilities, expected.findings, expected.activation), strict=True):
            np.testing.assert_allclose(value, due, atol=1e-4)


@pytest.mark.filterwarnings(*EXPORTER_WARNINGS)
def test_a_network_without_findings_exports_none(discs, tmp_path):
    network = shipped_of("disc", findings=False)
    FittedImageGrader(network).export(discs, tmp_path / "grader.onnx")
    session = InferenceSession(tmp_path / "grader.onnx", providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == ["probabilities", "activation"]


def test_many_discs_are_answered_as_few_are():
    network = shipped_of("disc")
    images = np.random.default_rng(0).random((300, 2, 24, 40), dtype=np.float32)
    every = predict_images(network, images)
    np.testing.assert_allclose(
        every.probabilities[290:], predict_images(network, images[290:]).probabilities, atol=1e-6
    )


def test_mobilenet_starts_from_imagenet_weights(tmp_path):
    torch.manual_seed(1)
    published = MobileNetV2Encoder(8, channels=3).state_dict()
    torch.save(published, tmp_path / "weights.pth")
    config = ImageNetworkConfig(2, "mobilenet-v2", (8,))
    network = build_image_network(config, tmp_path / "weights.pth")
    own = network.trunk.encoder.state_dict()
    last = list(own)[-2]
    torch.testing.assert_close(own[last], published[last])
    with pytest.raises(UsageError, match="takes no ImageNet weights"):
        build_image_network(ImageNetworkConfig(2, "vgg16"), tmp_path / "weights.pth")


def test_named_graders_have_plans_that_make_networks():
    for name, plan in IMAGE_PLANS.items():
        grader = ImageGrader.named(name)
        assert (grader.name, grader.plan) == (name, plan)
        network = build_image_network(plan.network(channels=2, findings=True))
        assert network.in_context is (name == "patient")
    with pytest.raises(UsageError, match="no image grader"):
        ImageGrader.named("resnet")


def test_vgg16_has_thirteen_convolutions():
    network = build_image_network(ImageNetworkConfig(2, "vgg16"))
    assert sum(isinstance(module, torch.nn.Conv2d) for module in network.modules()) == 13


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"ordinal": "corn"},
        {"architecture": "resnet"},
        {"findings_weight": -1},
        {"members": 0},
        {"dropout": 1},
        {"architecture": "vgg16", "widths": (4,)},
    ],
    ids=str,
)
def test_plans_that_make_no_sense_are_refused(wrong):
    with pytest.raises(UsageError):
        ImagePlan(**wrong)


def test_examples_that_do_not_fit_each_other_are_refused(discs):
    with pytest.raises(UsageError, match="same number"):
        ImageExamples(discs.images, discs.classes[:-1])
    with pytest.raises(UsageError, match="findings"):
        ImageExamples(discs.images, discs.classes, findings=np.zeros((48, 5), dtype=bool))
    with pytest.raises(UsageError, match="another size"):
        ImageExamples(discs.images, discs.classes, ungraded=np.zeros((1, 2, 8, 8), dtype=np.float32))
    with pytest.raises(UsageError, match="fill a batch"):
        ImageGrader("quick", QUICK).fit(discs.take(np.arange(5)), seed=0)
