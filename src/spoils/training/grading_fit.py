"""Fitting both graders: out of fold for the figures and the calibration, then on all patients for shipping.

A fit is a folder: ``plan.json``, the table of discs, one file of answers per fold, and the two exported graders. What
is there is not done again, so a fit that was broken off goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spoils.config import Settings
from spoils.errors import InputUnreadable, UsageError
from spoils.grading import CHANNELS, FEATURES, GEOMETRY_GRADER, IMAGE_GRADER
from spoils.segmentation import SegmentationModels
from spoils.training.folds import assign_folds, read_folds
from spoils.training.graders.boosting import BoostingPlan, export_geometry, fit_geometry
from spoils.training.graders.image import ImagePlan, export_image, fit_image, image_probabilities
from spoils.training.grading_calibration import Answers
from spoils.training.grading_data import DiscTable, build_table, read_acquisitions, read_table, write_table

__all__ = ["N_FOLDS", "GradingPlan", "OutOfFold", "deal_grading_folds", "fit_graders", "grading_folds", "load_table"]

N_FOLDS = 8
PLAN_NAME = "plan.json"
_FOLDS = Path(__file__).parent / "folds" / "grading.json"
_TABLE_NAME = "discs.parquet"
_EXPORTED_NAME = "exported.json"

Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class GradingPlan:
    """Everything that decides a fit; written beside its results."""

    image: ImagePlan = field(default_factory=ImagePlan)
    geometry: BoostingPlan = field(default_factory=BoostingPlan)
    seed: int = 0

    def as_text(self) -> str:
        """Return the plan as JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Answers (discs, 11) of both graders for every disc of a table, each from a fit without the disc's patient.

    ``folds`` (discs,) says which fit answered.
    """

    image: Answers
    geometry: Answers
    folds: npt.NDArray[np.intp]


def deal_grading_folds(folder: Path) -> dict[str, int]:
    """Deal the patients of SPIDER's ``acquisitions.csv`` into folds, spreading the scanners evenly."""
    acquisitions = read_acquisitions(folder / "acquisitions.csv")
    scanners = {patient: f"{row['manufacturer']} {row['model']}" for patient, row in acquisitions.items()}
    return assign_folds(scanners, N_FOLDS)


def grading_folds() -> dict[str, int]:
    """Return the eight folds of SPIDER's patients that every grading experiment uses."""
    return read_folds(_FOLDS)


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def load_table(data: Path, out: Path, settings: Settings, tell: Tell) -> DiscTable:
    """Return the table of discs: the one in ``out`` if it was made from the same data and network, else a new one."""
    models = SegmentationModels.load(settings)
    sources = [(data / "spider" / name).read_bytes() for name in ("acquisitions.csv", "gradings.csv")]
    key = _digest(models.network.record.sha256.encode(), *sources, ",".join((*CHANNELS, *FEATURES)).encode())
    table = read_table(out / _TABLE_NAME, key)
    if table is None:
        table = build_table(data / "spider", models, tell)
        write_table(table, out / _TABLE_NAME, key)
    return table


def _begin(out: Path, plan: GradingPlan) -> None:
    out.mkdir(parents=True, exist_ok=True)
    path = out / PLAN_NAME
    if path.is_file() and path.read_text(encoding="utf-8") != plan.as_text():
        raise UsageError(f"{out.name} holds a fit of another plan; choose another folder.")
    path.write_text(plan.as_text(), encoding="utf-8")


def _table_digest(table: DiscTable) -> str:
    known = np.nan_to_num(table.features, nan=-1.0)  # NaN has many bit patterns
    return _digest(known.tobytes(), table.images.tobytes(), table.classes.tobytes())


def _answer_fold(table: DiscTable, held_out: npt.NDArray[np.bool_], plan: GradingPlan) -> tuple[Answers, Answers]:
    """Fit both graders without the held-out discs and return their answers for these."""
    images, features, classes = table.images, table.features, table.classes
    network = fit_image(images[~held_out], classes[~held_out], plan.image, seed=plan.seed)
    boosting = fit_geometry(features[~held_out], classes[~held_out], plan.geometry, seed=plan.seed)
    return image_probabilities(network, images[held_out]), boosting.probabilities(features[held_out])


def _out_of_fold(table: DiscTable, out: Path, plan: GradingPlan, tell: Tell) -> OutOfFold:
    folds_of = grading_folds()
    folds = np.array([folds_of[patient] for patient in table.patients])
    digest = _table_digest(table)
    image, geometry = np.zeros((len(folds), 11)), np.zeros((len(folds), 11))
    for fold in range(N_FOLDS):
        held_out, path = folds == fold, out / f"fold-{fold}.json"
        stored = _stored_answers(path, digest)
        if stored is None:
            stored = _answer_fold(table, held_out, plan)
            content = {"table": digest, "image": stored[0].tolist(), "geometry": stored[1].tolist()}
            path.write_text(json.dumps(content) + "\n", encoding="utf-8")
        tell(f"fold {fold} answered", (fold + 1) / N_FOLDS)
        image[held_out], geometry[held_out] = stored
    return OutOfFold(image, geometry, folds)


def _stored_answers(path: Path, digest: str) -> tuple[Answers, Answers] | None:
    """Return the answers that an earlier run stored for this very table, if any.

    Raises:
        InputUnreadable: the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["table"] != digest:
            return None
        return np.array(content["image"]), np.array(content["geometry"])
    except (ValueError, KeyError) as error:
        raise InputUnreadable(f"The answers in {path.name} can't be read; delete the file.") from error


def fit_graders(table: DiscTable, out: Path, plan: GradingPlan, tell: Tell) -> OutOfFold:
    """Fit both graders once per fold and once on all patients, and export the latter into ``out``.

    Args:
        table: the discs.
        out: folder of the fit.
        plan: what to fit.
        tell: told the stage and the share done.

    Raises:
        UsageError: ``out`` holds a fit of another plan, or a fold or a class is empty.
        ModelMismatch: an exported grader does not answer like the fitted one.
    """
    _begin(out, plan)
    answers = _out_of_fold(table, out, plan, lambda stage, done: tell(stage, done * N_FOLDS / (N_FOLDS + 1)))
    tell("all patients", N_FOLDS / (N_FOLDS + 1))
    if _is_exported(table, out):
        return answers
    network = fit_image(table.images, table.classes, plan.image, seed=plan.seed)
    export_image(network, table.images, out / f"{IMAGE_GRADER}.onnx")
    boosting = fit_geometry(table.features, table.classes, plan.geometry, seed=plan.seed)
    export_geometry(boosting, table.features, out / f"{GEOMETRY_GRADER}.onnx")
    (out / _EXPORTED_NAME).write_text(json.dumps({"table": _table_digest(table)}) + "\n", encoding="utf-8")
    return answers


def _is_exported(table: DiscTable, out: Path) -> bool:
    """Say whether both graders were exported from a fit to this very table."""
    path = out / _EXPORTED_NAME
    return path.is_file() and path.read_text(encoding="utf-8") == json.dumps({"table": _table_digest(table)}) + "\n"
