"""Scores on the slices of ``spider-space``: true pixel sizes, expert masks, the middle slice and some beside it.

A disc is scored by two conventions. The experts' outline stops at the dark endplates; where found and drawn disc differ
only in the rim between disc and body, the overlap outside of it says whether they agree. The product's disc reaches
from body to body; boundaries and lengths are compared with the masks extended to the bodies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BACKGROUND, BODIES, CANAL, DISCS, STRUCTURES, structure
from spoils.errors import UnsuitableInput
from spoils.findings import Measured, Measurement
from spoils.geometry import SpineMeasurements, measure_slice
from spoils.segmentation import SACRUM, SegmentationModels, label_picture, segment
from spoils.training.data import UNKNOWN, ExpertSlice, SpaceRow, read_expert_slice, read_space_index
from spoils.training.progress import Progress, no_progress
from spoils.training.segmentation.evaluation.metrics import StructureScore, score_structure
from spoils.training.segmentation.evaluation.summary import estimate

__all__ = ["CONVENTION", "SpaceScore", "score_space", "space_document", "space_score"]

CONVENTION = (
    "Overlap of discs ignores the rim between the experts' disc and the neighbouring bodies; boundaries and lengths of"
    " discs are compared with the experts' discs extended to both bodies. S1 and what lies above T12-L1 are not scored."
)

LabelImage = npt.NDArray[np.uint8]

_BODIES = tuple(name for name in BODIES if name != SACRUM)
_GROUPS: Mapping[str, tuple[str, ...]] = {"bodies L1-L5": _BODIES, "discs": DISCS, "canal": (CANAL,)}
_LENGTHS = {"bodies": "vertebrae", "discs": "discs", "canal": "canal"}


@dataclass(frozen=True, eq=False)
class SpaceScore:
    """Scores of one slice.

    Attributes:
        name: of the slice.
        patient: number of the patient.
        offset_mm: distance from the middle slice; 0 is the middle.
        structures: of each drawn body, disc (outside its rim) and the canal.
        whole_discs: of each disc between two drawn bodies, both taken from body to body.
        area_ratios: area of each found disc over that of the experts' outline.
        length_errors_mm: found minus reference, by kind of structure.
        refusal: why the product refuses the slice as an image of its own; empty if it does not.
    """

    name: str
    patient: str
    offset_mm: float
    structures: Mapping[str, StructureScore]
    whole_discs: Mapping[str, StructureScore]
    area_ratios: tuple[float, ...] = ()
    length_errors_mm: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    refusal: str = ""

    @property
    def all_named_right(self) -> bool:
        """Whether every drawn body and disc has the right name."""
        return all(score.named_right is not False for score in self.structures.values())

    def mean(self, figure: str, group: str) -> float | None:
        """Return the mean of a figure over the drawn structures of a group; distances of discs from body to body."""
        scores = self.whole_discs if group == "discs" and figure.endswith("_mm") else self.structures
        values = [scores[name].figures[figure] for name in _GROUPS[group] if name in scores]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None


def space_score(row: SpaceRow, expert: ExpertSlice, found: LabelImage, refusal: str = "") -> SpaceScore:
    """Score the found label values (rows, columns) of one slice."""
    labels, spacing = expert.labels, (row.spacing_mm, row.spacing_mm)
    drawn = np.where(labels == UNKNOWN, BACKGROUND, labels)
    # The rim is of no body, so a body that grows into it is wrong; elsewhere in the unknown nothing can be said.
    outside = np.where((labels == UNKNOWN) & ~expert.rim, BACKGROUND, found)
    known = np.where(labels == UNKNOWN, BACKGROUND, found)
    names = [s.name for s in STRUCTURES if (drawn == s.label).any()]
    whole = [name for name in DISCS if (expert.discs == structure(name).label).any()]
    return SpaceScore(
        row.name,
        row.patient,
        row.offset_mm,
        {name: score_structure(name, drawn, known if name in DISCS else outside, spacing) for name in names},
        {name: score_structure(name, expert.discs, found, spacing) for name in whole},
        tuple(float((found == label).sum() / (drawn == label).sum()) for label in _labels(DISCS, names)),
        _length_errors(np.where(expert.discs > 0, expert.discs, _without(drawn, DISCS)), found, spacing),
        refusal,
    )


def _labels(kind: Sequence[str], names: Iterable[str]) -> list[int]:
    return [structure(name).label for name in names if name in kind]


def _without(labels: LabelImage, names: Iterable[str]) -> LabelImage:
    return np.where(np.isin(labels, [structure(name).label for name in names]), np.uint8(BACKGROUND), labels)


def _length_errors(
    reference: LabelImage, found: LabelImage, spacing_mm: tuple[float, float]
) -> dict[str, tuple[float, ...]]:
    """Return the differences of all lengths (mm) that both label images have, by kind of structure."""
    there, here = (_lengths(measure_slice(labels, spacing_mm)) for labels in (reference, found))
    return {
        kind: tuple(here[kind][key] - there[kind][key] for key in there[kind] if key in here[kind]) for kind in there
    }


def _lengths(measured: SpineMeasurements) -> dict[str, dict[tuple[str, str], float]]:
    def in_mm(levels: Mapping[str, Mapping[str, Measured]]) -> dict[tuple[str, str], float]:
        return {
            (level, name): value.value
            for level, values in levels.items()
            for name, value in values.items()
            if name.endswith("_mm") and isinstance(value, Measurement)
        }

    return {kind: in_mm(getattr(measured, attribute)) for kind, attribute in _LENGTHS.items()}


def score_space(
    folder: Path, patients: Iterable[str], models: SegmentationModels, progress: Progress = no_progress
) -> list[SpaceScore]:
    """Score the slices of ``patients`` in the folder ``spider-space``, each as an image of its own.

    Raises:
        InputUnreadable: the table, an image or a mask can't be read.
    """
    wanted, scores = set(patients), list[SpaceScore]()
    rows = [row for row in read_space_index(folder) if row.patient in wanted]
    for number, row in enumerate(rows, start=1):
        expert = read_expert_slice(row, folder)
        found = label_picture(expert.series, models.network)
        scores.append(space_score(row, expert, found, _refusal(expert, models)))
        progress(f"scored slice {number} of {len(rows)} of {folder.name}", number / len(rows))
    return scores


def _refusal(expert: ExpertSlice, models: SegmentationModels) -> str:
    try:
        segment(expert.series, models, mid_slice=0)
    except UnsuitableInput as refusal:
        return str(refusal)
    return ""


def space_document(scores: Sequence[SpaceScore]) -> dict[str, Any]:
    """Return the figures of the middle slices and of those beside them, with 95 % intervals by patient.

    Returns:
        ``convention``; ``middle`` and ``beside`` with ``dice`` and ``assd_mm`` by group, the median
        ``disc_area_ratio``, the median absolute ``length_error_mm`` by kind, and the images with a level named wrong or
        refused. Empty without scores.
    """
    if not scores:
        return {}
    middle = [score for score in scores if score.offset_mm == 0]
    beside = [score for score in scores if score.offset_mm != 0]
    return {"convention": CONVENTION, "middle": _figures(middle), "beside": _figures(beside)}


def _figures(scores: Sequence[SpaceScore]) -> dict[str, Any]:
    patients = [score.patient for score in scores]
    table: dict[str, Any] = {"images": len(scores), "patients": len(set(patients))}
    for figure in ("dice", "assd_mm"):
        rows = {
            group: estimate(np.array([score.mean(figure, group) for score in scores], dtype=np.float64), patients)
            for group in _GROUPS
        }
        table[figure] = {group: asdict(row) for group, row in rows.items() if row is not None}
    return table | {
        "disc_area_ratio": _median(ratio for score in scores for ratio in score.area_ratios),
        "length_error_mm": {
            kind: _median(abs(error) for score in scores for error in score.length_errors_mm.get(kind, ()))
            for kind in _LENGTHS
        },
        "named_wrong": [score.name for score in scores if not score.all_named_right],
        "refused": [score.name for score in scores if score.refusal],
    }


def _median(values: Iterable[float]) -> float | None:
    known = list(values)
    return float(np.median(known)) if known else None
