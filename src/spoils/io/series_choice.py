"""Selection of the sagittal T2-weighted series of a study, with the reason for it.

A T2-weighted spin echo has a long TE, a long TR and no inversion pulse. Vendors fill ``ScanningSequence`` and the
descriptions differently, so the times decide first. Words of the descriptions count only where the times are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note
from spoils.io.canonical import plane_message, plane_of
from spoils.io.dicom_stacks import SliceStack
from spoils.io.limits import MIN_SAGITTAL_COSINE, MIN_T2_ECHO_MS, MIN_T2_REPETITION_MS
from spoils.messages import Message, message

__all__ = ["SeriesChoice", "choose_sagittal_t2"]

_INVERSION_WORDS = frozenset({"stir", "tirm", "tir", "flair", "ir"})
_FAT_SATURATION_WORDS = frozenset({"fs", "fatsat", "spair", "spir", "fatsup", "water"})
_FAT_SATURATION_OPTIONS = frozenset({"FS", "SFS", "FATSAT"})
_LUMBAR_WORDS = frozenset({"lspine", "lumbar", "tlspine", "lsspine", "lumbal", "lws", "lumbosacral"})
_OTHER_REGION_WORDS = frozenset(
    {"cspine", "cervical", "hws", "tspine", "thoracic", "bws", "brain", "head", "knee", "pelvis"}
)
_REJECTED_IMAGE_TYPES: Final = {
    "LOCALIZER": "unsuited-localizer",
    "SUBTRACT": "unsuited-subtraction",
    "SUBTRACTION": "unsuited-subtraction",
    "PROJECTION IMAGE": "unsuited-projection",
    "FAT": "unsuited-fat-image",
    "F": "unsuited-fat-image",
}
"""Values of ImageType that rule a series out, with the message that says why."""
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
    """The chosen stack, the reason for the choice, and notes for the reader of the result."""

    stack: SliceStack
    reason: Message
    notes: tuple[Note, ...] = ()


def choose_sagittal_t2(stacks: Sequence[SliceStack]) -> SeriesChoice:
    """Choose the sagittal T2-weighted stack that shows the lumbar spine best.

    Of several that are suited, the selection criteria decide in this order: a known sequence, the lumbar region, no
    fat saturation, original images, more slices, smaller pixels, the lower series number.

    Raises:
        InputUnreadable: no image says how it lies in the patient.
        UnsuitableInput: there is no MR image, no sagittal one, or no T2-weighted one among the sagittal.
    """
    mr = [stack for stack in stacks if stack.first.modality == "MR"]
    if not mr:
        raise UnsuitableInput(_not_mr(stacks))
    if all(stack.normal is None for stack in mr):
        raise InputUnreadable(message("dicom-no-orientation"))
    suited = [stack for stack in mr if _objection(stack) is None]
    if not suited:
        raise UnsuitableInput(_none_suited(mr))
    chosen = min(suited, key=_rank)
    others = [stack for stack in suited if stack is not chosen]
    return SeriesChoice(chosen, _reason(chosen, others, stacks), _notes(chosen))


def _objection(stack: SliceStack) -> Message | None:
    """Return why a stack can't be used, in a few words, or None."""
    if stack.normal is None:
        return message("unsuited-no-orientation")
    if not stack.first.photometric.startswith("MONOCHROME"):
        return message("unsuited-colour")
    if abs(stack.normal[0]) < MIN_SAGITTAL_COSINE:
        plane = plane_of(stack.normal)
        return message("plane-oblique") if plane == "sagittal" else plane_message(plane)
    return _sequence_objection(stack)


def _sequence_objection(stack: SliceStack) -> Message | None:
    acquisition = stack.acquisition
    if rejected := _REJECTED_IMAGE_TYPES.keys() & set(acquisition.image_type):
        return message(_REJECTED_IMAGE_TYPES[min(rejected)])
    if "IR" in acquisition.kinds or acquisition.inversion_time_ms or acquisition.words & _INVERSION_WORDS:
        return message("unsuited-inversion-recovery")
    if acquisition.kinds and "SE" not in acquisition.kinds and acquisition.kinds & {"GR", "EP"}:
        return message("unsuited-gradient-echo")
    return _weighting_objection(stack)


def _weighting_objection(stack: SliceStack) -> Message | None:
    echo, repetition = stack.acquisition.echo_time_ms, stack.acquisition.repetition_time_ms
    short = (echo is not None and echo < MIN_T2_ECHO_MS) or (
        repetition is not None and repetition < MIN_T2_REPETITION_MS
    )
    if short:
        return message("unsuited-not-t2", times=[*_times(stack)])
    words = stack.acquisition.words
    if echo is None and "t2" not in words and words & {"t1", "pd"}:
        return message("unsuited-not-t2-described")
    return None


def _region_rank(stack: SliceStack) -> int:
    words = stack.acquisition.words
    return 0 if words & _LUMBAR_WORDS else 2 if words & _OTHER_REGION_WORDS else 1


def _pixel_area(stack: SliceStack) -> float:
    spacing = stack.first.spacing_mm
    return spacing[0] * spacing[1] if spacing else float("inf")


