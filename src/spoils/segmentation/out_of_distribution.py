"""The segmentation network, and what judges slices before and after it: by their kind, and by its features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.config import Settings
from spoils.errors import ModelMismatch
from spoils.images import Note
from spoils.messages import message
from spoils.models import LoadedModel, installed_models, load_model
from spoils.segmentation.predict import INT8_NAME, MODEL_NAME
from spoils.segmentation.slice_kind import KIND_MODEL_NAME, SliceKind, look_at

__all__ = ["DETECTOR_NAME", "SegmentationModels"]

DETECTOR_NAME = "out-of-distribution"


@dataclass(frozen=True, eq=False)
class SegmentationModels:
    """The segmentation network, and what judges slices before and after it.

    ``detector`` leads from the network's features to a distance from the training data, ``kinds`` from a slice to what
    it shows. Without them no slice is judged.

    Raises:
        ModelMismatch: network and detector were not made for each other.
    """

    network: LoadedModel
    detector: LoadedModel | None = None
    kinds: LoadedModel | None = None

    def __post_init__(self) -> None:
        detector = self.detector
        network = self.network.record
        # An int8 network has nearly the features of the exact one that it was made from.
        exact = network.extra.get("exact", network.sha256)
        if detector and detector.record.extra.get("segmentation") != exact:
            raise ModelMismatch(message("detector-of-other-network"))

    @classmethod
    def load(cls, settings: Settings | None = None) -> SegmentationModels:
        """Load all three; the int8 network where the settings ask for it.

        A folder of a user's own networks may lack the one for kinds. It depends on no other: the packaged one serves.

        Raises:
            ModelMissing: a model is not installed.
            ModelMismatch: a model is not the one that the manifest names, or they were not made for each other.
        """
        settings = settings or Settings()
        network = load_model(INT8_NAME if settings.int8 else MODEL_NAME, settings)
        return cls(network, load_model(DETECTOR_NAME, settings), _load_kinds(settings))

    def kind_of(self, pixels: npt.NDArray[np.float32], spacing_mm: tuple[float, float]) -> SliceKind | None:
        """Return what a slice (rows, columns) of this pixel spacing (row, column) shows; None without that network."""
        return None if self.kinds is None else look_at(pixels, spacing_mm, self.kinds)

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


def _load_kinds(settings: Settings) -> LoadedModel:
    if KIND_MODEL_NAME not in {record.name for record in installed_models(settings)}:
        settings = settings.model_copy(update={"models_dir": None})
    return load_model(KIND_MODEL_NAME, settings)
