"""Selection of the sagittal T2-weighted series of a study, with the reason for it.

A T2-weighted spin echo has a long TE, a long TR and no inversion pulse. Vendors fill ``ScanningSequence`` and the
descriptions differently, so the times decide first. Words of the descriptions count only where the times are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note
from spoils.io.canonical import plane_message, plane_of
from spoils.io.dicom_stacks import SliceStack
from spoils.io.image_kinds import is_derived, is_fat_saturated, is_sequence_known, kind_objection, times_of
from spoils.io.limits import MAX_SERIES_TRIED, MIN_SAGITTAL_COSINE
from spoils.messages import Message, message

__all__ = ["SeriesChoice", "ranked_sagittal_t2"]

Namer: TypeAlias = Callable[[SliceStack], Message]

_MODALITIES: Final = {
    "CT": "modality-ct",
    "CR": "modality-radiograph",
    "DX": "modality-radiograph",
    "US": "modality-ultrasound",
    "PT": "modality-pet",
    "NM": "modality-nuclear-medicine",
    "XA": "modality-angiography",
    "RF": "modality-fluoroscopy",
    "MG": "modality-mammography",
    "OT": "modality-secondary-capture",
}


@dataclass(frozen=True)
class SeriesChoice:
    """A stack that may be used, what it is called, why it was chosen, and notes for the reader of the result."""

    stack: SliceStack
    name: Message
    reason: Message
    notes: tuple[Note, ...] = ()


def ranked_sagittal_t2(stacks: Sequence[SliceStack]) -> tuple[SeriesChoice, ...]:
    """Rank the sagittal T2-weighted stacks that may show the lumbar spine, best first; there is at least one.

    Only so many are returned as are tried.

    Of several that are suited, the selection criteria decide in this order: a known sequence, the lumbar region, no
    fat saturation, original images, the lowest table position, more slices, smaller pixels, the lower series number.

    Raises:
        InputUnreadable: no image says how it lies in the patient.
        UnsuitableInput: there is no MR image, no sagittal one, or no T2-weighted one among the sagittal.
    """
    mr = [stack for stack in stacks if stack.first.modality == "MR"]
    if not mr:
        raise UnsuitableInput(_not_mr(stacks))
    if all(stack.normal is None for stack in mr):
        raise InputUnreadable(message("dicom-no-orientation"))
    ranked = sorted((stack for stack in mr if _objection(stack) is None), key=_rank)
    if not ranked:
        raise UnsuitableInput(_none_suited(mr))
    name = _names(stacks)
    return tuple(
        SeriesChoice(stack, name(stack), _reason(stack, ranked[place + 1 :], stacks, name), _notes(stack))
        for place, stack in enumerate(ranked[:MAX_SERIES_TRIED])
    )


def _objection(stack: SliceStack) -> Message | None:
    """Return why a stack can't be used, in a few words, or None."""
    if stack.normal is None:
        return message("unsuited-no-orientation")
    if not stack.first.photometric.startswith("MONOCHROME"):
        return message("unsuited-colour")
    if abs(stack.normal[0]) < MIN_SAGITTAL_COSINE:
        plane = plane_of(stack.normal)
        return message("plane-oblique") if plane == "sagittal" else plane_message(plane)
    return kind_objection(stack.acquisition)


def _region_rank(stack: SliceStack) -> int:
    words = stack.acquisition.words
    return 0 if "lumbar" in words else 2 if "other-region" in words else 1


def _pixel_area(stack: SliceStack) -> float:
    spacing = stack.first.spacing_mm
    return spacing[0] * spacing[1] if spacing else float("inf")


_CRITERIA: Final[tuple[tuple[str, Callable[[SliceStack], float]], ...]] = (
    ("criterion-known-sequence", lambda stack: not is_sequence_known(stack.acquisition)),
    ("criterion-lumbar-region", _region_rank),
    ("criterion-no-fat-saturation", lambda stack: is_fat_saturated(stack.acquisition)),
    ("criterion-original", lambda stack: is_derived(stack.acquisition)),
    ("criterion-lower-station", lambda stack: stack.station),
    ("criterion-more-slices", lambda stack: -len(stack.frames)),
    ("criterion-smaller-pixels", _pixel_area),
    ("criterion-lower-number", lambda stack: stack.first.series_number or 0),
)
"""The selection criteria, most important first: the message that names each, and its value, lower being better."""

_MOST_NAMED: Final = 20
"""Series named in one sentence: a study has ten or so, a folder may have thousands."""


def _rank(stack: SliceStack) -> tuple[float, ...]:
    return tuple(value(stack) for _, value in _CRITERIA)


