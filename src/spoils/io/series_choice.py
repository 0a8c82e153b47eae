"""Which stack of a study is the sagittal T2-weighted one, and why.

A T2-weighted spin echo has a long TE and a long TR and no inversion pulse. Vendors fill ``ScanningSequence`` and
descriptions differently, so times decide first, and words only where times are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.images import Note
from spoils.io.canonical import MIN_SAGITTAL_COSINE, plane_of
from spoils.io.dicom_stacks import SliceStack

__all__ = ["Choice", "choose_sagittal_t2"]

_MIN_T2_ECHO_MS = 60.0
_MIN_T2_REPETITION_MS = 1500.0
"""Below these a spin echo is T1- or proton-density-weighted; lumbar T2 protocols use TE 80-130, TR 2000-5000 ms."""

_INVERSION_WORDS = frozenset({"stir", "tirm", "tir", "flair", "ir"})
_FAT_SATURATION_WORDS = frozenset({"fs", "fatsat", "spair", "spir", "fatsup", "water"})
_FAT_SATURATION_OPTIONS = frozenset({"FS", "SFS", "FATSAT"})
_REJECTED_IMAGE_TYPES = frozenset({"LOCALIZER", "SUBTRACT", "SUBTRACTION", "PROJECTION IMAGE", "FAT", "F"})
_LUMBAR_WORDS = frozenset({"lspine", "lumbar", "tlspine", "lsspine", "lumbal", "lws", "lumbosacral"})
_OTHER_REGION_WORDS = frozenset(
    {"cspine", "cervical", "hws", "tspine", "thoracic", "bws", "brain", "head", "knee", "pelvis"}
)
_MODALITY_NAMES = {
    "CT": "a CT", "CR": "a radiograph", "DX": "a radiograph", "US": "an ultrasound", "PT": "a PET",
    "NM": "a nuclear medicine", "XA": "an angiography", "RF": "a fluoroscopy", "MG": "a mammography",
    "OT": "a secondary capture",
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """The chosen stack, the reason in plain words, and what to know about it."""

    stack: SliceStack
    reason: str
    notes: tuple[Note, ...] = ()


def choose_sagittal_t2(stacks: Sequence[SliceStack]) -> Choice:
    """Choose the sagittal T2-weighted stack that shows the lumbar spine best.

    Preferred, in this order: a known sequence, the lumbar region, no fat saturation, not derived, more slices,
    smaller pixels, the lower series number.

    Raises:
        InputUnreadable: no image says how it lies in the patient.
        UnsuitableInput: there is no MR image, no sagittal one, or no T2-weighted one among the sagittal.
    """
    magnetic = [stack for stack in stacks if stack.first.modality == "MR"]
    if not magnetic:
        raise UnsuitableInput(_not_magnetic(stacks))
    if all(stack.normal is None for stack in magnetic):
        raise InputUnreadable("The DICOM images do not say how they lie in the patient.")
    suited = [stack for stack in magnetic if _objection(stack) is None]
    if not suited:
        raise UnsuitableInput(_nothing_suits(magnetic))
    chosen = min(suited, key=_rank)
    rivals = [stack for stack in suited if stack is not chosen]
    return Choice(chosen, _reason(chosen, rivals, stacks), _notes(chosen))


def _objection(stack: SliceStack) -> str | None:
    """Say in a few words why a stack can't be the one, or None."""
    if stack.normal is None:
        return "no orientation"
    if not stack.first.photometric.startswith("MONOCHROME"):
        return "colour"
    if abs(stack.normal[0]) < MIN_SAGITTAL_COSINE:
        return plane_of(stack.normal) if plane_of(stack.normal) != "sagittal" else "oblique"
    return _sequence_objection(stack)


def _sequence_objection(stack: SliceStack) -> str | None:
    acquisition = stack.acquisition
    if rejected := _REJECTED_IMAGE_TYPES.intersection(acquisition.image_type):
        return f"{min(rejected).lower()} image"
    if "IR" in acquisition.kinds or acquisition.inversion_time_ms or acquisition.words & _INVERSION_WORDS:
        return "inversion recovery"
    if acquisition.kinds and "SE" not in acquisition.kinds and acquisition.kinds & {"GR", "EP"}:
        return "gradient echo"
    return _weighting_objection(stack)


def _weighting_objection(stack: SliceStack) -> str | None:
    echo, repetition = stack.acquisition.echo_time_ms, stack.acquisition.repetition_time_ms
    short = (echo is not None and echo < _MIN_T2_ECHO_MS) or (
        repetition is not None and repetition < _MIN_T2_REPETITION_MS
    )
    if short:
        return f"not T2-weighted, {_times(stack)}"
    words = stack.acquisition.words
    if echo is None and "t2" not in words and words & {"t1", "pd"}:
        return "not T2-weighted by its description"
    return None


