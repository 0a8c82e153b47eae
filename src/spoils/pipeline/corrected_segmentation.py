"""A segmentation as a person corrects it: levels renamed, structures drawn anew. No network runs."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from spoils.anatomy import BACKGROUND, CHAIN, N_CLASSES, STRUCTURES, structure
from spoils.errors import UsageError
from spoils.findings import RenameLevel, ReplaceLabelMap, ReplaceStructure
from spoils.geometry import pixels_inside
from spoils.images import LabelMap, Note
from spoils.messages import Message, message
from spoils.segmentation import Segmentation

__all__ = [
    "Names",
    "keys_renamed",
    "lies_within",
    "new_names",
    "polygon_mm",
    "relabelled",
    "renamed",
    "require",
    "require_place",
    "with_mask",
    "with_polygons",
]

Names = Mapping[str, str | None]
"""What each body and disc is called from now on; None for one beyond the levels that are named."""

Value = TypeVar("Value")

_FARTHEST_PIXELS = 1e6
"""A polygon may reach beyond the image, but no farther than this."""

_ABOUT_COUNTING = frozenset(
    {"level-count-uncertain", "level-doubtful", "levels-missing", "lumbar-count", "transitional-segment", "upside-down"}
)
"""Flags that the naming of a person settles."""


def require(condition: bool, refusal: Message) -> None:
    """Refuse a correction that does not fit.

    Raises:
        UsageError: ``condition`` does not hold.
    """
    if not condition:
        raise UsageError(refusal)


def new_names(seen: Segmentation, correction: RenameLevel) -> Names:
    """Return the names of all levels after one of them was renamed.

    Raises:
        UsageError: a level is not known, the structure was not found, or a body would become a disc.
    """
    now, right = correction.structure, correction.level
    for name in (now, right):
        require(name in CHAIN, message("correction-level-unknown", name=name))
    require(seen.labels.has(now), message("correction-structure-missing", name=now))
    shift = CHAIN.index(right) - CHAIN.index(now)
    require(shift % 2 == 0, message("correction-body-is-no-disc", name=now, level=right))
    places = range(len(CHAIN))
    return {name: CHAIN[place + shift] if place + shift in places else None for place, name in enumerate(CHAIN)}


def renamed(seen: Segmentation, correction: RenameLevel) -> Segmentation:
    """Return the segmentation with all names shifted along the spine.

    Raises:
        UsageError: as ``new_names``.
    """
    names = new_names(seen, correction)
    values = np.zeros(N_CLASSES, dtype=np.uint8)
    for one in STRUCTURES:
        target = names.get(one.name, one.name)
        values[one.label] = structure(target).label if target else BACKGROUND
    labels = LabelMap(values[seen.labels.labels], seen.labels.grid)
    kept = [_note_renamed(note, names) for note in seen.notes if note.code not in _ABOUT_COUNTING]
    blocked = {
        name: _note_renamed(note, names)
        for name, note in keys_renamed(seen.ungradable, names).items()
        if note.code not in _ABOUT_COUNTING
    }
    return replace(
        seen,
        labels=labels,
        coverage=keys_renamed(seen.coverage, names),
        confidences=keys_renamed(seen.confidences, names),
        notes=(*_missing_levels(labels), *kept),
        ungradable=blocked,
        countings=(),
    )


def keys_renamed(of: Mapping[str, Value], names: Names) -> dict[str, Value]:
    """Return a mapping by structure with the new names; what has none any more is left out."""
    named = ((names.get(name, name), value) for name, value in of.items())
    return {name: value for name, value in named if name is not None}


def _missing_levels(labels: LabelMap) -> tuple[Note, ...]:
    missing = [name for name in CHAIN if not labels.has(name)]
    return (Note("levels-missing", message("levels-missing", levels=list(missing))),) if missing else ()


def _note_renamed(note: Note, names: Names) -> Note:
    return Note(note.code, _value_renamed(note.message, names))


def _value_renamed(value: Any, names: Names) -> Any:  # noqa: ANN401 - any value of a message
    match value:
        case Message():
            return Message(value.id, {key: _value_renamed(inner, names) for key, inner in value.values.items()})
        case list():
            return [_value_renamed(inner, names) for inner in value]
        case str():
            return names.get(value, value) or value
    return value


def require_place(seen: Segmentation, correction: ReplaceStructure) -> None:
    """Refuse to replace what is not there.

    Raises:
        UsageError: there is no such structure or slice.
    """
    name, index, slices = correction.structure, correction.slice, seen.labels.grid.shape[0]
    require(name in {one.name for one in STRUCTURES}, message("correction-structure-unknown", name=name))
    require(index < slices, message("correction-slice-unknown", slice=index, slices=slices))


def with_polygons(seen: Segmentation, correction: ReplaceStructure) -> Segmentation:
    """Return the segmentation with one structure on one slice replaced by polygons.

    Raises:
        UsageError: there is no such structure or slice, or the polygons enclose nothing of the image.
    """
    require_place(seen, correction)
    _, rows, columns = seen.labels.grid.shape
    name = correction.structure
    mask = np.zeros((rows, columns), dtype=np.bool_)
    for polygon in correction.polygons:
        points = np.array(polygon, dtype=np.float64)
        is_near = bool((np.abs(points) < _FARTHEST_PIXELS).all())
        require(is_near, message("correction-outside-image", name=name, rows=rows, columns=columns))
        mask |= pixels_inside(points, (rows, columns))
    require(bool(mask.any()) or not correction.polygons, message("correction-encloses-nothing", name=name))
    return with_mask(seen, name, correction.slice, mask)


def with_mask(seen: Segmentation, name: str, index: int, mask: npt.NDArray[np.bool_]) -> Segmentation:
    """Return the segmentation with one structure replaced on one slice; a person's contour has no confidence."""
    labels, label = seen.labels.labels.copy(), structure(name).label
    plane = labels[index]
    plane[plane == label] = BACKGROUND
    plane[mask] = label
    changed = replace(seen, labels=LabelMap(labels, seen.labels.grid))
    if index != seen.mid_slice:
        return changed
    coverage = {other: np.where(mask, np.float32(0), share) for other, share in seen.coverage.items() if other != name}
    if mask.any():
        coverage[name] = mask.astype(np.float32)
    return replace(
        changed,
        coverage=coverage,
        confidences={other: value for other, value in seen.confidences.items() if other != name},
        ungradable={other: note for other, note in seen.ungradable.items() if other != name},
    )