def _sequence_known(stack: SliceStack) -> bool:
    return stack.acquisition.echo_time_ms is not None or "t2" in stack.acquisition.words


def _fat_saturated(stack: SliceStack) -> bool:
    acquisition = stack.acquisition
    return bool(
        acquisition.options & _FAT_SATURATION_OPTIONS
        or acquisition.words & _FAT_SATURATION_WORDS
        or {"W", "WATER"} & set(acquisition.image_type)
    )


def _derived(stack: SliceStack) -> bool:
    return "DERIVED" in stack.acquisition.image_type


_CRITERIA: Final[tuple[tuple[str, Callable[[SliceStack], float]], ...]] = (
    ("criterion-known-sequence", lambda stack: not _sequence_known(stack)),
    ("criterion-lumbar-region", _region_rank),
    ("criterion-no-fat-saturation", _fat_saturated),
    ("criterion-original", _derived),
    ("criterion-more-slices", lambda stack: -len(stack.frames)),
    ("criterion-smaller-pixels", _pixel_area),
    ("criterion-lower-number", lambda stack: stack.first.series_number or 0),
)
"""The selection criteria, most important first: the message that names each, and its value, lower being better."""


def _rank(stack: SliceStack) -> tuple[float, ...]:
    return tuple(value(stack) for _, value in _CRITERIA)


def _deciding_criterion(chosen: SliceStack, other: SliceStack) -> Message:
    """Return the first criterion in which two suited stacks differ."""
    ids = (id_ for id_, value in _CRITERIA if value(chosen) != value(other))
    return message(next(ids, "criterion-read-first"))


def _notes(stack: SliceStack) -> tuple[Note, ...]:
    notes = []
    if not _sequence_known(stack):
        notes.append(Note("sequence-unknown", message("dicom-sequence-unknown")))
    if _fat_saturated(stack):
        notes.append(Note("fat-saturated", message("series-fat-saturated")))
    if _derived(stack):
        notes.append(Note("derived-images", message("series-derived")))
    return tuple(notes)


def _reason(chosen: SliceStack, others: Sequence[SliceStack], stacks: Sequence[SliceStack]) -> Message:
    facts = [plane_message("sagittal")]
    if "SE" in chosen.acquisition.kinds:
        facts.append(message("sequence-spin-echo"))
    facts += _times(chosen)
    facts += [message("sequence-no-inversion"), message("slice-count", count=len(chosen.frames))]
    reason = message(
        "dicom-source",
        series=message("series-count", count=len({stack.first.series_uid for stack in stacks})),
        chosen=_name(chosen),
        facts=[*facts],
    )
    if others:
        criterion = _deciding_criterion(chosen, min(others, key=_rank))
        names = _distinct(_name(other) for other in _by_number(others))
        reason = message("dicom-source-preferred", source=reason, others=[*names], criterion=criterion)
    unsuited = ((_name(stack), _objection(stack)) for stack in _by_number(stacks))
    objections = _distinct(message("series-unsuited", series=name, why=why) for name, why in unsuited if why)
    if objections:
        reason = message("dicom-source-unsuited", source=reason, others=[*objections])
    return reason


def _none_suited(mr: Sequence[SliceStack]) -> Message:
    sagittal = [stack for stack in mr if stack.normal is not None and abs(stack.normal[0]) >= MIN_SAGITTAL_COSINE]
    if not sagittal:
        planes = sorted({plane_of(stack.normal) for stack in mr if stack.normal is not None})
        return message("study-without-sagittal", planes=[plane_message(plane) for plane in planes])
    objections = _distinct(why for why in map(_objection, _by_number(sagittal)) if why)
    return message("study-without-sagittal-t2", found=[*objections])


def _not_mr(stacks: Sequence[SliceStack]) -> Message:
    modality = min(stack.first.modality for stack in stacks)
    if modality in _MODALITIES:
        image = message(_MODALITIES[modality])
    else:
        image = message("modality-other", modality=modality) if modality else message("modality-unknown")
    return message("study-without-mr", image=image)


def _times(stack: SliceStack) -> list[Message]:
    """Return TE and TR, as far as they are known; at least one message."""
    echo, repetition = stack.acquisition.echo_time_ms, stack.acquisition.repetition_time_ms
    times = []
    if echo is not None:
        times.append(message("echo-time", milliseconds=echo))
    if repetition is not None:
        times.append(message("repetition-time", milliseconds=repetition))
    return times or [message("times-unknown")]


def _name(stack: SliceStack) -> Message:
    number = stack.first.series_number
    return message("series-unnumbered") if number is None else message("series-numbered", number=number)


def _by_number(stacks: Iterable[SliceStack]) -> list[SliceStack]:
    """Sort by series number; those without a number come last."""
    return sorted(stacks, key=lambda stack: (stack.first.series_number is None, stack.first.series_number or 0))


def _distinct(messages: Iterable[Message]) -> list[Message]:
    """Drop repetitions; the order stays. Messages have no hash."""
    kept: list[Message] = []
    for one in messages:
        if one not in kept:
            kept.append(one)
    return kept