def _deciding_criterion(chosen: SliceStack, other: SliceStack) -> Message:
    """Return the first criterion in which two suited stacks differ."""
    ids = (id_ for id_, value in _CRITERIA if value(chosen) != value(other))
    deciding = next(ids, "criterion-read-first")
    if deciding == "criterion-lumbar-region" and _region_rank(other) == 2:
        return message("criterion-not-other-region")
    return message(deciding)


def _notes(stack: SliceStack) -> tuple[Note, ...]:
    notes = []
    if not stack.first.modality_is_given:
        notes.append(Note("modality-from-class", message("dicom-modality-from-class")))
    if "t2" in stack.acquisition.words and stack.acquisition.echo_time_ms is None:
        notes.append(Note("sequence-described", message("dicom-sequence-described")))
    if not is_sequence_known(stack.acquisition):
        notes.append(Note("sequence-unknown", message("dicom-sequence-unknown")))
    if is_fat_saturated(stack.acquisition):
        notes.append(Note("fat-saturated", message("series-fat-saturated")))
    if is_derived(stack.acquisition):
        notes.append(Note("derived-images", message("series-derived")))
    return tuple(notes)


def _reason(chosen: SliceStack, others: Sequence[SliceStack], stacks: Sequence[SliceStack], name: Namer) -> Message:
    facts = [plane_message("sagittal")]
    if "SE" in chosen.acquisition.kinds:
        facts.append(message("sequence-spin-echo"))
    facts += times_of(chosen.acquisition)
    facts += [message("sequence-no-inversion"), message("slice-count", count=len(chosen.frames))]
    reason = message(
        "dicom-source",
        series=message("series-count", count=len({stack.first.series_uid for stack in stacks})),
        chosen=name(chosen),
        facts=[*facts],
    )
    if others:
        criterion = _deciding_criterion(chosen, min(others, key=_rank))
        names = _enumerated(name(other) for other in _by_number(others))
        reason = message("dicom-source-preferred", source=reason, others=[*names], criterion=criterion)
    unsuited = ((name(stack), _objection(stack)) for stack in _by_number(stacks))
    objections = _enumerated(message("series-unsuited", series=said, why=why) for said, why in unsuited if why)
    if objections:
        reason = message("dicom-source-unsuited", source=reason, others=[*objections])
    return reason


def _none_suited(mr: Sequence[SliceStack]) -> Message:
    sagittal = [stack for stack in mr if stack.normal is not None and abs(stack.normal[0]) >= MIN_SAGITTAL_COSINE]
    if not sagittal:
        planes = sorted({plane_of(stack.normal) for stack in mr if stack.normal is not None})
        return message("study-without-sagittal", planes=[plane_message(plane) for plane in planes])
    objections = _enumerated(why for why in map(_objection, _by_number(sagittal)) if why)
    return message("study-without-sagittal-t2", found=[*objections])


def _not_mr(stacks: Sequence[SliceStack]) -> Message:
    modality = min(stack.first.modality for stack in stacks)
    if modality in _MODALITIES:
        image = message(_MODALITIES[modality])
    else:
        image = message("modality-other", modality=modality) if modality else message("modality-unknown")
    return message("study-without-mr", image=image)


def _names(stacks: Sequence[SliceStack]) -> Namer:
    """Return what names a stack: its series, and which stack of it where several of them may be used."""
    usable: dict[str, list[SliceStack]] = {}
    for stack in stacks:
        if _objection(stack) is None:
            usable.setdefault(stack.first.series_uid, []).append(stack)

    def name(stack: SliceStack) -> Message:
        series, together = _name(stack), usable.get(stack.first.series_uid, [])
        if len(together) > 1 and stack in together:
            return message("series-part", series=series, part=together.index(stack) + 1)
        return series

    return name


def _name(stack: SliceStack) -> Message:
    number = stack.first.series_number
    return message("series-unnumbered") if number is None else message("series-numbered", number=number)


def _by_number(stacks: Iterable[SliceStack]) -> list[SliceStack]:
    """Sort by series number; those without a number come last."""
    return sorted(stacks, key=lambda stack: (stack.first.series_number is None, stack.first.series_number or 0))


def _enumerated(messages: Iterable[Message]) -> list[Message]:
    """Return the messages in their order without repetitions; of many, the first with the number of the others."""
    kept = list({str(one): one for one in reversed(list(messages))}.values())[::-1]  # messages have no hash
    if len(kept) <= _MOST_NAMED:
        return kept
    return [*kept[:_MOST_NAMED], message("and-others", count=len(kept) - _MOST_NAMED)]
