"""The cross-validation in miniature: every patient is scored by the fit that never saw the patient."""

from hashlib import sha256

import pytest

from spoils.errors import InputUnreadable, ModelMismatch, UsageError
from spoils.training.networks import NetworkConfig
from spoils.training.segmentation import cross_validation as segmentation_study
from spoils.training.segmentation import int8 as segmentation_int8
from spoils.training.segmentation.export import register_fit
from spoils.training.segmentation.module import CHECKPOINT_NAME, PLAN_NAME
from spoils.training.segmentation.plan import SegmentationPlan, Shares

from ...fit_warnings import EXPORTER_WARNINGS, LIGHTNING_ADVICE, RESUME_ADVICE

FOLDS = {"p0": 0, "p1": 1, "p2": 2}
PLAN = SegmentationPlan(
    steps=1,
    batch=2,
    patch=(96, 64),
    steps_per_epoch=1,
    phantoms=1,
    shares=Shares(self_labelled=0),
    network=NetworkConfig(width=4, pyramid_channels=8, decoder_channels=8),
    workers=0,
)


quiet = pytest.mark.filterwarnings(*LIGHTNING_ADVICE, *RESUME_ADVICE, *EXPORTER_WARNINGS)


@pytest.fixture
def three_folds(monkeypatch):
    monkeypatch.setattr(segmentation_study, "N_FOLDS", 3)
    for module in (segmentation_study, segmentation_int8):
        monkeypatch.setattr(module, "segmentation_folds", lambda data: FOLDS)


def silent(stage, done):
    pass


@quiet
def test_each_fold_is_left_out_once_and_the_last_fit_sees_all(tiny_data, three_folds, tmp_path, monkeypatch):
    told = []
    segmentation_study.cross_validate(tiny_data, tmp_path, PLAN, lambda stage, _: told.append(stage), start_steps=1)
    plans = {folder.name: SegmentationPlan.read(folder / PLAN_NAME) for folder in tmp_path.iterdir()}
    assert {name: plan.held_out for name, plan in plans.items()} == {
        "start": (),
        "fold-0": (0,),
        "fold-1": (1,),
        "fold-2": (2,),
        "all": (),
    }
    assert plans["start"].shares.annotated == 0
    assert len({plan.start for plan in plans.values() if plan.start}) == 1
    scores = segmentation_study.score_folds(tiny_data, tmp_path, silent)
    assert sorted(score.patient for score in scores) == ["p0", "p1", "p2"]
    left_out = {models.parent.name: patients for models, patients in segmentation_study.exported_folds(tmp_path)}
    assert left_out == {"fold-0": {"p0"}, "fold-1": {"p1"}, "fold-2": {"p2"}}, "by the folds that each fit keeps"

    told.clear()
    segmentation_study.cross_validate(tiny_data, tmp_path, PLAN, lambda stage, _: told.append(stage), start_steps=1)
    assert not told, "what is finished is not fitted again"

    models = tmp_path / "models"
    exact = register_fit(tmp_path / "all", models, {"command": "none"})
    small = segmentation_int8.release_int8(tiny_data, tmp_path, models, silent)
    assert small.extra == {"exact": exact.sha256}
    assert small.bytes < exact.bytes
    assert all(abs(change) <= segmentation_int8.LARGEST_LOSS for change in small.metrics["dice_change"].values())

    monkeypatch.setattr(segmentation_int8, "LARGEST_LOSS", -1.0)
    with pytest.raises(ModelMismatch, match="nothing was released"):
        segmentation_int8.release_int8(tiny_data, tmp_path, models, silent)


@quiet
def test_a_second_round_continues_the_fit_of_the_same_fold(tiny_data, three_folds, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    segmentation_study.cross_validate(tiny_data, first, PLAN, silent, start_steps=1)
    segmentation_study.cross_validate(tiny_data, second, PLAN, silent, earlier=first)
    assert {folder.name for folder in second.iterdir()} == {"fold-0", "fold-1", "fold-2", "all"}
    for fit in second.iterdir():
        checkpoint = (first / fit.name / CHECKPOINT_NAME).read_bytes()
        assert SegmentationPlan.read(fit / PLAN_NAME).start == sha256(checkpoint).hexdigest()
    (first / "fold-1").rename(first / "aside")
    (first / "fold-0").rename(first / "fold-1")
    (first / "aside").rename(first / "fold-0")
    with pytest.raises(UsageError, match="fold-0 in first held out other patients"):
        segmentation_study.cross_validate(tiny_data, tmp_path / "third", PLAN, silent, earlier=first)


def test_a_folder_without_fits_is_refused(tiny_data, tmp_path):
    with pytest.raises(InputUnreadable, match="holds no fit"):
        segmentation_study.score_folds(tiny_data, tmp_path, silent)
