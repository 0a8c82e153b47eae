"""The parts of a fit: loss, batches of whole patients, hidden blocks, and what augmentation keeps together."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import UsageError
from spoils.grading import SEVERITIES
from spoils.training.grading.models.augmentation import DiscAugmentation, augmented
from spoils.training.grading.models.image import ImagePlan, Pretraining, ordinal_targets
from spoils.training.grading.models.image.fit import PatientBatches
from spoils.training.grading.models.image.loss import GradingLoss, class_weights
from spoils.training.grading.models.image.networks import Scores
from spoils.training.grading.models.image.networks.network import mean_of_others
from spoils.training.grading.models.image.pretraining import masked_blocks, pretrain

STILL = DiscAugmentation(0, 0, 0, 0, 0, 0, 0, 0)
NO_FINDINGS = torch.zeros(1, 0)


def sure_of(label, certainty=6.0):
    scores = torch.zeros(1, len(GRADE_CLASSES))
    scores[0, GRADE_CLASSES.index(label)] = certainty
    return Scores(scores, NO_FINDINGS)


def truly(label):
    return torch.tensor([GRADE_CLASSES.index(label)])


@pytest.mark.parametrize("ordinal", ["targets", "cumulative"])
def test_a_near_miss_costs_less_than_a_far_one(ordinal):
    loss = GradingLoss(ImagePlan(ordinal=ordinal), np.arange(11))
    right, one_off, two_off, severity_off = (
        float(loss(sure_of(answer), truly("3L"), NO_FINDINGS)) for answer in ("3L", "4L", "5L", "3M")
    )
    assert right < severity_off < two_off
    assert right < one_off < two_off


def test_findings_cost_only_where_they_are_known():
    plan = ImagePlan(findings_weight=1.0)
    loss = GradingLoss(plan, np.arange(11))
    classes, known = sure_of("3L").classes, torch.tensor([[1.0, 0, 0, 0, 0, 0]])
    without = float(loss(Scores(classes, NO_FINDINGS), truly("3L"), NO_FINDINGS))
    right, wrong = (float(loss(Scores(classes, scores * (2 * known - 1)), truly("3L"), known)) for scores in (8, -8))
    assert right == pytest.approx(without, abs=0.01)
    assert wrong > without + 6


def test_rare_classes_weigh_more_and_unseen_ones_nothing():
    classes = np.array([0] * 8 + [1] * 2)
    weights = class_weights(classes, 0.5)
    assert weights[1] == pytest.approx(2 * weights[0])
    assert weights[classes].mean() == pytest.approx(1)
    assert (weights[2:] == 0).all()


def test_batches_hold_whole_patients_once_each_epoch():
    patients = np.repeat(np.arange(10), [6, 5, 6, 6, 4, 6, 6, 5, 6, 6])
    batches = PatientBatches(patients, 12, seed=0)
    first, second = list(batches), list(batches)
    assert len(first) == len(batches) == 5
    assert first != second
    for batch in first:
        for patient in np.unique(patients[batch]):
            assert set(np.flatnonzero(patients == patient)) <= set(batch)
    assert sorted(np.concatenate(first)) == list(range(56))
    assert list(PatientBatches(patients, 12, seed=0)) == first


def test_too_few_discs_for_a_batch_are_refused():
    with pytest.raises(UsageError, match="fill a batch"):
        PatientBatches(np.arange(5), 6, seed=0)


def test_the_others_are_averaged_within_each_patient():
    pooled = torch.tensor([[1.0], [3.0], [5.0], [10.0]])
    found = mean_of_others(pooled, torch.tensor([7, 7, 7, 2]))
    torch.testing.assert_close(found, torch.tensor([[4.0], [3.0], [2.0], [0.0]]))
    torch.testing.assert_close(mean_of_others(pooled[:3], None), found[:3])


def test_blocks_are_hidden_whole_and_in_the_asked_share():
    how = Pretraining(hidden=0.25, block=8)
    hidden = masked_blocks(torch.zeros(200, 2, 20, 40), how, torch.Generator().manual_seed(0))
    assert hidden.shape == (200, 1, 20, 40)
    assert float(hidden.mean()) == pytest.approx(0.25, abs=0.03)
    blocks = hidden[:, :, :16].reshape(200, 2, 8, 5, 8)
    assert set(blocks.mean(dim=(2, 4)).unique().tolist()) == {0.0, 1.0}


def test_pretraining_needs_a_plan_for_it():
    with pytest.raises(UsageError, match="Pretraining needs a plan"):
        pretrain(torch.nn.Identity(), np.zeros((40, 2, 8, 8), dtype=np.float32), ImagePlan(), seed=0)


def discs():
    images = torch.full((6, 2, 48, 80), 0.5)
    images[:, 1] = 0
    images[:, 1, 16:32, 16:64] = 1
    return images


def test_a_patients_discs_keep_their_contrast():
    how = replace(STILL, log_gain=0.5)
    patients = torch.tensor([4, 4, 4, 9, 9, 9])
    signal = augmented(discs(), how, torch.Generator().manual_seed(0), patients)[:, 0].mean(dim=(1, 2))
    assert float(signal[:3].max() - signal[:3].min()) < 1e-5
    assert float(signal[3:].max() - signal[3:].min()) < 1e-5
    assert abs(float(signal[0] - signal[3])) > 0.01
    alone = augmented(discs(), how, torch.Generator().manual_seed(0))[:, 0].mean(dim=(1, 2))
    assert float(alone[:3].max() - alone[:3].min()) > 0.01


@pytest.mark.parametrize(("part", "channel"), [("mask_ripple", 1), ("elastic", 1), ("bias_waves", 0)])
def test_each_smooth_variation_changes_its_channel_a_little(part, channel):
    how = replace(STILL, **{part: 0.05 if part == "elastic" else 0.3})
    varied, still = (augmented(discs(), what, torch.Generator().manual_seed(0)) for what in (how, STILL))
    changed = (varied - still)[:, channel].abs() > 1e-4
    assert changed.flatten(1).any(dim=1).all()
    assert changed.float().mean() < (0.2 if channel else 1.01)
    other = (varied - still)[:, 1 - channel].abs().max()
    assert float(other) < 1e-4


def test_targets_lean_to_neighbouring_grades_and_severities():
    targets = ordinal_targets(0.5, 0.5)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    at = {name: index for index, name in enumerate(GRADE_CLASSES)}
    assert targets[at["4M"], at["3M"]] > targets[at["4M"], at["3H"]]
    assert targets[at["2L"], at["3L"]] > targets[at["2L"], at["4L"]]
    assert SEVERITIES == ("L", "M", "H")
