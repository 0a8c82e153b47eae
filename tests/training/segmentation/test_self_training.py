"""A slice that the network labelled itself is learned from only where nothing speaks against it."""

import csv
from datetime import UTC, datetime
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pytest
from skimage.io import imsave

from spoils.anatomy import CHAIN, STRUCTURES, structure
from spoils.errors import ModelMismatch, UnsuitableInput, UsageError
from spoils.images import Note
from spoils.messages import verbatim
from spoils.models import ModelDescription, register_model
from spoils.models.manifest import find_record
from spoils.phantom import draw_slice, random_spec
from spoils.segmentation import MODEL_NAME
from spoils.training.segmentation import self_training
from spoils.training.segmentation.fit import PatchData
from spoils.training.segmentation.plan import SegmentationPlan, Shares

SURE = dict.fromkeys((s.name for s in STRUCTURES), 0.95)


def found(confidence=None, codes=()):
    notes = [Note(code, verbatim("A sentence.")) for code in codes]
    return SimpleNamespace(confidence=SURE if confidence is None else confidence, notes=notes)


@pytest.mark.parametrize(
    ("segmentation", "sure"),
    [
        (found(), True),
        (found({name: value for name, value in SURE.items() if name not in CHAIN[:2]}, ["levels-missing"]), True),
        (found({name: value for name, value in SURE.items() if name != "L3"}, ["levels-missing"]), False),
        (found(SURE | {"L2-L3": 0.7}), False),
        (found(codes=["level-count-uncertain"]), False),
    ],
)
def test_confidence_and_anatomy_must_agree(segmentation, sure):
    assert self_training.is_confident(segmentation) is sure


