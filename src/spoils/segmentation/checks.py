"""Anatomical plausibility of what was found, and which discs must therefore not be graded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from spoils.anatomy import (
    BACKGROUND,
    BODIES,
    CHAIN,
    DISCS,
    N_CLASSES,
    Kind,
    bodies_beside,
    structure,
    structure_of_label,
)
from spoils.images import LabelMap, Note
from spoils.messages import Message, message
from spoils.segmentation.components import Component, body_pitch_px
from spoils.segmentation.confidence import StructureConfidence
from spoils.segmentation.limits import Limits
from spoils.segmentation.naming import SACRUM, Naming

__all__ = ["anatomy_notes", "confidence_notes", "doubtful_discs", "naming_notes"]


@dataclass(frozen=True)
class _Fault:
    """Something past which levels can't be counted: between which two indices of the chain, and why."""

    above: int
    below: int
    why: Message

    @classmethod
    def at(cls, name: str, why: Message) -> _Fault:
        """Return what is wrong with one structure of the chain."""
        place = CHAIN.index(name)
        return cls(place - 1, place + 1, why)

    def parts(self, place: int, other: int) -> bool:
        """Say whether counting from one place of the chain to the other leads past it."""
        return not (max(place, other) <= self.above or min(place, other) >= self.below)


def naming_notes(naming: Naming) -> list[Note]:
    """Return what a reader must know about the levels: those that were not found."""
    missing = [name for name in CHAIN if name not in naming.parts]
    return [Note("levels-missing", message("levels-missing", levels=[*missing]))] if missing else []


def confidence_notes(confidence: Mapping[str, StructureConfidence], limits: Limits) -> list[Note]:
    """Return which contours and which level names are uncertain."""
    doubtful = {name: value for name, value in confidence.items() if value.whole < limits.min_structure_confidence}
    if not doubtful:
        return []
    contours = [name for name, value in doubtful.items() if value.is_blurred]
    names = [name for name in doubtful if name not in contours]
    if not names:
        uncertain = message("contours-uncertain", levels=[*contours])
    elif not contours:
        uncertain = message("names-uncertain", levels=[*names])
    else:
        uncertain = message("contours-and-names-uncertain", contours=[*contours], names=[*names])
    return [Note("low-confidence", uncertain)]


def anatomy_notes(labels: LabelMap, mid_slice: int, naming: Naming, limits: Limits) -> list[Note]:
    """Check sizes, gaps, order and overlap of the levels: sizes on the middle slice, overlap across all slices."""
    wrong_size = [
        Note("implausible-size", message("implausible-area", level=name, area=area))
        for name, area in _odd_areas_mm2(labels, mid_slice, limits).items()
    ]
    odd_gaps = [
        Note("levels-gap", message("check-levels", fault=_far_or_close(upper, lower)))
        for upper, lower in _odd_distances(naming, limits)
    ]
    too_many = [
        Note(code, message("check-levels", fault=fault.why))
        for code, faults in (("implausible-size", _fused(naming, limits)), ("levels-gap", _left_out(naming, limits)))
        for fault in faults
    ]
    out_of_order = [
        Note("levels-order", message("disc-not-between-bodies", level=disc))
        for disc in DISCS
        if _is_out_of_place(disc, naming.parts, limits)
    ]
    overlapping = [
        Note("levels-overlap", message("check-levels", fault=_overlap(one, other)))
        for one, other in _overlapping_levels(labels.labels, limits)
    ]
    return [*_missing_between(naming), *wrong_size, *odd_gaps, *too_many, *out_of_order, *overlapping]


