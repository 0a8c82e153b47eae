"""The cross-validation in miniature: every patient is scored by the fit that never saw the patient."""

import pytest

from spoils.errors import InputUnreadable
from spoils.training import segmentation_study
from spoils.training.networks import NetworkConfig
from spoils.training.segmentation_module import PLAN_NAME
from spoils.training.segmentation_plan import SegmentationPlan, Shares

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


def silent(stage, done):
    pass


@pytest.mark.filterwarnings(
    "ignore:The '.*' does not have many workers",
    "ignore:`isinstance\\(treespec, LeafSpec\\)`",
    "ignore:Checkpoint directory .* exists and is not empty",
    "ignore:.*lr_scheduler.step\\(\\)",
    "ignore:.*:FutureWarning",
    "ignore:.*:DeprecationWarning",
)
def test_each_fold_is_left_out_once_and_the_last_fit_sees_all(tiny_data, tmp_path, monkeypatch):
    monkeypatch.setattr(segmentation_study, "N_FOLDS", 3)
    monkeypatch.setattr(segmentation_study, "segmentation_folds", lambda: FOLDS)
    told = []
    segmentation_study.cross_validate(tiny_data, tmp_path, PLAN, 1, lambda stage, _: told.append(stage))
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

    told.clear()
    segmentation_study.cross_validate(tiny_data, tmp_path, PLAN, 1, lambda stage, _: told.append(stage))
    assert not told, "what is finished is not fitted again"


def test_a_folder_without_fits_is_refused(tiny_data, tmp_path):
    with pytest.raises(InputUnreadable, match="holds no fit"):
        segmentation_study.score_folds(tiny_data, tmp_path, silent)
