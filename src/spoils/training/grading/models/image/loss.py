"""The loss of an image grader for classes and findings. It uses the order of grades and severities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from spoils.anatomy import GRADE_CLASSES
from spoils.grading import GRADES, SEVERITIES, grade_of, severity_of
from spoils.training.grading.models.image.networks.network import Scores
from spoils.training.grading.models.image.plan import ImagePlan

__all__ = ["GradingLoss", "ordinal_targets"]

_GRADES = np.array([GRADES.index(grade_of(label)) for label in GRADE_CLASSES])
_SEVERITIES = np.array([SEVERITIES.index(severity_of(label)) for label in GRADE_CLASSES])
_LEAST = 1e-6
"""Bound on cumulative probabilities, so that rounding cannot make the loss infinite."""


def ordinal_targets(grade_reach: float, severity_reach: float) -> npt.NDArray[np.float32]:
    """Return the target distribution of each class, (11, 11): most on itself, some on its neighbours in both orders.

    >>> ordinal_targets(0.4, 0.4).argmax(axis=1).tolist() == list(range(11))
    True
    """
    by_grade, by_severity = _GRADES[:, None] - _GRADES, _SEVERITIES[:, None] - _SEVERITIES
    spread = np.exp(-((by_grade / grade_reach) ** 2 + (by_severity / severity_reach) ** 2) / 2)
    return np.asarray(spread / spread.sum(axis=1, keepdims=True), dtype=np.float32)


def class_weights(classes: npt.NDArray[np.intp], balance: float) -> npt.NDArray[np.float32]:
    """Return a weight for each class, (11,), whose mean over the discs is one. An unseen class has weight zero."""
    counts = np.bincount(classes, minlength=len(GRADE_CLASSES)).astype(np.float64)
    weights = np.where(counts > 0, np.maximum(counts, 1) ** -balance, 0.0)
    return np.asarray(weights / (weights[classes].mean()), dtype=np.float32)


def _sums_over(parts: npt.NDArray[np.intp], count: int) -> Tensor:
    """Return the matrix (11, count) that sums the classes of each part."""
    return functional.one_hot(torch.from_numpy(parts), count).float()


def exceeding(probabilities: Tensor) -> Tensor:
    """Return the probability to exceed each step except the highest, (batch, steps - 1), given (batch, steps).

    >>> exceeding(torch.tensor([[0.5, 0.25, 0.25]])).tolist()
    [[0.5, 0.25]]
    """
    return probabilities.flip(1).cumsum(dim=1).flip(1)[:, 1:]


class GradingLoss(nn.Module):
    """Cross entropy of classes with soft targets, plus an ordinal term chosen by the plan, plus that of findings.

    The ordinal term is either the cross entropy of the Pfirrmann grades, with the same targets, or that of the
    probabilities to exceed each grade and each severity. (The conditional probabilities of CORN, Shi et al. 2023,
    arXiv:2111.08851, are not offered: computed from a softmax, they multiply to the plain cross entropy.)
    """

    targets: Tensor
    weights: Tensor
    to_grade: Tensor
    to_severity: Tensor

    def __init__(self, plan: ImagePlan, classes: npt.NDArray[np.intp]) -> None:
        super().__init__()
        self.cumulative = plan.ordinal == "cumulative"
        self.findings_weight = plan.findings_weight
        constants = {
            "targets": torch.from_numpy(ordinal_targets(plan.grade_reach, plan.severity_reach)),
            "weights": torch.from_numpy(class_weights(classes, plan.balance)),
            "to_grade": _sums_over(_GRADES, len(GRADES)),
            "to_severity": _sums_over(_SEVERITIES, len(SEVERITIES)),
        }
        for name, constant in constants.items():
            self.register_buffer(name, constant)

    def _by_order(self, probabilities: Tensor, classes: Tensor) -> Tensor:
        losses = []
        for to_step in (self.to_grade, self.to_severity):
            chances = exceeding(probabilities @ to_step).clamp(_LEAST, 1 - _LEAST)
            exceeded = exceeding(to_step)[classes]
            losses.append(functional.binary_cross_entropy(chances, exceeded, reduction="none").sum(dim=1))
        return losses[0] + losses[1]

    def forward(self, scores: Scores, classes: Tensor, findings: Tensor) -> Tensor:
        """Return the mean loss of a batch, computed in single precision for any precision of the network.

        Args:
            scores: in any precision.
            classes: indices (batch,).
            findings: zero or one (batch, n); n is zero if the network does not predict findings.
        """
        with torch.autocast(scores.classes.device.type, enabled=False):
            return self._of_classes(scores, classes) + self._of_findings(scores, findings)

    def _of_classes(self, scores: Scores, classes: Tensor) -> Tensor:
        log_probabilities = scores.classes.float().log_softmax(dim=1)
        target = self.targets[classes]
        loss = -(target * log_probabilities).sum(dim=1)
        if self.cumulative:
            loss = loss + self._by_order(log_probabilities.exp(), classes)
        else:
            loss = loss - ((target @ self.to_grade) * (log_probabilities.exp() @ self.to_grade).log()).sum(dim=1)
        return (self.weights[classes] * loss).mean()

    def _of_findings(self, scores: Scores, findings: Tensor) -> Tensor:
        if not findings.shape[1]:
            return scores.classes.new_zeros(())
        losses = functional.binary_cross_entropy_with_logits(scores.findings.float(), findings, reduction="none")
        return self.findings_weight * losses.sum(dim=1).mean()