def doubtful_discs(  # noqa: PLR0913 - what was found, where, and from where it was counted
    labels: LabelMap,
    mid_slice: int,
    naming: Naming,
    confidence: Mapping[str, StructureConfidence],
    limits: Limits,
    *,
    counted_from: str = SACRUM,
) -> dict[str, Note]:
    """Return the discs that must not be graded, each with the reason.

    ``counted_from`` is the level from which the others were counted. A fault between it and a disc
    makes the name of that disc uncertain.
    """
    faults = _faults(labels, mid_slice, naming, limits)
    odd_areas = _odd_areas_mm2(labels, mid_slice, limits)
    odd_pairs = _odd_distances(naming, limits)
    missing = set(_levels_between(naming)) - set(naming.parts)
    reasons: dict[str, Note] = {}
    for disc in (name for name in DISCS if name in naming.parts):
        beside = bodies_beside(disc)
        if confidence[disc].whole < limits.min_structure_confidence:
            doubt = "disc-contour-uncertain" if confidence[disc].is_blurred else "disc-name-uncertain"
            reasons[disc] = Note("low-confidence", message(doubt, level=disc))
        elif disc in odd_areas:
            reasons[disc] = Note("implausible-size", message("disc-area-implausible", level=disc, area=odd_areas[disc]))
        elif missing.intersection(beside):
            reasons[disc] = Note("levels-gap", message("disc-body-missing", level=disc))
        elif beside in odd_pairs or _is_out_of_place(disc, naming.parts, limits):
            reasons[disc] = Note("levels-gap", message("disc-out-of-place", level=disc))
        else:
            places = CHAIN.index(disc), CHAIN.index(counted_from)
            for fault in (fault for fault in faults if fault.parts(*places)):
                reasons[disc] = Note("level-doubtful", message("disc-level-doubtful", level=disc, fault=fault.why))
                break
    return reasons


def _faults(labels: LabelMap, mid_slice: int, naming: Naming, limits: Limits) -> list[_Fault]:
    """Return what makes the levels beyond it doubtful; levels that overlap near the middle make all of them so.

    A body that was not found in a gap of the right length is no fault: on annotated slices the count over it was right
    in 268 of 268.
    """
    reach = max(round(limits.near_middle_mm / labels.grid.spacing_mm[0]), 1)
    near = labels.labels[max(mid_slice - reach, 0) : mid_slice + reach + 1]
    too_large = [
        _Fault.at(name, message("fault-body-area", level=name, area=area))
        for name, area in _odd_areas_mm2(labels, mid_slice, limits).items()
        if name in BODIES and area > limits.body_area_mm2[1]
    ]
    gaps = [
        _Fault(CHAIN.index(upper), CHAIN.index(lower), _far_or_close(upper, lower))
        for upper, lower in _odd_distances(naming, limits)
    ]
    overlaps = [_Fault(-1, len(CHAIN), _overlap(one, other)) for one, other in _overlapping_levels(near, limits)]
    return [*_fused(naming, limits), *too_large, *_left_out(naming, limits), *gaps, *overlaps]


def _far_or_close(upper: str, lower: str) -> Message:
    return message("fault-far-or-close", upper=upper, lower=lower)


def _overlap(one: str, other: str) -> Message:
    return message("fault-levels-overlap", one=one, other=other)


def _fused(naming: Naming, limits: Limits) -> Iterator[_Fault]:
    """Yield every named body that is so much larger than the others that it may be two."""
    bodies = [name for name in BODIES if name in naming.parts]
    areas = [naming.parts[name].area_px for name in bodies]
    for name, area in zip(bodies, areas, strict=True):
        if area > limits.too_large_body * np.median(areas):
            yield _Fault.at(name, message("fault-body-may-be-two", level=name))


def _left_out(naming: Naming, limits: Limits) -> Iterator[_Fault]:
    """Yield every two named bodies with a piece between them, in the column, that has no name itself.

    An unnamed disc counts as much: where two discs lie between neighbours, the body between them was missed.
    """
    bodies = [name for name in BODIES if name in naming.parts]
    for upper, lower in pairwise(bodies):
        bodies_beside_it = naming.parts[upper], naming.parts[lower]
        if any(_lies_between(part, *bodies_beside_it, limits) for part in naming.unnamed):
            why = message("fault-unnamed-between", upper=upper, lower=lower)
            yield _Fault(CHAIN.index(upper), CHAIN.index(lower), why)


