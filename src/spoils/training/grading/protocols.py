"""Two ways to split the discs, and one way to run any grader under either.

``patients`` deals whole patients into folds: a disc is answered by a fit that saw no disc of its patient. It is the one
to believe. ``slices`` is how the study split: every disc is copied with slight variations first, then all copies are
dealt at random, so nearly every disc is answered by a fit that learned from its copies. The gap is leakage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from spoils.anatomy import GRADE_CLASSES
from spoils.errors import InputUnreadable, UsageError
from spoils.grading import FEATURES, FINDINGS
from spoils.training.data.splits import N_FOLDS, grading_folds
from spoils.training.grading.models import Discs, FittedGrader, Grader
from spoils.training.grading.models.augmentation import DiscAugmentation, augmented
from spoils.training.grading.models.base import Answers
from spoils.training.grading.models.image import FittedImageGrader, ImageGrader
from spoils.training.grading.models.ordinal import FittedOrdinalGrader, OrdinalGrader

__all__ = [
    "N_FOLDS",
    "QUARTILES_OF_NORMAL",
    "ByPatient",
    "BySlice",
    "Split",
    "SplitAnswers",
    "SplitProtocol",
    "digest_of",
    "fit_to",
    "grading_folds",
    "run_protocol",
]

_COUNTED = "level_index"
"""The one feature that is counted, not measured."""
_DECIMALS = 6

QUARTILES_OF_NORMAL = 1.349
"""Distance of the quartiles of a normal distribution, in standard deviations: outliers don't move it."""

