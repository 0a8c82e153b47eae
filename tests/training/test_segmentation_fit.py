"""The whole fit in miniature: read, fit, stop, go on, export, release, score."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from spoils.anatomy import CANAL, structure
from spoils.config import Settings
from spoils.errors import InputUnreadable, UsageError
from spoils.models import load_model
from spoils.training import segmentation_evaluation, segmentation_release
from spoils.training.networks import NetworkConfig
from spoils.training.segmentation_data import annotated_samples, phantom_samples
from spoils.training.segmentation_fit import fit_segmentation
from spoils.training.segmentation_module import load_network, steps_done
from spoils.training.segmentation_plan import SegmentationPlan, Shares

PLAN = SegmentationPlan(
    held_out=(1,),
    steps=2,
    batch=2,
    patch=(96, 64),
    steps_per_epoch=2,
    phantoms=2,
    shares=Shares(self_labelled=0),
    network=NetworkConfig(width=4, pyramid_channels=8, decoder_channels=8),
    workers=0,
)
FOLDS = {"p0": 0, "p1": 1, "p2": 2}
LIGHTNING_ADVICE = (
    "ignore:The '.*' does not have many workers",
    "ignore:`isinstance\\(treespec, LeafSpec\\)`",
    "ignore:Checkpoint directory .* exists and is not empty",
    "ignore:Experiment logs directory .* exists and is not empty",
    "ignore:.*lr_scheduler.step\\(\\)",
)


def test_samples_know_what_was_not_drawn(tiny_data):
    samples = {sample.patient: sample for sample in annotated_samples(tiny_data / "annotated")}
    assert np.flatnonzero(samples["p0"].unlabelled).tolist() == [structure(CANAL).label]
    assert not samples["p1"].unlabelled.any()
    for sample in samples.values():
        assert sample.labels.shape == tuple(2 * n for n in sample.image.shape)
        row, column = sample.lowest
        assert sample.labels[round(2 * row), round(2 * column)] == structure("S1").label


def test_phantoms_are_drawn_from_their_seed():
    one, same, other = (phantom_samples(1, seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(one.image, same.image)
    assert one.image.shape != other.image.shape or not np.array_equal(one.image, other.image)


def test_a_plan_reads_back_and_bad_plans_are_refused(tmp_path):
    PLAN.write(tmp_path / "plan.json")
    assert SegmentationPlan.read(tmp_path / "plan.json") == PLAN
    with pytest.raises(InputUnreadable):
        SegmentationPlan.read(tmp_path / "none.json")
    with pytest.raises(UsageError):
        replace(PLAN, held_out=tuple(range(8)))


@pytest.mark.filterwarnings(*LIGHTNING_ADVICE)
def test_a_fit_stops_goes_on_and_ends_as_one_never_stopped(tiny_data, tmp_path):
    four = replace(PLAN, steps=4)
    fit_segmentation(tiny_data, FOLDS, tmp_path / "whole", four)
    told = []

    def stop_after_the_first_epoch(stage, done):
        told.append(stage)
        if stage.startswith("step 2"):
            raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        fit_segmentation(tiny_data, FOLDS, tmp_path / "parts", four, tell=stop_after_the_first_epoch)
    fit_segmentation(tiny_data, FOLDS, tmp_path / "parts", four)
    whole, parts = (load_network(tmp_path / name).state_dict() for name in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    assert all(torch.allclose(whole[key], parts[key], atol=1e-4) for key in whole)
    with pytest.raises(UsageError, match="another plan"):
        fit_segmentation(tiny_data, FOLDS, tmp_path / "parts", replace(four, seed=1))


@pytest.mark.slow
@pytest.mark.filterwarnings(*LIGHTNING_ADVICE)
def test_two_devices_take_every_step_of_the_plan(tmp_path):
    only_phantoms = Shares(annotated=0, volumes=0, phantoms=1, self_labelled=0)
    plan = replace(PLAN, held_out=(), steps=3, phantoms=1, shares=only_phantoms, devices=2)
    checkpoint = fit_segmentation(tmp_path, {}, tmp_path / "fit", plan)
    assert steps_done(checkpoint) == plan.steps
    with (tmp_path / "fit" / "log" / "metrics.csv").open(newline="") as stream:
        epochs = list(csv.DictReader(stream))
    assert [int(row["step"]) for row in epochs] == [1, 2], "two epochs, the last one shorter"
    load_network(tmp_path / "fit")


@pytest.mark.filterwarnings(*LIGHTNING_ADVICE, "ignore:.*:FutureWarning", "ignore:.*:DeprecationWarning")
def test_a_release_carries_what_was_measured(tiny_data, tmp_path, monkeypatch):
    monkeypatch.setattr(segmentation_evaluation, "segmentation_folds", lambda: FOLDS)
    fit_segmentation(tiny_data, FOLDS, tmp_path / "fit", PLAN)
    record = segmentation_release.release_segmentation(tiny_data, tmp_path / "fit", tmp_path / "models")
    assert record.metrics["images"] == 1
    assert record.metrics["onnx_difference"] < 1e-3
    assert record.metrics["command"] == "spoils evaluate segmentation"
    model = load_model("segmentation", Settings(models_dir=tmp_path / "models"))
    probabilities = model.run(image=np.zeros((1, 1, 48, 32), np.float32))["probabilities"]
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