def _rank(stack: SliceStack) -> tuple[float, ...]:
    acquisition, spacing = stack.acquisition, stack.first.spacing_mm
    words = acquisition.words
    region = 0 if words & _LUMBAR_WORDS else 2 if words & _OTHER_REGION_WORDS else 1
    return (
        not _sequence_known(stack),
        region,
        _fat_saturated(stack),
        "DERIVED" in acquisition.image_type,
        -len(stack.frames),
        spacing[0] * spacing[1] if spacing else float("inf"),
        stack.first.series_number or 0,
    )


def _sequence_known(stack: SliceStack) -> bool:
    return stack.acquisition.echo_time_ms is not None or "t2" in stack.acquisition.words


def _fat_saturated(stack: SliceStack) -> bool:
    acquisition = stack.acquisition
    return bool(
        acquisition.options & _FAT_SATURATION_OPTIONS
        or acquisition.words & _FAT_SATURATION_WORDS
        or {"W", "WATER"} & set(acquisition.image_type)
    )


def _notes(stack: SliceStack) -> tuple[Note, ...]:
    notes = []
    if not _sequence_known(stack):
        message = "The header does not say how the image was weighted; it was taken to be T2-weighted."
        notes.append(Note("sequence-unknown", message))
    if _fat_saturated(stack):
        notes.append(Note("fat-saturated", "The series is fat-saturated; bone marrow and fat look darker than usual."))
    if "DERIVED" in stack.acquisition.image_type:
        notes.append(Note("derived-images", "The series was derived from other images, not acquired directly."))
    return tuple(notes)


def _reason(chosen: SliceStack, rivals: Sequence[SliceStack], stacks: Sequence[SliceStack]) -> str:
    n_series = len({stack.first.series_uid for stack in stacks})
    facts = ["sagittal"]
    if "SE" in chosen.acquisition.kinds:
        facts.append("spin echo")
    facts.append(_times(chosen))
    facts.append("no inversion recovery")
    counted = f"{n_series} series" if n_series > 1 else "one series"
    text = f"DICOM, {counted}: {_name(chosen)} chosen ({', '.join(facts)}, {_counted_slices(chosen)})"
    if rivals:
        why = _deciding_difference(chosen, min(rivals, key=_rank))
        text += f", preferred to {', '.join(sorted({_name(rival) for rival in rivals}))} for {why}"
    objections = sorted({(_name(stack), _objection(stack) or "") for stack in stacks if _objection(stack)})
    if objections:
        text += "; not suited: " + ", ".join(f"{name} ({why})" for name, why in objections)
    return text


def _deciding_difference(chosen: SliceStack, rival: SliceStack) -> str:
    criteria = (
        "its known sequence", "showing the lumbar region", "having no fat saturation", "being original",
        "more slices", "smaller pixels", "its lower number",
    )  # fmt: skip
    pairs = zip(criteria, _rank(chosen), _rank(rival), strict=True)
    return next((criterion for criterion, mine, other in pairs if mine != other), "coming first")


def _nothing_suits(magnetic: Sequence[SliceStack]) -> str:
    sagittal = [s for s in magnetic if s.normal is not None and abs(s.normal[0]) >= MIN_SAGITTAL_COSINE]
    if not sagittal:
        planes = sorted({plane_of(stack.normal) for stack in magnetic if stack.normal is not None})
        return f"The study holds no sagittal series, only {' and '.join(planes)} ones."
    found = sorted({_objection(stack) or "" for stack in sagittal})
    return f"The study holds no sagittal T2-weighted series; its sagittal series: {'; '.join(found)}."


def _not_magnetic(stacks: Sequence[SliceStack]) -> str:
    modalities = sorted({stack.first.modality for stack in stacks})
    kind = _MODALITY_NAMES.get(modalities[0], f"of modality {modalities[0] or 'unknown'}")
    image = f"{kind} image" if modalities[0] in _MODALITY_NAMES else f"an image {kind}"
    return f"This is {image}; a sagittal T2-weighted MR series is needed."


def _times(stack: SliceStack) -> str:
    echo, repetition = stack.acquisition.echo_time_ms, stack.acquisition.repetition_time_ms
    parts = [f"{name} {value:g} ms" for name, value in (("TE", echo), ("TR", repetition)) if value is not None]
    return ", ".join(parts) or "TE and TR not given"


def _counted_slices(stack: SliceStack) -> str:
    return "1 slice" if len(stack.frames) == 1 else f"{len(stack.frames)} slices"


def _name(stack: SliceStack) -> str:
    number = stack.first.series_number
    return "an unnumbered series" if number is None else f"series {number}"
