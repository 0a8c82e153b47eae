"""The whole fit in miniature: read, fit, stop, go on, export, release, score."""

import csv
import json
from dataclasses import replace

import lightning
import numpy as np
import pytest
import torch

from spoils.anatomy import CANAL, structure
from spoils.config import Settings
from spoils.errors import InputUnreadable, UsageError
from spoils.models import installed_models, load_model
from spoils.segmentation import MODEL_NAME
from spoils.training.data.splits import (
    folds_digest,
    grading_folds,
    read_folds,
    segmentation_folds,
    unannotated_folds,
)
from spoils.training.networks import NetworkConfig, build_network
from spoils.training.segmentation import fit as segmentation_fit
from spoils.training.segmentation import release as segmentation_release
from spoils.training.segmentation.augmentation import HARD
from spoils.training.segmentation.evaluation import installed
from spoils.training.segmentation.export import training_data
from spoils.training.segmentation.fit import fit_segmentation
from spoils.training.segmentation.module import load_network, steps_done
from spoils.training.segmentation.plan import SegmentationPlan, Shares
from spoils.training.segmentation.samples import annotated_samples, phantom_samples

from ...fit_warnings import EXPORTER_WARNINGS, LIGHTNING_ADVICE, RESUME_ADVICE

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


@pytest.mark.filterwarnings(*LIGHTNING_ADVICE, *RESUME_ADVICE)
def test_a_fit_stops_goes_on_and_ends_as_one_never_stopped(tiny_data, tmp_path):
    four = replace(PLAN, steps=4)
    fit_segmentation(tiny_data, FOLDS, tmp_path / "whole", four)
    told = []

    def stop_after_the_first_epoch(stage, done):
        told.append(stage)
        if ", step 2 of" in stage:
            raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        fit_segmentation(tiny_data, FOLDS, tmp_path / "parts", four, progress=stop_after_the_first_epoch)
    fit_segmentation(tiny_data, FOLDS, tmp_path / "parts", four)
    whole, parts = (load_network(tmp_path / name).state_dict() for name in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    assert all(torch.allclose(whole[key], parts[key], atol=1e-4) for key in whole)
    with pytest.raises(UsageError, match="another plan"):
        fit_segmentation(tiny_data, FOLDS, tmp_path / "parts", replace(four, seed=1))


def begun(data, out, plan, folds=FOLDS, start=None):
    """Begin a fit and break it off before its first step."""

    def stop(self, *_, **__):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightning.Trainer, "fit", stop)
        with pytest.raises(KeyboardInterrupt):
            fit_segmentation(data, folds, out, plan, start=start)
    return out


def test_a_fit_keeps_its_folds_and_goes_on_with_no_others(tiny_data, tmp_path):
    out = begun(tiny_data, tmp_path / "fit", PLAN)
    assert read_folds(out / "folds.json") == FOLDS
    with pytest.raises(UsageError, match="other folds"):
        fit_segmentation(tiny_data, FOLDS | {"p2": 3}, out, PLAN)
    (out / "folds.json").unlink()  # as fits were made before
    with pytest.raises(UsageError, match="other folds"):
        fit_segmentation(tiny_data, FOLDS, out, PLAN)


def test_a_patient_without_a_fold_stops_a_fit_before_it_begins(tiny_data, tmp_path):
    with pytest.raises(UsageError, match=r"in no fold: 2\. Run 'spoils dataset folds --data DATA'"):
        fit_segmentation(tiny_data, {"p0": 0}, tmp_path / "fit", PLAN)
    assert not (tmp_path / "fit").exists()


def test_nothing_annotated_is_an_error_and_other_data_may_be_missing(tiny_data, tmp_path, caplog):
    with pytest.raises(InputUnreadable, match="no slice of a patient"):
        fit_segmentation(tiny_data, dict.fromkeys(FOLDS, 1), tmp_path / "fit", PLAN)
    caplog.clear()
    plan = replace(PLAN, shares=Shares())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightning.Trainer, "fit", lambda *_, **__: None)
        fit_segmentation(tiny_data, FOLDS, tmp_path / "fit", plan)
    assert [record.message for record in caplog.records if record.name.startswith("spoils")] == [
        "No volumes in bodies-3d and discs-3d: their share goes to the other samples.",
        "No unannotated slices in spider: their share goes to the other samples.",
    ]
    assert SegmentationPlan.read(tmp_path / "fit" / "plan.json").shares == Shares(volumes=0, self_labelled=0)


WITH_SPACE = replace(PLAN, shares=Shares(spider_space=0.2))


@pytest.fixture
def space_data(tmp_path):
    """The table of spider-space: patients of both packaged splits, one in neither and one set aside from every fit."""
    folder = tmp_path / "spider-space"
    folder.mkdir()
    rows = [f"{patient}_060.png,{patient},0,0.5,1" for patient in ("45", "5", "35", "65")]
    table = "\n".join(("file,patient,offset_mm,spacing_mm,levels", *rows))
    (folder / "index.csv").write_text(table, encoding="utf-8")
    return tmp_path


