"""Scoring of the installed network on patients that it never saw."""

from __future__ import annotations

from pathlib import Path

from spoils.config import Settings
from spoils.errors import UsageError
from spoils.models import ModelRecord, installed_models, load_model
from spoils.segmentation import DETECTOR_NAME, MODEL_NAME, SegmentationModels
from spoils.training.data import (
    ANNOTATED,
    SPIDER,
    Person,
    folds_digest,
    other_patients_with_same_id,
    person_of,
    read_index,
    segmentation_folds,
    unannotated_folds,
)
from spoils.training.progress import Progress
from spoils.training.segmentation.evaluation.scores import ImageScore, score_annotated

__all__ = ["folds_of_network", "learned_from", "network_and_detector", "score_installed", "unseen_patients"]


def folds_of_network(data: Path, record: ModelRecord) -> dict[str, int]:
    """Return the folds that the network of ``record`` was fitted with: the packaged ones, or those of ``data``.

    Raises:
        UsageError: it was fitted with other folds.
    """
    digest, packaged = record.extra.get("folds"), segmentation_folds()
    if digest is None or digest == folds_digest(packaged):
        return packaged
    own = segmentation_folds(data)
    if digest != folds_digest(own):
        raise UsageError("The network was fitted with other folds than those in the data, so its patients are unknown.")
    return own


def learned_from(data: Path, record: ModelRecord) -> set[Person]:
    """Return the annotated patients in ``data`` that the network of ``record`` was fitted to.

    These are the patients of its folds, except for those held out.

    Raises:
        UsageError: it was fitted with other folds than those of the project or of ``data``.
    """
    plan, folds = record.extra.get("plan"), folds_of_network(data, record)
    held_out = plan.get("held_out") if isinstance(plan, dict) else None
    left_out = held_out if isinstance(held_out, list) else []
    rows = read_index(data / ANNOTATED)
    fitted = {person_of(row) for row in rows if row["patient"] in folds and folds[row["patient"]] not in left_out}
    return fitted - other_patients_with_same_id(rows, folds)


def unseen_patients(data: Path, record: ModelRecord) -> set[Person]:
    """Return the annotated patients in ``data`` that the network of ``record`` never saw.

    SPIDER patients that are in none of its folds count as seen, even if they were annotated later: the network labelled
    their slices itself, or they were used to choose the limit of its detector.

    Raises:
        UsageError: it was fitted with other folds than those of the project or of ``data``.
    """
    self_labelled = {(patient, SPIDER) for patient in unannotated_folds().keys() - folds_of_network(data, record)}
    people = {person_of(row) for row in read_index(data / ANNOTATED)}
    return people - learned_from(data, record) - self_labelled


def network_and_detector(settings: Settings) -> SegmentationModels:
    """Load the installed network, with its out-of-distribution detector if there is one.

    A network that is being registered has no detector yet.

    Raises:
        ModelMissing: no network is installed.
        ModelMismatch: the weights do not match the manifest.
    """
    network = load_model(MODEL_NAME, settings)
    made_for = {record.name: record.extra.get("segmentation") for record in installed_models(settings)}
    if made_for.get(DETECTOR_NAME) != network.record.sha256:
        return SegmentationModels(network)
    return SegmentationModels(network, load_model(DETECTOR_NAME, settings))


def score_installed(data: Path, settings: Settings, progress: Progress) -> list[ImageScore]:
    """Score the installed network on the annotated slices of every patient that it never saw.

    Raises:
        UsageError: it saw all patients, or the patients that it saw are unknown.
    """
    models = network_and_detector(settings)
    scores = score_annotated(data / ANNOTATED, unseen_patients(data, models.network.record), models, progress)
    if not scores:
        raise UsageError("The installed network saw every patient of these data; score the fits of its folds instead.")
    return scores