def _lies_between(part: Component, upper: Component, lower: Component, limits: Limits) -> bool:
    """Say whether a piece lies in the column, between two bodies of it."""
    top = np.array(upper.centre)
    whole = np.subtract(lower.centre, top)
    along, aside = np.stack([whole, (-whole[1], whole[0])]) @ np.subtract(part.centre, top) / (whole @ whole)
    if part.kind is Kind.DISC and (_lies_within(part, upper, limits) or _lies_within(part, lower, limits)):
        return False
    return bool(0 < along < 1 and abs(aside) < limits.beside_column)


def _lies_within(part: Component, body: Component, limits: Limits) -> bool:
    """Say whether a piece lies in the middle of a body."""
    distance_px = float(np.linalg.norm(np.subtract(part.centre, body.centre)))
    return distance_px < limits.within_body * float(np.sqrt(body.area_px))


def _levels_between(naming: Naming) -> tuple[str, ...]:
    """Return every level from the highest to the lowest that was found."""
    places = [CHAIN.index(name) for name in naming.parts]
    return CHAIN[min(places) : max(places) + 1] if places else ()


def _missing_between(naming: Naming) -> list[Note]:
    missing = [name for name in _levels_between(naming) if name not in naming.parts]
    if not missing:
        return []
    return [Note("levels-gap", message("levels-missing-between", levels=[*missing]))]


def _odd_areas_mm2(labels: LabelMap, mid_slice: int, limits: Limits) -> dict[str, float]:
    """Return the area of every level that is implausibly small or large on the middle slice."""
    _, row_mm, column_mm = labels.grid.spacing_mm
    pixels = np.bincount(labels.labels[mid_slice].ravel(), minlength=N_CLASSES)
    odd = {}
    for name in CHAIN:
        area_mm2 = float(pixels[structure(name).label]) * row_mm * column_mm
        low, high = limits.body_area_mm2 if structure(name).kind is Kind.BODY else limits.disc_area_mm2
        if area_mm2 and not low <= area_mm2 <= high:
            odd[name] = area_mm2
    return odd


def _odd_distances(naming: Naming, limits: Limits) -> list[tuple[str, str]]:
    """Return neighbouring bodies whose distance does not fit that of the others."""
    bodies = [name for name in BODIES if name in naming.parts]
    usual_px = body_pitch_px([naming.parts[name] for name in bodies])
    low, high = limits.body_distance
    odd = []
    for upper, lower in pairwise(bodies):
        levels = BODIES.index(lower) - BODIES.index(upper)
        centres = naming.parts[upper].centre, naming.parts[lower].centre
        if not low <= float(np.linalg.norm(np.subtract(*centres))) / (levels * usual_px) <= high:
            odd.append((upper, lower))
    return odd


def _is_out_of_place(disc: str, parts: Mapping[str, Component], limits: Limits) -> bool:
    """Say whether a disc lies elsewhere than between its two bodies; not where one of the three is missing."""
    above, below = bodies_beside(disc)
    if above is None or not {above, disc, below} <= set(parts):
        return False
    whole = np.subtract(parts[below].centre, parts[above].centre)
    place = float(np.subtract(parts[disc].centre, parts[above].centre) @ whole / (whole @ whole))
    low, high = limits.disc_place
    return not low <= place <= high


def _overlapping_levels(slices: npt.NDArray[np.uint8], limits: Limits) -> list[tuple[str, str]]:
    """Return pairs of levels of one kind where most of the first lies on the second on the next of ``slices``."""
    pairs: dict[tuple[str, str], None] = {}
    for here, there in pairwise(slices.reshape(len(slices), -1)):  # NumPy counts in 64 bits: a slice at a time
        both = here.astype(np.intp) * N_CLASSES + there
        counts = np.bincount(both, minlength=N_CLASSES**2).reshape(N_CLASSES, N_CLASSES)
        for together, area in ((counts, counts.sum(axis=1)), (counts.T, counts.sum(axis=0))):
            for one, other in np.argwhere(together > limits.max_level_overlap * np.maximum(area, 1)[:, None]):
                if BACKGROUND not in (one, other) and one != other:
                    first, second = structure_of_label(int(one)), structure_of_label(int(other))
                    if first.kind is second.kind:
                        pairs[first.name, second.name] = None
    return list(pairs)
