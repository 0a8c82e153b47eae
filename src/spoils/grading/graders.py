"""The two shipped graders and what belongs to them: calibration, and what each grade usually measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, PositiveFloat, ValidationError

from spoils.anatomy import GRADE_CLASSES
from spoils.config import Settings
from spoils.errors import ModelMismatch
from spoils.grading.calibration import Calibration
from spoils.grading.features import FEATURES
from spoils.grading.inputs import CHANNELS
from spoils.models import LoadedModel, load_model

__all__ = ["GEOMETRY_GRADER", "IMAGE_GRADER", "EnsembleRecord", "Graders", "UsualValues"]

IMAGE_GRADER = "grader-image"
GEOMETRY_GRADER = "grader-geometry"


class UsualValues(BaseModel):
    """Median and spread (as of a normal distribution) of two measurements among discs of one Pfirrmann grade."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    signal_csf_ratio: tuple[float, PositiveFloat]
    height_index: tuple[float, PositiveFloat]


class EnsembleRecord(BaseModel):
    """What the manifest keeps, in each grader's ``extra``, of the pair of graders that were fitted together.

    ``fit`` names the fit: both graders must come from the same one, for the calibration belongs to the pair.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fit: str
    temperature: float
    set_threshold: float
    set_target: float
    set_coverage: float
    severity_version: str
    usual: dict[int, UsualValues]


@dataclass(frozen=True, eq=False)
class Graders:
    """Both graders, the calibration of their mean, and what each Pfirrmann grade usually measures."""

    image: LoadedModel
    geometry: LoadedModel
    calibration: Calibration
    usual: Mapping[int, UsualValues]

    @classmethod
    def load(cls, settings: Settings | None = None) -> Graders:
        """Load both graders from the model folder.

        Raises:
            ModelMissing: one of them is not installed.
            ModelMismatch: they don't belong together, or were fitted to other features, channels or classes than these.
        """
        image, geometry = load_model(IMAGE_GRADER, settings), load_model(GEOMETRY_GRADER, settings)
        _require(image, "channels", CHANNELS)
        _require(geometry, "features", FEATURES)
        for grader in (image, geometry):
            _require(grader, "classes", GRADE_CLASSES)
        record, partner = (_ensemble_record(grader) for grader in (image, geometry))
        if record != partner:
            raise ModelMismatch("The image grader and the geometry grader were not fitted together.")
        return cls(image, geometry, Calibration(record.temperature, record.set_threshold), record.usual)

    def probabilities(
        self, discs: npt.NDArray[np.float32], features: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float64]:
        """Return calibrated class probabilities (discs, 11).

        Args:
            discs: (discs, channel, row, column) as ``image_input`` makes each.
            features: (discs, feature) as ``feature_rows`` makes them.
        """
        by_image = self.image.run(discs=discs)["probabilities"]
        by_geometry = self.geometry.run(features=features)["probabilities"]
        return self.calibration.combined(by_image, by_geometry)


def _require(grader: LoadedModel, key: str, expected: tuple[str, ...]) -> None:
    found: Any = grader.record.preprocessing.get(key)
    if not isinstance(found, list) or tuple(found) != expected:
        raise ModelMismatch(f"The model {grader.record.name!r} was fitted to other {key} than this version makes.")


def _ensemble_record(grader: LoadedModel) -> EnsembleRecord:
    try:
        return EnsembleRecord.model_validate(grader.record.extra.get("ensemble"))
    except ValidationError as error:
        raise ModelMismatch(f"The model {grader.record.name!r} does not say how it is calibrated.") from error