def relabelled(seen: Segmentation, correction: ReplaceLabelMap) -> Segmentation:
    """Return the segmentation with the whole label map of a person.

    Raises:
        UsageError: it does not fit the grid, or holds values that are not labels.
    """
    slices, rows, columns = seen.labels.grid.shape
    values = _decoded(correction.labels, slices * rows * columns)
    if values is None:
        raise UsageError(message("correction-label-map-unfit", slices=slices, rows=rows, columns=columns))
    labels = LabelMap(values.reshape(seen.labels.grid.shape), seen.labels.grid)
    plane = labels.labels[seen.mid_slice]
    coverage = {one.name: (plane == one.label).astype(np.float32) for one in STRUCTURES if (plane == one.label).any()}
    return replace(
        seen,
        labels=labels,
        coverage=coverage,
        confidences={},
        notes=_missing_levels(labels),
        ungradable={},
        countings=(),
    )


def _decoded(text: str, size: int) -> npt.NDArray[np.uint8] | None:
    """Return the label values, or None where the text does not hold just so many; no more than that is unpacked."""
    try:
        packed = zlib.decompressobj(wbits=31)
        content = packed.decompress(base64.b64decode(text, validate=True), size + 1)
        content += packed.decompress(packed.unconsumed_tail, 1)
    except (binascii.Error, zlib.error, ValueError):
        return None
    if not packed.eof:
        return None
    values = np.frombuffer(content, dtype=np.uint8)
    return values if len(values) == size and values.max(initial=0) < N_CLASSES else None


def lies_within(points: npt.NDArray[np.float64], shape: tuple[int, int]) -> bool:
    """Say whether all points, (row, column) in pixels, lie on the image; its outermost pixels reach half beyond it.

    >>> lies_within(np.array([(-0.5, 0.0)]), (4, 4)), lies_within(np.array([(0.0, 4.0)]), (4, 4))
    (True, False)
    """
    return bool(((points >= -0.5) & (points <= np.array(shape) - 0.5)).all())


def polygon_mm(polygon: Sequence[tuple[float, float]], spacing_mm: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Return a polygon of (row, column) pixels as ``(n, 2)`` points of (posterior, inferior) mm."""
    points = np.array(polygon, dtype=np.float64)
    return np.stack((points[:, 1] * spacing_mm[1], points[:, 0] * spacing_mm[0]), axis=1)