def test_a_fold_holds_out_all_slices_of_its_space_patients(space_data, monkeypatch):
    folds, read = segmentation_folds(), []
    monkeypatch.setattr(segmentation_fit, "space_samples", lambda folder, patients: read.append(set(patients)) or [])
    assert (folds["45"], grading_folds()["5"]) == (4, 1)
    for held_out in ((), (1,), (4,)):
        plan = replace(WITH_SPACE, held_out=held_out, shares=Shares(annotated=0, volumes=0, phantoms=0, spider_space=1))
        segmentation_fit.training_groups(space_data, folds, plan)
    assert read == [{"45", "5"}, {"45"}, {"5"}], "35 is in no fold, and 65 is set aside from every fit"


def test_a_held_out_space_patient_is_not_labelled_by_the_network(space_data):
    (space_data / "spider").mkdir()
    (space_data / "spider" / "acquisitions.csv").write_text("patient\n5\n8\n", encoding="utf-8")
    assert segmentation_fit._unannotated_patients(space_data, segmentation_folds(), WITH_SPACE) == {"8"}
    assert segmentation_fit._unannotated_patients(space_data, segmentation_folds(), PLAN) == {"5", "8"}


def test_the_share_of_spider_space_is_kept_only_with_its_folder(space_data, tmp_path):
    kept = segmentation_fit._shares_of_what_is_there(space_data, segmentation_folds(), WITH_SPACE)
    assert kept == Shares(volumes=0, self_labelled=0, spider_space=0.2)
    there = segmentation_fit._shares_of_what_is_there(tmp_path / "other", segmentation_folds(), WITH_SPACE)
    assert there == Shares(volumes=0, self_labelled=0)


