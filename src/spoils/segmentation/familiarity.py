"""The segmentation network together with what says whether a slice looks like those it was fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.config import Settings
from spoils.errors import ModelMismatch
from spoils.images import Note
from spoils.models import LoadedModel, load_model
from spoils.segmentation.predict import EIGHT_BITS_NAME, MODEL_NAME

__all__ = ["FAMILIARITY_NAME", "SegmentationModels"]

FAMILIARITY_NAME = "familiarity"


@dataclass(frozen=True, eq=False)
class SegmentationModels:
    """The segmentation network, and the model from its features to an unfamiliarity; without it none is judged.

    Raises:
        ModelMismatch: the two were not made for each other.
    """

    network: LoadedModel
    familiarity: LoadedModel | None = None

    def __post_init__(self) -> None:
        familiarity = self.familiarity
        network = self.network.record
        # A network in eight bits has the features, nearly, of the exact one that it was made from.
        exact = network.extra.get("exact", network.sha256)
        if familiarity and familiarity.record.extra.get("segmentation") != exact:
            raise ModelMismatch("The familiarity model belongs to another segmentation network.")

    @classmethod
    def load(cls, settings: Settings | None = None) -> SegmentationModels:
        """Load both; the network in eight bits where the settings ask for it.

        Raises:
            ModelMissing: a model is not installed.
            ModelMismatch: a model is not the one that the manifest names, or they were not made for each other.
        """
        settings = settings or Settings()
        network = load_model(EIGHT_BITS_NAME if settings.eight_bits else MODEL_NAME, settings)
        return cls(network, load_model(FAMILIARITY_NAME, settings))

    def familiarity_note(self, features: npt.NDArray[np.float32]) -> Note | None:
        """Return what must be told of a slice with these features (n,); None for a familiar one.

        An unfamiliarity above one lies beyond all slices of patients that were set aside, with a margin.
        """
        if self.familiarity is None:
            return None
        unfamiliarity = float(self.familiarity.run(features=features[None])["unfamiliarity"][0])
        if unfamiliarity <= 1.0:
            return None
        return Note(
            "unfamiliar-image",
            f"The image is unlike those that the segmentation knows ({unfamiliarity:.1f} times the limit), so no disc"
            " is graded; check sequence, orientation and pixel spacing.",
        )
