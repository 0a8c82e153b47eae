"""The segmentation network, and the detector of slices unlike those that it was fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.config import Settings
from spoils.errors import ModelMismatch
from spoils.images import Note
from spoils.messages import message
from spoils.models import LoadedModel, load_model
from spoils.segmentation.predict import INT8_NAME, MODEL_NAME

__all__ = ["DETECTOR_NAME", "SegmentationModels"]

DETECTOR_NAME = "out-of-distribution"


@dataclass(frozen=True, eq=False)
class SegmentationModels:
    """The segmentation network, and the detector, from its features to a distance from the training data.

    Without a detector no slice is judged.

    Raises:
        ModelMismatch: the two were not made for each other.
    """

    network: LoadedModel
    detector: LoadedModel | None = None

    def __post_init__(self) -> None:
        detector = self.detector
        network = self.network.record
        # An int8 network has nearly the features of the exact one that it was made from.
        exact = network.extra.get("exact", network.sha256)
        if detector and detector.record.extra.get("segmentation") != exact:
            raise ModelMismatch(message("detector-of-other-network"))

    @classmethod
    def load(cls, settings: Settings | None = None) -> SegmentationModels:
        """Load both; the int8 network where the settings ask for it.

        Raises:
            ModelMissing: a model is not installed.
            ModelMismatch: a model is not the one that the manifest names, or they were not made for each other.
        """
        settings = settings or Settings()
        network = load_model(INT8_NAME if settings.int8 else MODEL_NAME, settings)
        return cls(network, load_model(DETECTOR_NAME, settings))

    def out_of_distribution_note(self, features: npt.NDArray[np.float32]) -> Note | None:
        """Return the note on a slice with these features (n,); None if it is like the training data.

        A distance above one is larger, with a margin, than that of any slice of the patients that were held out.
        """
        if self.detector is None:
            return None
        distance = float(self.detector.run(features=features[None])["distance"][0])
        if distance <= 1.0:
            return None
        return Note("out-of-distribution", message("out-of-distribution", times=distance))
