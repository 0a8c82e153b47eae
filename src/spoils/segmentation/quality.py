"""Is this a lumbar T2 slice with its sacrum, and was it segmented well enough to be graded?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, CANAL, CHAIN, DISCS, Kind, structure
from spoils.errors import UnsuitableInput
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.segmentation.naming import Naming

__all__ = [
    "SACRUM",
    "Limits",
    "check_picture",
    "naming_notes",
    "require_lumbar",
    "require_lumbar_size",
    "require_upright",
]

SACRUM = BODIES[-1]
"""The body from which levels are counted."""


@dataclass(frozen=True)
class Limits:
    """What the checks demand; limits of signal and size were chosen on SPIDER and on one T1 picture."""

    min_bodies: int = 3
    min_discs: int = 3
    min_count_probability: float = 0.5
    warn_count_probability: float = 0.9
    min_structure_confidence: float = 0.6
    min_fluid_over_bone: float = 0.8
    min_fluid_over_disc: float = 1.8
    typical_body_mm2: tuple[float, float] = (450.0, 1900.0)
    body_area_mm2: tuple[float, float] = (250.0, 2200.0)
    disc_area_mm2: tuple[float, float] = (25.0, 1000.0)


def require_lumbar(naming: Naming, limits: Limits) -> None:
    """Refuse a slice on which the lumbar spine can't be counted.

    Raises:
        UnsuitableInput: too few structures, no sacrum to count from, or no telling which body is the sacrum.
    """
    bodies = [name for name in naming.parts if name in BODIES]
    discs = [name for name in naming.parts if name in DISCS]
    if len(bodies) < limits.min_bodies or len(discs) < limits.min_discs:
        raise UnsuitableInput(
            f"This does not look like a sagittal T2 image of the lumbar spine: "
            f"{len(bodies)} vertebral bodies and {len(discs)} discs were found."
        )
    if SACRUM not in naming.parts:
        raise UnsuitableInput("The sacrum is not in view, so the levels can't be counted.")
    if naming.count_probability < limits.min_count_probability:
        raise UnsuitableInput("The sacrum can't be told apart from its neighbours, so the levels can't be counted.")


def require_upright(upright: Naming, turned: Iterable[Naming]) -> None:
    """Refuse a slice whose sacrum is seen more surely when the slice is turned upside down.

    A network that knows lumbar spines names much of an inverted one too, but no inverted sacrum looks like one.

    Args:
        upright: the naming of the slice as it came.
        turned: namings of the slice turned upside down.

    Raises:
        UnsuitableInput: the slice is probably upside down.
    """
    if max(naming.sacral_evidence for naming in turned) > upright.sacral_evidence:
        raise UnsuitableInput("The image seems to be upside down: rows must run from head to feet.")


def require_lumbar_size(naming: Naming, pixel_area_mm2: float, limits: Limits) -> None:
    """Refuse bodies that are too small or too large for an adult lumbar spine.

    Raises:
        UnsuitableInput: another part of the spine, a small child, or a wrong pixel spacing.
    """
    areas = [part.area_px * pixel_area_mm2 for name, part in naming.parts.items() if name in BODIES]
    typical, (low, high) = float(np.median(areas)), limits.typical_body_mm2
    if not low <= typical <= high:
        raise UnsuitableInput(
            f"The vertebral bodies cover about {typical:.0f} mm2, lumbar ones {low:.0f} to {high:.0f}: "
            f"this is another part of the spine, or the pixel spacing is wrong."
        )


def naming_notes(naming: Naming, limits: Limits) -> list[Note]:
    """Return what a reader must know about the levels: doubtful count, conflict with the network, missing levels."""
    notes = []
    if naming.count_probability < limits.warn_count_probability:
        notes.append(
            Note(
                code="level-count-uncertain",
                message=f"Which body is {SACRUM} is uncertain ({naming.count_probability:.0%}); check the levels.",
            )
        )
    contradicted = naming.contradicted
    if len(contradicted) >= 3:
        notes.append(
            Note(
                code="level-count-conflict",
                message="Counting from the sacrum and the looks of the levels disagree at "
                + ", ".join(contradicted)
                + "; a transitional vertebra or four or six lumbar bodies are possible.",
            )
        )
    missing = [name for name in CHAIN if name not in naming.parts]
    if missing:
        notes.append(Note(code="levels-missing", message=f"Not found: {', '.join(missing)}."))
    return notes


def _mean_distance_behind(canal: npt.NDArray[np.bool_], bone: npt.NDArray[np.bool_]) -> float:
    """Return by how many columns the canal lies behind the bodies, over the rows that show both; zero if none does."""
    rows = canal.any(axis=1) & bone.any(axis=1)
    columns = np.arange(canal.shape[1])
    middles = [mask[rows] @ columns / mask[rows].sum(axis=1) for mask in (canal, bone)]
    return float((middles[0] - middles[1]).mean()) if rows.any() else 0.0


def _is_t2_weighted(
    pixels: npt.NDArray[np.float32], seen: npt.NDArray[np.uint8], canal: npt.NDArray[np.bool_], limits: Limits
) -> bool:
    """Say whether fluid is as bright beside bone and disc as T2 weighting makes it.

    Cord and roots darken the sac, so its upper quartile stands for fluid. A healthy disc may be as bright as fluid on
    T2, but then it is brighter than bone.
    """
    floor = np.percentile(pixels, 1)
    bone, disc = (np.isin(seen, [structure(name).label for name in names]) for names in (BODIES, DISCS))
    fluid = np.percentile(pixels[canal], 75) - floor
    marrow, water = np.median(pixels[bone]) - floor, np.median(pixels[disc]) - floor
    return bool(fluid > limits.min_fluid_over_bone * marrow) and bool(
        fluid > limits.min_fluid_over_disc * water or water > marrow
    )


def check_picture(
    series: SagittalSeries, labels: LabelMap, slice_index: int, confidence: Mapping[str, float], limits: Limits
) -> list[Note]:
    """Check signal, order, size and confidence of the named structures on one slice, and return what is doubtful.

    Raises:
        UnsuitableInput: no canal, bodies and canal the wrong way round, or fluid not as bright as on T2.
    """
    pixels, seen = series.pixels[slice_index], labels.labels[slice_index]
    _, row_mm, column_mm = series.grid.spacing_mm
    canal = seen == structure(CANAL).label
    if not canal.any():
        raise UnsuitableInput("No spinal canal was found, so this is no mid-sagittal T2 image of the lumbar spine.")
    if _mean_distance_behind(canal, np.isin(seen, [structure(name).label for name in BODIES])) < 0:
        raise UnsuitableInput("The canal lies in front of the vertebral bodies: it is mirrored or upside down.")
    if not _is_t2_weighted(pixels, seen, canal, limits):
        raise UnsuitableInput("Fluid is not brighter than bone and disc, so this is not a T2-weighted image.")
    notes = []
    doubtful = [name for name, value in confidence.items() if value < limits.min_structure_confidence]
    if doubtful:
        notes.append(
            Note(
                code="low-confidence",
                message=f"The outlines of {', '.join(doubtful)} are uncertain; check the overlay.",
            )
        )
    for name in CHAIN:
        area = float((seen == structure(name).label).sum()) * row_mm * column_mm
        low, high = limits.body_area_mm2 if structure(name).kind is Kind.BODY else limits.disc_area_mm2
        if area and not low <= area <= high:
            notes.append(Note(code="implausible-size", message=f"{name} covers {area:.0f} mm2, which is implausible."))
    return notes
