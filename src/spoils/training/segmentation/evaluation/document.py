"""The evaluation of a segmentation network as one document: overall, and by source, scanner and Pfirrmann grade."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

from spoils.config import Settings
from spoils.files import write_folder
from spoils.grading import GRADES
from spoils.training.data import ANNOTATED, SPIDER, ScannerRecord, read_acquisitions, read_disc_labels
from spoils.training.progress import Progress, no_progress
from spoils.training.segmentation.evaluation.gallery import WORST, gallery_page
from spoils.training.segmentation.evaluation.installed import score_installed
from spoils.training.segmentation.evaluation.metrics import FIGURES
from spoils.training.segmentation.evaluation.scores import ImageScore
from spoils.training.segmentation.evaluation.space import SpaceScore, space_document
from spoils.training.segmentation.evaluation.summary import class_figures, estimate, summarise

__all__ = ["evaluate_segmentation", "evaluation_document", "write_evaluation"]

_NAME_COLUMNS = ("named", "name_confidence", "second_share")


def evaluate_segmentation(data: Path, settings: Settings, progress: Progress = no_progress) -> dict[str, Any]:
    """Score the installed network on the patients that it never saw; see ``evaluation_document``."""
    return evaluation_document(score_installed(data, settings, progress), data)


def evaluation_document(scores: Sequence[ImageScore], data: Path, space: Sequence[SpaceScore] = ()) -> dict[str, Any]:
    """Return the full evaluation of ``scores``.

    Args:
        scores: scores of patients that the network never saw.
        data: folder that contains ``spider`` if any score is of that source.
        space: scores on the slices of ``spider-space``.

    Returns:
        ``summary`` as ``summarise`` returns it, with ``classes``; ``by_source`` and ``by_scanner`` likewise without
        ``classes``; ``by_grade`` for discs; ``images`` with the scores of every structure; ``spider_space`` as
        ``space_document`` returns it, empty without such scores.

    Raises:
        InputUnreadable: the table of acquisitions or of grades is missing or damaged.
    """
    acquisitions = read_acquisitions(data / SPIDER / "acquisitions.csv") if _graded(scores) else {}
    return {
        "data": "annotated slices",
        "summary": summarise(scores) | {"classes": class_figures(scores)},
        "by_source": _by(scores, lambda score: score.source),
        "by_scanner": _by(scores, lambda score: _scanner(score, acquisitions)),
        "by_grade": _by_grade(_graded(scores), data / SPIDER / "gradings.csv"),
        "images": [score.document() for score in scores],
        "spider_space": space_document(space),
    }


def write_evaluation(
    document: Mapping[str, Any], scores: Sequence[ImageScore], data: Path, out: Path, *, worst: int = WORST
) -> None:
    """Write ``scores.json``, ``images.csv`` and ``gallery.html`` into the folder ``out``, all or none.

    Args:
        document: result of ``evaluation_document``.
        scores: the scores that it was made from. The table has a row for each image and structure.
        data: folder that contains the annotated slices.
        out: a folder outside the project, because the gallery shows patients' images.
        worst: number of images in the gallery.

    Raises:
        UsageError: the folder can't be written.
        InputUnreadable: an image of the gallery is missing.
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
    return [score for score in scores if score.source == SPIDER]


def _by(scores: Iterable[ImageScore], key: Callable[[ImageScore], str]) -> dict[str, Any]:
    groups: dict[str, list[ImageScore]] = {}
    for score in scores:
        groups.setdefault(key(score), []).append(score)
    return {name: summarise(groups[name]) for name in sorted(groups)}


def _scanner(score: ImageScore, acquisitions: Mapping[str, Mapping[str, str]]) -> str:
    """Return the scanner. Only SPIDER publishes it; other sources may use the same patient numbers."""
    row = acquisitions.get(score.patient, {}) if score.source == SPIDER else {}
    return ScannerRecord.of_row(row).scanner or f"not published ({score.source})"


def _by_grade(scores: Sequence[ImageScore], path: Path) -> dict[str, Any]:
    """Return the Dice of annotated discs by Pfirrmann grade, with the number of discs, patients and missing discs."""
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
