"""Two ways to split the discs into folds, and cross-validation of any grader with either.

- ``patients`` splits by patient. A disc is graded by a fit that saw no disc of its patient. These figures are valid for
  new patients.
- ``slices`` splits as the study did. Every disc is copied with slight variations, and the copies are split at random.
  Nearly every disc is graded by a fit that saw its copies.

The difference between the two is leakage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import InputUnreadable, UsageError
from spoils.grading import FEATURES, FINDINGS
from spoils.training.data import N_FOLDS, grading_folds
from spoils.training.disc_table import Discs
from spoils.training.grading.models.augmentation import DiscAugmentation, augmented
from spoils.training.grading.models.base import FittedGrader, Grader, Probabilities
from spoils.training.grading.models.image.grader import FittedImageGrader, ImageGrader
from spoils.training.grading.models.ordinal import FittedOrdinalGrader, OrdinalGrader
from spoils.training.progress import Progress, named, no_progress, turn

__all__ = [
    "N_FOLDS",
    "QUARTILES_OF_NORMAL",
    "ByPatient",
    "BySlice",
    "Split",
    "SplitPredictions",
    "SplitProtocol",
    "digest_of",
    "fit_to",
    "grading_folds",
    "run_protocol",
]

_COUNTED = "level_index"
"""The only feature that is counted and not measured."""
_DECIMALS = 6

QUARTILES_OF_NORMAL = 1.349
"""Interquartile range of a normal distribution, in standard deviations. It is robust to outliers."""

IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Split:
    """Discs in folds.

    Attributes:
        discs: one per row.
        sources: index of the original disc that a row is a copy of, (rows,).
        folds: fold of each row, (rows,).
        protocol: name of the protocol that made the split.
        seed: its seed.
        findings: which of ``FINDINGS`` each row has, (rows, 6); None if graders do not learn them.

    Raises:
        UsageError: the parts differ in length, or all rows are in one fold.
    """

    discs: Discs
    sources: IntArray
    folds: IntArray
    protocol: str
    seed: int
    findings: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if not len(self.discs) == len(self.sources) == len(self.folds):
            raise UsageError("Discs, their sources and folds do not have the same length.")
        if self.findings is not None and self.findings.shape != (len(self.discs), len(FINDINGS)):
            raise UsageError(f"Each disc has {len(FINDINGS)} findings.")
        if len(np.unique(self.folds)) < 2:
            raise UsageError("Cross-validation needs discs in two folds or more.")

    def with_findings(self, findings: npt.NDArray[np.bool_]) -> Split:
        """Return the split with the findings (discs, 6) of the original discs, for graders that can learn them."""
        return replace(self, findings=findings[self.sources])


@dataclass(frozen=True, eq=False)
class SplitPredictions:
    """Out-of-fold predictions of one grader for every row of a split.

    Attributes:
        split: the discs and their folds.
        probabilities: of the classes, (rows, 11).
        findings: of ``FINDINGS``, (rows, 6); None if the grader does not predict them.
    """

    split: Split
    probabilities: Probabilities
    findings: Probabilities | None = None


class SplitProtocol(Protocol):
    """A way to split discs into folds."""

    @property
    def name(self) -> str:
        """A short name, as in tables and folders."""
        ...

    def split(self, discs: Discs, *, seed: int) -> Split:
        """Return the discs, or copies of them, in folds."""
        ...


@dataclass(frozen=True)
class ByPatient:
    """All discs of a patient are in the patient's fold.

    ``folds`` gives the fold of each patient; the packaged ones of SPIDER unless others are given.
    """

    folds: Mapping[str, int] = field(default_factory=grading_folds)
    name: str = "patients"

    def split(self, discs: Discs, *, seed: int) -> Split:
        """Return the discs with the folds of their patients; the seed makes no difference.

        Raises:
            UsageError: a patient has no fold.
        """
        without_fold = set(discs.patients.tolist()) - set(self.folds)
        if without_fold:
            raise UsageError(
                f"Graded patients in no fold: {len(without_fold)}."
                " Run 'spoils dataset folds --data DATA' to assign them."
            )
        folds = np.array([self.folds[patient] for patient in discs.patients])
        return Split(discs, np.arange(len(discs)), folds, self.name, seed)


@dataclass(frozen=True)
class BySlice:
    """Discs and copies of them, split at random as in the study.

    With three copies of each disc, SPIDER has as many disc slices as the study. The image of a copy is augmented as in
    training. Its features get Gaussian noise of ``feature_noise`` standard deviations, like a second measurement.
    """

    copies: int = 3
    n_folds: int = N_FOLDS
    feature_noise: float = 0.1
    augmentation: DiscAugmentation = field(default_factory=DiscAugmentation)
    name: str = "slices"

    def __post_init__(self) -> None:
        if self.copies < 0 or self.n_folds < 2 or self.feature_noise < 0:
            raise UsageError("A split by slices needs two folds or more, and no negative numbers.")

    def split(self, discs: Discs, *, seed: int) -> Split:
        """Return the originals, followed by the sets of copies, in random folds of equal size."""
        rng = np.random.default_rng(seed)
        generator = torch.Generator().manual_seed(seed)
        originals = torch.from_numpy(discs.images)
        images, features = [discs.images], [discs.features]
        for _ in range(self.copies):
            images.append(augmented(originals, self.augmentation, generator).numpy())
            features.append(self._measured_again(discs.features, rng))
        sources = np.tile(np.arange(len(discs)), self.copies + 1)
        same = discs.take(sources)
        copied = Discs(np.concatenate(images), np.concatenate(features), same.classes, same.patients, same.levels)
        return Split(copied, sources, rng.permutation(len(sources)) % self.n_folds, self.name, seed)

    def _measured_again(self, features: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
        noisy = ~np.isnan(features).all(axis=0) & (np.array(FEATURES) != _COUNTED)
        low, high = np.nanpercentile(features[:, noisy], (25, 75), axis=0)
        sigma = self.feature_noise * (high - low) / QUARTILES_OF_NORMAL
        again = features.copy()
        again[:, noisy] += (sigma * rng.standard_normal((len(features), len(sigma)))).astype(np.float32)
        return again


def run_protocol(grader: Grader, split: Split, out: Path, progress: Progress) -> SplitPredictions:
    """Cross-validate ``grader``: predict every disc of a split by a fit without the disc's fold.

    Predictions of each fold are stored as ``PROTOCOL/GRADER/fold-N.json`` in ``out``. They are used again for the same
    discs, folds, seed and grader, so that an interrupted run can be resumed. The ``repr`` of a grader must therefore
    contain everything that its fit depends on.

    Args:
        grader: the grader, fitted with the seed of the split.
        split: the discs and their folds.
        out: folder of the predictions.
        progress: called with the stage and the share of the work done.

    Raises:
        InputUnreadable: a file of predictions is damaged, or of an earlier version.
    """
    folder = out / split.protocol / grader.name
    folder.mkdir(parents=True, exist_ok=True)
    key = _key(split, grader)
    parts = []
    folds, what = np.unique(split.folds), f"{split.protocol}: {grader.name}"
    for number, fold in enumerate(folds):
        path, shown = folder / f"fold-{fold}.json", named(turn(progress, number, len(folds)), f"{what}, fold {fold}")
        predictions = _stored(path, key)
        if predictions is None:
            shown("fitting", 0.0)
            predictions = _predict_fold(grader, split, split.folds == fold, shown)
            path.write_text(json.dumps({"key": key, "predictions": predictions.tolist()}) + "\n", encoding="utf-8")
        parts.append(predictions)
        shown("predicted", 1.0)
    back = np.argsort(np.concatenate([np.flatnonzero(split.folds == fold) for fold in folds]))
    together = np.concatenate(parts)[back]
    findings = together[:, len(GRADE_CLASSES) :]
    return SplitPredictions(split, together[:, : len(GRADE_CLASSES)], findings if findings.size else None)


def fit_to(
    grader: Grader,
    discs: Discs,
    findings: npt.NDArray[np.bool_] | None,
    *,
    seed: int,
    progress: Progress = no_progress,
) -> FittedGrader:
    """Fit a grader to discs and, if it can learn them, to their findings (discs, 6)."""
    if isinstance(grader, ImageGrader | OrdinalGrader):
        return grader.fit(discs, seed=seed, findings=findings, progress=progress)
    return grader.fit(discs, seed=seed)


def _predict_fold(grader: Grader, split: Split, held_out: npt.NDArray[np.bool_], progress: Progress) -> Probabilities:
    """Return the predictions for the held-out rows: classes, and findings beside them if these are predicted."""
    known = None if split.findings is None else split.findings[~held_out]
    fitted = fit_to(grader, split.discs.take(~held_out), known, seed=split.seed, progress=progress)
    discs = split.discs.take(held_out)
    if isinstance(fitted, FittedImageGrader | FittedOrdinalGrader):
        found = fitted.predict(discs)
        return np.concatenate([found.probabilities, found.findings], axis=1).round(_DECIMALS)
    return fitted.probabilities(discs).round(_DECIMALS)


def digest_of(discs: Discs) -> str:
    """Return a short digest of discs and their labels, which stored predictions are checked against."""
    known = np.nan_to_num(discs.features, nan=-1.0)  # NaN has many bit patterns
    parts = (discs.images, known, discs.classes, discs.levels)
    return _short(b"\0".join(np.ascontiguousarray(part).tobytes() for part in parts))


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _key(split: Split, grader: Grader) -> str:
    findings = b"" if split.findings is None else split.findings.tobytes()
    return _short(f"{digest_of(split.discs)} {grader!r} {split.seed}".encode() + split.folds.tobytes() + findings)


def _stored(path: Path, key: str) -> Probabilities | None:
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return np.array(content["predictions"]) if content["key"] == key else None
    except (ValueError, KeyError, TypeError) as error:
        raise InputUnreadable(f"The predictions in {path.name} can't be read; delete the file.") from error