def test_a_recipe_sets_shares_and_augmentation_and_older_plans_read_as_the_second(tmp_path):
    third = PLAN.of_recipe("third")
    assert third.shares.spider_space > 0
    assert third.augmentation == HARD
    third.write(tmp_path / "plan.json")
    assert SegmentationPlan.read(tmp_path / "plan.json") == third
    values = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    del values["augmentation"]
    values["shares"] = {"annotated": 0.62, "volumes": 0.1, "phantoms": 0.1, "self_labelled": 0.18}
    (tmp_path / "plan.json").write_text(json.dumps(values), encoding="utf-8")
    assert SegmentationPlan.read(tmp_path / "plan.json") == PLAN.of_recipe("second")
    values["augmentation"] = {"unheard_of": 1}
    (tmp_path / "plan.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(InputUnreadable, match=r"The plan plan\.json of this fit can't be read"):
        SegmentationPlan.read(tmp_path / "plan.json")
    with pytest.raises(UsageError, match="no recipe 'fourth'; known are second, third"):
        PLAN.of_recipe("fourth")


def test_a_patient_annotated_since_is_not_labelled_by_the_network(tmp_path):
    (tmp_path / "spider").mkdir()
    one, other = sorted(patient for patient, fold in unannotated_folds().items() if fold > 0)[:2]
    aside = min(patient for patient, fold in unannotated_folds().items() if fold == 0)
    (tmp_path / "spider" / "acquisitions.csv").write_text(f"patient\n{one}\n{other}\n{aside}\nstranger\n")
    assert segmentation_fit._unannotated_patients(tmp_path, FOLDS, PLAN) == {one, other}
    assert segmentation_fit._unannotated_patients(tmp_path, {other: 1}, PLAN) == {one}


ON_PHANTOMS = PLAN.on_phantoms(2)


@pytest.fixture
def any_start(monkeypatch):
    """A start needs no weights: a fit that was only begun will do."""
    monkeypatch.setattr(segmentation_fit, "_initial_weights", lambda *_: build_network(PLAN.network).state_dict())


def begun_as_start(data, out, plan, folds):
    (begun(data, out, plan, folds) / "last.ckpt").write_bytes(b"weights")
    return out


@pytest.mark.usefixtures("any_start")
@pytest.mark.parametrize(
    ("earlier", "folds", "plan"),
    [
        (PLAN, FOLDS, PLAN),
        (replace(PLAN, held_out=(0, 1)), FOLDS, PLAN),
        (PLAN, FOLDS, replace(PLAN, held_out=())),
        (ON_PHANTOMS, {}, PLAN),
    ],
)
def test_a_start_may_have_left_out_more(tiny_data, tmp_path, earlier, folds, plan):
    start = begun_as_start(tiny_data, tmp_path / "earlier", earlier, folds)
    assert begun(tiny_data, tmp_path / "fit", plan, start=start)


@pytest.mark.usefixtures("any_start")
@pytest.mark.parametrize(
    ("earlier", "folds", "plan"),
    [
        (replace(PLAN, held_out=()), FOLDS, PLAN),
        (replace(PLAN, held_out=(0,)), FOLDS, PLAN),
        (PLAN, FOLDS | {"p2": 3}, PLAN),
        (PLAN, FOLDS, ON_PHANTOMS),
    ],
)
def test_a_start_that_has_seen_who_is_left_out_is_refused(tiny_data, tmp_path, earlier, folds, plan):
    start = begun_as_start(tiny_data, tmp_path / "earlier", earlier, folds)
    with pytest.raises(UsageError, match="The fit earlier has seen patients that this one leaves out"):
        fit_segmentation(tiny_data, FOLDS, tmp_path / "fit", plan, start=start)
    assert not (tmp_path / "fit").exists()


def test_a_start_that_labelled_slices_of_held_out_space_patients_is_refused(tiny_data, tmp_path):
    start = begun_as_start(tiny_data, tmp_path / "earlier", PLAN, FOLDS)
    segmentation_fit._require_unseen(start, replace(PLAN, steps=3), FOLDS)
    with pytest.raises(UsageError, match="has seen patients"):
        segmentation_fit._require_unseen(start, WITH_SPACE, FOLDS)
    WITH_SPACE.write(start / "plan.json")
    segmentation_fit._require_unseen(start, replace(WITH_SPACE, steps=3), FOLDS)


@pytest.mark.filterwarnings(*LIGHTNING_ADVICE, *RESUME_ADVICE, *EXPORTER_WARNINGS)
def test_a_fit_broken_off_late_labels_with_the_same_teacher(tiny_data, tmp_path, monkeypatch):
    taught = []

    def label(folder, patients, teacher, progress):
        taught.append(teacher.record.sha256)
        return annotated_samples(tiny_data / "annotated", ["p0"])

    monkeypatch.setattr(segmentation_fit, "label_unannotated", label)
    monkeypatch.setattr(segmentation_fit, "_unannotated_patients", lambda *_: {"1"})
    plan = replace(PLAN, steps=3, steps_per_epoch=1, shares=Shares(), self_training_from=0.1)

    def stop_in_the_third_epoch(stage, done):
        if ", step 3 of" in stage:
            raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        fit_segmentation(tiny_data, FOLDS, tmp_path / "fit", plan, progress=stop_in_the_third_epoch)
    assert steps_done(tmp_path / "fit" / "last.ckpt") == 2, "beyond the labelling, after the first"
    fit_segmentation(tiny_data, FOLDS, tmp_path / "fit", plan)
    assert len(taught) == 2
    assert len(set(taught)) == 1


def test_a_record_names_what_was_learned_from():
    everything = training_data(Shares(), own=False)
    assert len(everything) == 8
    assert everything[0].endswith("T2 slices and volumes with expert vertebral bodies")
    assert "SPIDER's other slices, labelled by the network itself while it was fitted" in everything
    assert training_data(ON_PHANTOMS.shares, own=False) == ("phantoms of spoils.phantom",)
    assert training_data(ON_PHANTOMS.shares, own=True) == ("phantoms of spoils.phantom",)
    slices = training_data(Shares(volumes=0, phantoms=0, self_labelled=0), own=False)
    assert slices[0].endswith("T2 slices with expert vertebral bodies")
    assert not any("phantoms" in line or "itself" in line for line in slices)
    assert training_data(Shares(phantoms=0, self_labelled=0), own=True) == (
        "annotated slices of the user's own data",
        "volumes of the user's own data in which one kind of structure is drawn",
    )


def test_the_shipped_network_is_described_by_the_shares_of_its_plan():
    record = next(record for record in installed_models() if record.name == MODEL_NAME)
    assert training_data(Shares(), own=False) == record.training_data


@pytest.mark.slow
@pytest.mark.filterwarnings(*LIGHTNING_ADVICE, *RESUME_ADVICE)
def test_two_devices_take_every_step_of_the_plan(tmp_path):
    only_phantoms = Shares(annotated=0, volumes=0, phantoms=1, self_labelled=0)
    plan = replace(PLAN, held_out=(), steps=3, phantoms=1, shares=only_phantoms, devices=2)
    checkpoint = fit_segmentation(tmp_path, {}, tmp_path / "fit", plan)
    assert steps_done(checkpoint) == plan.steps
    with (tmp_path / "fit" / "log" / "metrics.csv").open(newline="") as stream:
        epochs = list(csv.DictReader(stream))
    assert [int(row["step"]) for row in epochs] == [1, 2], "two epochs, the last one shorter"
    load_network(tmp_path / "fit")


@pytest.mark.filterwarnings(*LIGHTNING_ADVICE, *RESUME_ADVICE, *EXPORTER_WARNINGS)
def test_a_release_carries_what_was_measured(tiny_data, tmp_path, monkeypatch):
    monkeypatch.setattr(installed, "segmentation_folds", lambda *_: FOLDS)
    fit_segmentation(tiny_data, FOLDS, tmp_path / "fit", PLAN)
    record = segmentation_release.release_segmentation(tiny_data, tmp_path / "fit", tmp_path / "models")
    assert record.metrics["images"] == 1
    assert record.metrics["onnx_difference"] < 1e-3
    assert record.metrics["command"] == "spoils evaluate segmentation"
    assert record.extra["folds"] == folds_digest(FOLDS)
    assert record.training_data == ("annotated slices of the user's own data", "phantoms of spoils.phantom")
    model = load_model("segmentation", Settings(models_dir=tmp_path / "models"))
    probabilities = model.run(image=np.zeros((1, 1, 48, 32), np.float32))["probabilities"]
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
