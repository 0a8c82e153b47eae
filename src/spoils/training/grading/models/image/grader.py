"""Image graders behind the interface of all graders."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spoils.errors import UsageError
from spoils.training.disc_table import Discs
from spoils.training.grading.models.base import Probabilities
from spoils.training.grading.models.image.export import ImagePredictions, export_image, predict_images
from spoils.training.grading.models.image.fit import ImageExamples, fit_network
from spoils.training.grading.models.image.networks.network import ShippedNetwork
from spoils.training.grading.models.image.plan import IMAGE_PLANS, ImagePlan
from spoils.training.progress import Progress, no_progress

__all__ = ["FittedImageGrader", "ImageGrader"]


@dataclass(frozen=True, eq=False)
class FittedImageGrader:
    """A fitted image grader."""

    network: ShippedNetwork

    def predict(self, discs: Discs) -> ImagePredictions:
        """Return probabilities, findings and activation of discs, each patient's together."""
        return predict_images(self.network, discs.images, discs.patients)

    def probabilities(self, discs: Discs) -> Probabilities:
        """Return class probabilities (discs, 11)."""
        return self.predict(discs).probabilities

    def findings(self, discs: Discs) -> npt.NDArray[np.float64]:
        """Return the probability of each of ``FINDINGS``, (discs, 6).

        Raises:
            UsageError: the grader was fitted without findings.
        """
        if not self.network.predicts_findings:
            raise UsageError("This image grader was fitted without findings, so it can't predict them.")
        return self.predict(discs).findings

    def export(self, discs: Discs, path: Path) -> float:
        """Write the network as ONNX, as ``export_image`` does, and compare it on ``discs``."""
        return export_image(self.network, discs.images, path)


@dataclass(frozen=True)
class ImageGrader:
    """Grades discs by their images. ``encoder_weights`` is a file of ImageNet weights for MobileNetV2."""

    name: str = "disc"
    plan: ImagePlan = field(default_factory=ImagePlan)
    encoder_weights: Path | None = None

    @classmethod
    def named(cls, name: str) -> ImageGrader:
        """Return the grader of that name, with its plan in ``IMAGE_PLANS``.

        Raises:
            UsageError: there is none.
        """
        if name not in IMAGE_PLANS:
            raise UsageError(f"There is no image grader {name!r}; known are {', '.join(IMAGE_PLANS)}.")
        return cls(name, IMAGE_PLANS[name])

    def fit(
        self,
        discs: Discs,
        *,
        seed: int,
        findings: npt.NDArray[np.bool_] | None = None,
        ungraded: npt.NDArray[np.float32] | None = None,
        progress: Progress = no_progress,
    ) -> FittedImageGrader:
        """Fit to the classes of discs and, if given, to their findings.

        Args:
            discs: what to learn from.
            seed: seed of all random numbers.
            findings: which of ``FINDINGS`` each disc has, (discs, 6).
            ungraded: further images (n, channel, row, column) for pretraining.
            progress: called after every batch.

        Raises:
            UsageError: there are fewer discs than a batch holds, or the parts do not fit each other.
        """
        examples = ImageExamples(discs.images, discs.classes, findings, discs.patients, ungraded)
        network = fit_network(examples, self.plan, seed=seed, encoder_weights=self.encoder_weights, progress=progress)
        return FittedImageGrader(network)