IntArray = npt.NDArray[np.intp]
Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Split:
    """Discs dealt into folds by the protocol of that name with that seed.

    ``sources`` (rows,) says of which of the original discs a row is a copy, ``folds`` (rows,) in which fold it is;
    ``findings`` (rows, 6) says which of ``FINDINGS`` each has, None where graders shall not learn them.

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
        """Return the split with the findings (discs, 6) of the original discs: graders that can will learn them too."""
        return replace(self, findings=findings[self.sources])


@dataclass(frozen=True, eq=False)
class SplitAnswers:
    """Out-of-fold answers of one grader for every row of a split.

    ``probabilities`` (rows, 11) are those of the classes, ``findings`` (rows, 6) those of ``FINDINGS``, None where the
    grader does not answer them.
    """

    split: Split
    probabilities: Answers
    findings: Answers | None = None


class SplitProtocol(Protocol):
    """A way to deal discs into folds."""

    @property
    def name(self) -> str:
        """A short name, as in tables and folders."""
        ...

    def deal(self, discs: Discs, *, seed: int) -> Split:
        """Return the discs, or copies of them, in folds."""
        ...


@dataclass(frozen=True)
class ByPatient:
    """All discs of a patient are in the patient's fold.

    ``folds`` gives the fold of each patient; the packaged ones of SPIDER unless others are given.
    """

    folds: Mapping[str, int] = field(default_factory=grading_folds)
    name: str = "patients"

    def deal(self, discs: Discs, *, seed: int) -> Split:
        """Return the discs as they are: patients are dealt once and for all, whatever the seed.

        Raises:
            UsageError: a patient has no fold.
        """
        strangers = set(discs.patients.tolist()) - set(self.folds)
        if strangers:
            raise UsageError(
                f"Graded patients in no fold: {len(strangers)}; deal them with 'spoils dataset folds --data DATA'."
            )
        folds = np.array([self.folds[patient] for patient in discs.patients])
        return Split(discs, np.arange(len(discs)), folds, self.name, seed)


@dataclass(frozen=True)
class BySlice:
    """Copies of each disc are made before all are dealt at random, as in the study.

    Three copies beside each original give SPIDER as many disc slices as the study had. A copy's picture is varied like
    in training; its features are those of the original with normal noise of ``feature_noise`` standard deviations of
    the feature, as a second measurement of the same slice would have.
    """

    copies: int = 3
    n_folds: int = N_FOLDS
    feature_noise: float = 0.1
    augmentation: DiscAugmentation = field(default_factory=DiscAugmentation)
    name: str = "slices"

    def __post_init__(self) -> None:
        if self.copies < 0 or self.n_folds < 2 or self.feature_noise < 0:
            raise UsageError("A split by slices needs two folds or more, and no negative numbers.")

    def deal(self, discs: Discs, *, seed: int) -> Split:
        """Return originals first, then one set of copies after the other, dealt evenly and at random."""
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


def run_protocol(grader: Grader, split: Split, out: Path, progress: Progress) -> SplitAnswers:
    """Answer every disc of a split by a fit of ``grader`` without the disc's fold.

    Each fold's answers are kept as ``PROTOCOL/GRADER/fold-N.json`` in ``out``. They are used again for the same discs,
    folds, seed and grader, whose ``repr`` must say everything that decides its fit, so a run broken off goes on.

    Args:
        grader: what to fit, with the seed of the split.
        split: discs with their classes, dealt by a protocol.
        out: folder of the answers.
        progress: called with the fold that was answered and the share done.

    Raises:
        InputUnreadable: an answers file is damaged.
    """
    folder = out / split.protocol / grader.name
    folder.mkdir(parents=True, exist_ok=True)
    key = _key(split, grader)
    parts = []
    folds = np.unique(split.folds)
    for number, fold in enumerate(folds, start=1):
        path = folder / f"fold-{fold}.json"
        answers = _stored(path, key)
        if answers is None:
            answers = _answer(grader, split, split.folds == fold)
            path.write_text(json.dumps({"key": key, "answers": answers.tolist()}) + "\n", encoding="utf-8")
        parts.append(answers)
        progress(f"{split.protocol}: {grader.name}, fold {fold} answered", number / len(folds))
    back = np.argsort(np.concatenate([np.flatnonzero(split.folds == fold) for fold in folds]))
    together = np.concatenate(parts)[back]
    findings = together[:, len(GRADE_CLASSES) :]
    return SplitAnswers(split, together[:, : len(GRADE_CLASSES)], findings if findings.size else None)


def fit_to(grader: Grader, discs: Discs, findings: npt.NDArray[np.bool_] | None, *, seed: int) -> FittedGrader:
    """Fit a grader to discs and, where it can learn them, to their findings (discs, 6)."""
    if isinstance(grader, ImageGrader | OrdinalGrader):
        return grader.fit(discs, seed=seed, findings=findings)
    return grader.fit(discs, seed=seed)


def _answer(grader: Grader, split: Split, held_out: npt.NDArray[np.bool_]) -> Answers:
    """Return the answers for the held-out rows: classes, and findings beside them where they are answered."""
    known = None if split.findings is None else split.findings[~held_out]
    fitted = fit_to(grader, split.discs.take(~held_out), known, seed=split.seed)
    asked = split.discs.take(held_out)
    if isinstance(fitted, FittedImageGrader | FittedOrdinalGrader):
        answers = fitted.answers(asked)
        return np.concatenate([answers.probabilities, answers.findings], axis=1).round(_DECIMALS)
    return fitted.probabilities(asked).round(_DECIMALS)


def digest_of(discs: Discs) -> str:
    """Return a short digest of what discs are and are labelled, so that answers are never mixed up."""
    known = np.nan_to_num(discs.features, nan=-1.0)  # NaN has many bit patterns
    parts = (discs.images, known, discs.classes, discs.levels)
    return _short(b"\0".join(np.ascontiguousarray(part).tobytes() for part in parts))


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _key(split: Split, grader: Grader) -> str:
    findings = b"" if split.findings is None else split.findings.tobytes()
    return _short(f"{digest_of(split.discs)} {grader!r} {split.seed}".encode() + split.folds.tobytes() + findings)


def _stored(path: Path, key: str) -> Answers | None:
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return np.array(content["answers"]) if content["key"] == key else None
    except (ValueError, KeyError, TypeError) as error:
        raise InputUnreadable(f"The answers in {path.name} can't be read; delete the file.") from error
