"""The evaluation of a segmentation network as one document: over all, and by source, scanner and Pfirrmann grade."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

from spoils.config import Settings
from spoils.errors import UsageError
from spoils.files import write_folder
from spoils.grading import GRADES
from spoils.models import ModelRecord, installed_models, load_model
from spoils.segmentation import DETECTOR_NAME, MODEL_NAME, SegmentationModels
from spoils.training.data.slices import Person, person_of, read_index, same_person_other_source
from spoils.training.data.splits import folds_digest, segmentation_folds, unannotated_folds
from spoils.training.disc_table import ScannerRecord, read_acquisitions
from spoils.training.disc_table.labels import read_disc_labels
from spoils.training.segmentation.evaluation.gallery import WORST, gallery_page
from spoils.training.segmentation.evaluation.metrics import FIGURES
from spoils.training.segmentation.evaluation.scores import ImageScore, Progress, score_annotated
from spoils.training.segmentation.evaluation.summary import class_figures, estimate, summarise

__all__ = [
    "ANNOTATED",
    "evaluate_segmentation",
    "evaluation_document",
    "folds_of_network",
    "learned_from",
    "network_and_detector",
    "score_installed",
    "unseen_patients",
    "write_evaluation",
]

ANNOTATED = "annotated"
"""Folder of the annotated slices in the folder of all data."""

_GRADED = "spider"
"""Source, and folder in the data, whose patients have published scanners and graded discs."""

_NAME_COLUMNS = ("named", "name_confidence", "second_share")


def folds_of_network(data: Path, record: ModelRecord) -> dict[str, int]:
    """Return the folds that the network of ``record`` was fitted with: the packaged ones, or those of ``data``.

    Raises:
        UsageError: it was fitted with others.
    """
    digest, packaged = record.extra.get("folds"), segmentation_folds()
    if digest is None or digest == folds_digest(packaged):
        return packaged
    own = segmentation_folds(data)
    if digest != folds_digest(own):
        raise UsageError("The network was fitted with other folds than these data hold: whom it saw can't be told.")
    return own


def learned_from(data: Path, record: ModelRecord) -> set[Person]:
    """Return the annotated patients in ``data`` from whose contours the network of ``record`` learned.

    These are the patients of its folds, but for those held out.

    Raises:
        UsageError: it was fitted with other folds than those of the project or of ``data``.
    """
    plan, folds = record.extra.get("plan"), folds_of_network(data, record)
    held_out = plan.get("held_out") if isinstance(plan, dict) else None
    left_out = held_out if isinstance(held_out, list) else []
    rows = read_index(data / ANNOTATED)
    fitted = {person_of(row) for row in rows if row["patient"] in folds and folds[row["patient"]] not in left_out}
    return fitted - same_person_other_source(rows, folds)


def unseen_patients(data: Path, record: ModelRecord) -> set[Person]:
    """Return the annotated patients in ``data`` whom the network of ``record`` never saw.

    SPIDER's patients who are in none of its folds count as seen, whoever annotated them since: the network labelled
    their slices itself, and those set aside chose the limit of its detector.

    Raises:
        UsageError: it was fitted with other folds than those of the project or of ``data``.
    """
    self_labelled = {(patient, _GRADED) for patient in unannotated_folds().keys() - folds_of_network(data, record)}
    people = {person_of(row) for row in read_index(data / ANNOTATED)}
    return people - learned_from(data, record) - self_labelled


def network_and_detector(settings: Settings) -> SegmentationModels:
    """Load the installed network, with the model of detector where one was made for it, else alone.

    A network that is being registered has none yet.

    Raises:
        ModelMissing: no network is installed.
        ModelMismatch: weights are not those that the manifest names.
    """
    network = load_model(MODEL_NAME, settings)
    made_for = {record.name: record.extra.get("segmentation") for record in installed_models(settings)}
    if made_for.get(DETECTOR_NAME) != network.record.sha256:
        return SegmentationModels(network)
    return SegmentationModels(network, load_model(DETECTOR_NAME, settings))


def score_installed(data: Path, settings: Settings, progress: Progress) -> list[ImageScore]:
    """Score the installed network on the annotated slices of every patient whom it never saw.

    Raises:
        UsageError: it saw them all, or whom it saw can't be told.
    """
    models = network_and_detector(settings)
    scores = score_annotated(data / ANNOTATED, unseen_patients(data, models.network.record), models, progress)
    if not scores:
        raise UsageError("The installed network saw every patient of these data; score the fits of its folds instead.")
    return scores


def evaluate_segmentation(
    data: Path, settings: Settings, progress: Progress = lambda stage, done: None
) -> dict[str, Any]:
    """Score the installed network on the patients it never saw; see ``evaluation_document``."""
    return evaluation_document(score_installed(data, settings, progress), data)


def evaluation_document(scores: Sequence[ImageScore], data: Path) -> dict[str, Any]:
    """Assemble everything that is reported of ``scores``.

    Args:
        scores: of patients that the scored network never saw.
        data: folder that holds ``spider`` where any score is of that source.

    Returns:
        ``summary`` as ``summarise`` gives it, with ``classes``; ``by_source`` and ``by_scanner`` likewise without;
        ``by_grade`` for discs; ``images`` with the scores of every structure.

    Raises:
        InputUnreadable: the table of acquisitions or of grades is missing or damaged.
    """
    acquisitions = read_acquisitions(data / _GRADED / "acquisitions.csv") if _graded(scores) else {}
    return {
        "data": "annotated slices",
        "summary": summarise(scores) | {"classes": class_figures(scores)},
        "by_source": _by(scores, lambda score: score.source),
        "by_scanner": _by(scores, lambda score: _scanner(score, acquisitions)),
        "by_grade": _by_grade(_graded(scores), data / _GRADED / "gradings.csv"),
        "images": [score.document() for score in scores],
    }


def write_evaluation(
    document: Mapping[str, Any], scores: Sequence[ImageScore], data: Path, out: Path, *, worst: int = WORST
) -> None:
    """Write ``scores.json``, ``images.csv`` and ``gallery.html`` into the folder ``out``, all or none.

    Args:
        document: of ``evaluation_document``.
        scores: that it was assembled from; the table has a row for each image and structure.
        data: folder that holds the annotated slices.
        out: a folder outside the project, for the gallery shows patients' images.
        worst: images in the gallery.

    Raises:
        UsageError: the folder can't be written.
        InputUnreadable: an image of the gallery is gone.
    """
    content = json.dumps(document, indent=1, allow_nan=False) + "\n"
    page = gallery_page(scores, data / ANNOTATED, worst)
    files = {"scores.json": content, "images.csv": _table(scores), "gallery.html": page}
    write_folder(out, {name: text.encode() for name, text in files.items()})


def _table(scores: Iterable[ImageScore]) -> str:
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("image", "patient", "source", "structure", *FIGURES, "missing", *_NAME_COLUMNS))
    for score in scores:
        for name, one in score.structures.items():
            row = (score.image, score.patient, score.source, name, *one.figures.values())
            confidence = score.name_confidence.get(name)
            writer.writerow((*row, one.missing, one.named, confidence, one.second_share))
    return text.getvalue()


def _graded(scores: Iterable[ImageScore]) -> list[ImageScore]:
    return [score for score in scores if score.source == _GRADED]


def _by(scores: Iterable[ImageScore], key: Callable[[ImageScore], str]) -> dict[str, Any]:
    groups: dict[str, list[ImageScore]] = {}
    for score in scores:
        groups.setdefault(key(score), []).append(score)
    return {name: summarise(groups[name]) for name in sorted(groups)}


def _scanner(score: ImageScore, acquisitions: Mapping[str, Mapping[str, str]]) -> str:
    """Return the scanner; the other sources number patients on their own, so only the graded one is looked up."""
    row = acquisitions.get(score.patient, {}) if score.source == _GRADED else {}
    return ScannerRecord.of_row(row).scanner or f"not published ({score.source})"


def _by_grade(scores: Sequence[ImageScore], path: Path) -> dict[str, Any]:
    """Return the Dice of drawn discs by their Pfirrmann grade, with how many discs, patients and missing ones."""
    if not scores:
        return {}
    labels = read_disc_labels(path)
    table = {}
    for grade in GRADES:
        discs = [
            (score.patient, score.structures[level])
            for score in scores
            for level, label in labels.get(score.patient, {}).items()
            if label.grade == grade and level in score.structures
        ]
        patients = [patient for patient, _ in discs]
        found = estimate([disc.overlap.dice for _, disc in discs], patients)
        if found is not None:
            row = asdict(found)
            table[str(grade)] = {
                "dice": {name: row[name] for name in ("mean", "low", "high")},
                "discs": row["images"],
                "patients": len(set(patients)),
                "missing": sum(disc.missing for _, disc in discs),
            }
    return table