@pytest.fixture
def unannotated(tmp_path):
    """Three phantom slices as pictures, with their spacing in the table."""
    (tmp_path / "images").mkdir()
    labels = {}
    with (tmp_path / "acquisitions.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("patient", "spacing_mm"))
        for patient in "abc":
            spec = random_spec(np.random.default_rng(ord(patient)))
            pixels, labels[patient] = draw_slice(spec)
            picture = (np.clip(pixels / np.percentile(pixels, 99.5), 0, 1) * 255).astype(np.uint8)
            imsave(tmp_path / "images" / f"{patient}.png", picture, check_contrast=False)
            writer.writerow((patient, spec.spacing_mm))
    return tmp_path, labels


def test_only_sure_slices_become_samples_and_carry_what_was_found(unannotated, monkeypatch):
    folder, labels = unannotated
    answers = iter((SURE, None, SURE | {"L4": 0.2}))  # patients a, b, c

    def segment_as_told(series, model, *, mid_slice):
        confidence = next(answers)
        if confidence is None:
            raise UnsuitableInput("The sacrum is not in view.")
        coverage = {s.name: (labels["a"] == s.label).astype(np.float32) for s in STRUCTURES}
        return SimpleNamespace(confidence=confidence, notes=[], coverage=coverage)

    monkeypatch.setattr(self_training, "segment", segment_as_told)
    teacher = SimpleNamespace(record=SimpleNamespace(sha256="0" * 64, extra={}))
    told = []
    samples = self_training.label_unannotated(folder, set("abc"), teacher, lambda stage, _: told.append(stage))
    assert [sample.patient for sample in samples] == ["a"]
    assert told == [f"labelling slice {number} of 3" for number in (1, 2, 3)]
    (sample,) = samples
    assert sample.labels.shape == tuple(2 * n for n in sample.image.shape)
    assert not sample.unlabelled.any()
    for name in ("L4-L5", "S1"):
        share = (sample.labels == structure(name).label).mean() / (labels["a"] == structure(name).label).mean()
        assert 0.9 < share < 1.1


@pytest.fixture
def fit_at(tmp_path, monkeypatch):
    """Bring a fit to a number of steps; its network, as exported, is then named by it."""
    weights = SimpleNamespace(now=b"")

    def register(fit, folder, metrics):
        path = tmp_path / "exported.onnx"
        path.write_bytes(weights.now)
        description = ModelDescription(
            name=MODEL_NAME,
            task="segmentation",
            preprocessing={},
            licence="none",
            training_data=("nothing",),
            metrics=metrics,
            created=datetime(2026, 1, 1, tzinfo=UTC),
        )
        return register_model(path, description, folder)

    def load(name, settings):
        record = find_record(name, settings)
        content = (settings.models_dir / record.file).read_bytes()
        if sha256(content).hexdigest() != record.sha256:
            raise ModelMismatch("These are other weights.")
        return SimpleNamespace(record=record, weights=content)

    def at(steps):
        weights.now = f"weights after {steps}".encode()
        monkeypatch.setattr(self_training, "steps_done", lambda checkpoint: steps)
        return tmp_path / "fit"

    monkeypatch.setattr(self_training, "register_fit", register)
    monkeypatch.setattr(self_training, "load_model", load)
    return at


def test_a_fit_broken_off_later_finds_its_teacher(fit_at):
    assert self_training.kept_teacher(fit_at(4), 4).weights == b"weights after 4"
    assert self_training.kept_teacher(fit_at(6), 4).weights == b"weights after 4"


def test_a_teacher_of_another_step_or_one_not_whole_is_not_taken(fit_at):
    self_training.kept_teacher(fit_at(2), 2)
    assert self_training.kept_teacher(fit_at(6), 4).weights == b"weights after 6"
    fit = fit_at(4)
    self_training.kept_teacher(fit, 4)
    (fit / "teacher" / f"{MODEL_NAME}.onnx").write_bytes(b"weights aft")
    assert self_training.kept_teacher(fit_at(8), 4).weights == b"weights after 8"


def test_a_fit_begun_anew_exports_its_teacher_anew(fit_at, tmp_path):
    self_training.kept_teacher(fit_at(4), 4)
    (tmp_path / "fit" / "teacher" / f"{MODEL_NAME}.onnx").write_bytes(b"of the fit before")
    assert self_training.kept_teacher(fit_at(4), 4).weights == b"weights after 4"


def trainer_at(plan, epoch, devices=1, rank=0, others_say=None):
    """Stand in for a trainer at the begin of an epoch, on one of several devices."""
    return SimpleNamespace(
        current_epoch=epoch,
        global_step=epoch * plan.steps_per_epoch,
        world_size=devices,
        is_global_zero=rank == 0,
        strategy=SimpleNamespace(broadcast=lambda said: said if rank == 0 else others_say),
    )


def test_self_labelled_slices_join_once_when_their_time_has_come():
    plan = SegmentationPlan(steps=4, steps_per_epoch=1, batch=1, workers=0, self_training_from=0.5)
    asked = []
    data = PatchData([[], [], []], plan, lambda: asked.append(1) or ["sample"])
    drawn = []
    for epoch in range(4):
        data.trainer = trainer_at(plan, epoch)
        drawn.append(data.train_dataloader().dataset.mixture.groups[-1])
    assert [list(group) for group in drawn] == [[], [], ["sample"], ["sample"]]
    assert len(asked) == 1


def test_one_device_labels_and_the_others_are_told():
    plan = SegmentationPlan(steps=4, steps_per_epoch=1, batch=3, workers=0, self_training_from=0.5)
    data = PatchData([[], [], []], plan, lambda: pytest.fail("the first device alone labels"))
    data.trainer = trainer_at(plan, 2, devices=2, rank=1, others_say=["sample"])
    patches = data.train_dataloader().dataset
    assert list(patches.mixture.groups[-1]) == ["sample"]
    assert len(patches) == 2 * plan.batch, "each device gets a batch of its own in every step"


def test_the_last_epoch_ends_with_the_plan_whatever_the_epochs_before_held():
    plan = SegmentationPlan(steps=7, steps_per_epoch=3, batch=2, workers=0, shares=Shares(self_labelled=0))
    data = PatchData([[], [], []], plan, list)
    for done, steps in ((0, 3), (3, 3), (5, 2), (6, 1)):
        data.trainer = SimpleNamespace(current_epoch=2, global_step=done, world_size=1)
        assert len(data.train_dataloader().dataset) == steps * plan.batch


def test_shares_that_leave_nothing_to_learn_from_are_refused():
    with pytest.raises(UsageError):
        Shares(annotated=0, volumes=0, phantoms=0, self_labelled=1)
    with pytest.raises(UsageError):
        Shares(phantoms=-0.1)
