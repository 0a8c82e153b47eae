"""Refuses slices that are not upright lumbar T2 images whose levels can be counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BODIES, CANAL, Kind, structure
from spoils.errors import UnsuitableInput
from spoils.images import LabelMap, Note, SagittalSeries
from spoils.messages import message
from spoils.segmentation.components import Component
from spoils.segmentation.counting import Countings
from spoils.segmentation.limits import Limits
from spoils.segmentation.naming import SACRUM, Naming
from spoils.segmentation.weighting import TissueSignal

__all__ = [
    "is_certain_of_sacrum",
    "is_countable",
    "require_counted",
    "require_enough",
    "require_lumbar",
    "require_lumbar_size",
    "require_pieces",
    "require_sacrum_inside",
    "require_t2",
    "require_upright",
    "upside_down_notes",
]


def _found(naming: Naming) -> tuple[int, int]:
    """Return the numbers of bodies and of discs that have a name."""
    bodies = sum(name in BODIES for name in naming.parts)
    return bodies, len(naming.parts) - bodies


def _refuse_too_few(bodies: int, discs: int, limits: Limits) -> None:
    if bodies < limits.min_bodies or discs < limits.min_discs:
        raise UnsuitableInput(message("too-few-structures", bodies=bodies, discs=discs))


def require_pieces(parts: Sequence[Component], limits: Limits) -> None:
    """Refuse a slice that shows no lumbar spine, even where the user gives a level.

    Raises:
        UnsuitableInput: too few bodies or discs, with or without a name.
    """
    bodies = sum(part.kind is Kind.BODY for part in parts)
    _refuse_too_few(bodies, len(parts) - bodies, limits)


def require_lumbar(naming: Naming, limits: Limits) -> None:
    """Refuse a slice on which the lumbar spine can't be counted.

    Raises:
        UnsuitableInput: too few structures, or no sacrum to count from.
    """
    _refuse_too_few(*_found(naming), limits)
    if SACRUM not in naming.parts:
        raise UnsuitableInput(message("sacrum-not-in-view"))


def is_countable(naming: Naming, limits: Limits) -> bool:
    """Say whether there is enough of the spine to count it, and a sacrum to count from."""
    bodies, discs = _found(naming)
    return bodies >= limits.min_bodies and discs >= limits.min_discs and SACRUM in naming.parts


def require_counted(votes: Countings | None, limits: Limits) -> None:
    """Refuse a slice on which no way to count is likelier than all others together.

    Raises:
        UnsuitableInput: it is uncertain which body is the sacrum.
    """
    if votes is None or votes.probability < limits.min_count_probability:
        raise UnsuitableInput(message("sacrum-uncertain"))


def is_certain_of_sacrum(naming: Naming, votes: Countings | None, limits: Limits) -> bool:
    """Say whether S1 is recognised by itself, so that no image is needed below it."""
    is_agreed = votes is not None and votes.of_shift(0) >= 1.0 - limits.plausible_counting
    return is_agreed and naming.sacral_evidence >= limits.sacrum_at_edge


def _rows_of_fill(pixels: npt.NDArray[np.float32], columns: slice, limits: Limits) -> int:
    """Return how many rows at the lower edge of a slice hold no image in some columns.

    There a column only repeats its lowest pixel, as a black or otherwise constant border does; noise differs by more.
    Half of the columns decide, because a border may be oblique or curved. A single row may be image.
    """
    low, high = np.percentile(pixels, (1, 99))
    band = pixels[::-1, columns]
    differs = np.abs(band - band[0]) > limits.like_fill * (high - low)
    alike = np.where(differs.any(axis=0), differs.argmax(axis=0), len(band))
    return int(np.median(alike)) - 1


def require_sacrum_inside(
    naming: Naming, pixels: npt.NDArray[np.float32], row_mm: float, limits: Limits, *, is_certain: bool = False
) -> None:
    """Refuse a slice that ends at its lowest body: any body at the edge may be taken for the sacrum.

    Args:
        naming: the named parts, S1 among them, whose masks cover the same field of view as the slice.
        pixels: the slice (rows, columns), perhaps filled up at its lower edge.
        row_mm: height of one of its pixels.
        limits: how much image must lie below S1.
        is_certain: S1 is recognised by itself, so the image may end at it. This does not hold where the slice is filled
            up below: the network was seen to take L5 for a certain sacrum above such a border.

    Raises:
        UnsuitableInput: less than ``limits.min_below_sacrum_mm`` of image lies below S1.
    """
    mask = naming.parts[SACRUM].mask
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    finer_rows, finer_columns = np.divide(pixels.shape, mask.shape)
    spanned = slice(int(columns[0] * finer_columns), int(np.ceil((columns[-1] + 1) * finer_columns)))
    fill_px = _rows_of_fill(pixels, spanned, limits)
    below_px = len(pixels) - (rows[-1] + 1) * finer_rows - fill_px
    if below_px * row_mm < limits.min_below_sacrum_mm and (fill_px > 0 or not is_certain):
        raise UnsuitableInput(message("image-ends-at-lowest-body"))


def require_enough(named: Naming, limits: Limits) -> None:
    """Refuse a slice on which the levels that the user gave leave too little of the lumbar spine.

    Raises:
        UnsuitableInput: too few bodies or discs have a level.
    """
    bodies, discs = _found(named)
    if bodies < limits.min_bodies or discs < limits.min_discs:
        raise UnsuitableInput(message("too-few-named-structures", bodies=bodies, discs=discs))


def _seems_upside_down(upright: Iterable[Naming], turned: Iterable[Naming], limits: Limits) -> bool:
    """Say whether the network sees a sacrum when the slice is turned, and a less certain one in all looks at it.

    The network recognises much of an inverted spine, but not an inverted sacrum.
    """
    as_it_came = max(naming.sacral_evidence for naming in upright)
    return any(
        naming.sacral_evidence > max(as_it_came, limits.sacrum_when_turned) and is_countable(naming, limits)
        for naming in turned
    )


def require_upright(upright: Iterable[Naming], turned: Iterable[Naming], limits: Limits) -> None:
    """Refuse a slice on which the network is more certain of the sacrum after turning it upside down.

    Args:
        upright: the namings of the slice as it came, in every look.
        turned: namings of the slice turned upside down.
        limits: how certain the network must be of a turned sacrum.

    Raises:
        UnsuitableInput: the slice is probably upside down.
    """
    if _seems_upside_down(upright, turned, limits):
        raise UnsuitableInput(message("upside-down"))


def upside_down_notes(counted: Naming, turned: Iterable[Naming], limits: Limits) -> list[Note]:
    """Return the note on a slice that seems to be upside down but is not refused, as the user gave a level.

    Without a certain count the evidence for a sacrum says nothing either way.

    Args:
        counted: the naming of the slice as it came, without what the user gave.
        turned: namings of the slice turned upside down.
        limits: what counts as certain.
    """
    if counted.count_probability < limits.certain_count or not _seems_upside_down([counted], turned, limits):
        return []
    return [Note("upside-down", message("upside-down-as-specified"))]


def require_lumbar_size(naming: Naming, pixel_area_mm2: float, limits: Limits) -> None:
    """Refuse bodies that are too small or too large for an adult lumbar spine.

    Raises:
        UnsuitableInput: another part of the spine, a small child, or a wrong pixel spacing.
    """
    areas = [part.area_px * pixel_area_mm2 for name, part in naming.parts.items() if name in BODIES]
    typical, (low, high) = float(np.median(areas)), limits.typical_body_mm2
    if not low <= typical <= high:
        raise UnsuitableInput(message("body-size-implausible", typical=typical, low=low, high=high))


def _mean_distance_behind(canal: npt.NDArray[np.bool_], bone: npt.NDArray[np.bool_]) -> float:
    """Return by how many columns the canal lies behind the bodies, over the rows that show both; zero if none does."""
    rows = canal.any(axis=1) & bone.any(axis=1)
    columns = np.arange(canal.shape[1])
    middles = [mask[rows] @ columns / mask[rows].sum(axis=1) for mask in (canal, bone)]
    return float((middles[0] - middles[1]).mean()) if rows.any() else 0.0


def require_t2(
    series: SagittalSeries, labels: LabelMap, slice_index: int, limits: Limits, *, is_surely_t2: bool = False
) -> None:
    """Refuse a slice whose signal and order are not those of a sagittal T2 image without suppression of fat.

    Its signal is not judged where ``is_surely_t2``: a network that sees the whole slice is then certain already.

    Raises:
        UnsuitableInput: no canal, bodies and canal the wrong way round, fluid not as bright as on T2, or marrow as dark
            as where fat is suppressed.
    """
    pixels, seen = series.pixels[slice_index], labels.labels[slice_index]
    canal = seen == structure(CANAL).label
    if not canal.any():
        raise UnsuitableInput(message("canal-not-found"))
    if _mean_distance_behind(canal, np.isin(seen, [structure(name).label for name in BODIES])) < 0:
        raise UnsuitableInput(message("canal-in-front"))
    if is_surely_t2:
        return
    signal = TissueSignal.of(pixels, seen)
    if not signal.has_bright_fluid(limits):
        raise UnsuitableInput(message("not-t2-weighted"))
    if signal.has_dark_fat(limits):
        raise UnsuitableInput(message("fat-suppressed"))
