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
from spoils.grading.calibration import Calibration, FloatArray
from spoils.grading.features import FEATURES, FeatureRow
from spoils.grading.inputs import CHANNELS
from spoils.grading.severity_rules import FINDINGS
from spoils.messages import message
from spoils.models import LoadedModel, load_model

__all__ = ["GEOMETRY_GRADER", "IMAGE_GRADER", "Answer", "EnsembleRecord", "Graders", "UsualValues"]

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
class Answer:
    """The output of both graders for one disc.

    ``probabilities`` (11,) are calibrated, ``by_image`` (11,) the image grader's own. ``findings`` (6,) are the
    probabilities of ``FINDINGS``, the mean of the graders that answer them, and ``activation`` (11, row, column) the
    image grader's class activation maps: None where no installed grader gives them.

    Raises:
        ModelMismatch: findings or maps do not have that shape.
    """

    probabilities: FloatArray
    by_image: FloatArray
    findings: FloatArray | None = None
    activation: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.findings is not None and self.findings.shape != (len(FINDINGS),):
            raise ModelMismatch(message("grader-findings-unknown"))
        maps = self.activation
        if maps is not None and (maps.ndim != 3 or len(maps) != len(GRADE_CLASSES)):
            raise ModelMismatch(message("activation-maps-not-by-class"))


@dataclass(frozen=True, eq=False)
class Graders:
    """Both graders, the calibration of their mean, and what each Pfirrmann grade usually measures.

    ``usual_features`` (feature,) are those of the usual disc; NaN where the geometry grader fills in its own medians.
    """

    image: LoadedModel
    geometry: LoadedModel
    calibration: Calibration
    usual: Mapping[int, UsualValues]
    usual_features: FeatureRow

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
            raise ModelMismatch(message("graders-not-fitted-together"))
        calibration = Calibration(record.temperature, record.set_threshold)
        return cls(image, geometry, calibration, record.usual, _usual_features(geometry))

    def answers(self, discs: npt.NDArray[np.float32], features: npt.NDArray[np.float32]) -> list[Answer]:
        """Return the output of both graders for each disc.

        Args:
            discs: (discs, channel, row, column) as ``image_input`` makes each.
            features: (discs, feature) as ``feature_rows`` makes them.

        Raises:
            ModelMismatch: a grader gives findings or maps of an unknown shape.
        """
        seen, measured = self.image.run(discs=discs), self.geometry.run(features=features)
        by_image = np.asarray(seen["probabilities"], dtype=np.float64)
        nothing = (None,) * len(discs)
        known = [found["findings"].astype(np.float64) for found in (seen, measured) if "findings" in found]
        if len({findings.shape for findings in known}) > 1:
            raise ModelMismatch(message("graders-of-other-findings"))
        findings = np.mean(known, axis=0) if known else nothing
        maps = seen.get("activation", nothing)
        combined = self.calibration.combined(by_image, measured["probabilities"])
        return [Answer(*of_disc) for of_disc in zip(combined, by_image, findings, maps, strict=True)]

    def by_geometry(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the geometry grader's own class probabilities (rows, 11) of features (rows, feature)."""
        return np.asarray(self.geometry.run(features=features)["probabilities"])


def _require(grader: LoadedModel, key: str, expected: tuple[str, ...]) -> None:
    found: Any = grader.record.preprocessing.get(key)
    if not isinstance(found, list) or tuple(found) != expected:
        raise ModelMismatch(message("grader-field-mismatch", model=grader.record.name, field=key))


def _usual_features(geometry: LoadedModel) -> FeatureRow:
    """Return the training medians that the record keeps; NaN where it keeps none; the grader then fills in its own."""
    medians: Any = geometry.record.extra.get("reference")
    if medians is None:
        return np.full(len(FEATURES), np.nan, dtype=np.float32)
    if not isinstance(medians, list) or len(medians) != len(FEATURES):
        raise ModelMismatch(message("grader-without-usual-features", model=geometry.record.name))
    return np.array([np.nan if median is None else median for median in medians], dtype=np.float32)


def _ensemble_record(grader: LoadedModel) -> EnsembleRecord:
    try:
        return EnsembleRecord.model_validate(grader.record.extra.get("ensemble"))
    except ValidationError as error:
        raise ModelMismatch(message("grader-without-calibration", model=grader.record.name)) from error
