"""What kind of MR image a series holds, and why a kind is not suited: from ImageType, contrast and physics.

Only magnitude images of a T2-weighted spin echo show discs as they were graded. Everything else that scanners file
beside them is named here: phase, opposed phase, fractions, maps, diffusion, surveys, projections and screen captures.
"""

from __future__ import annotations

import re
from typing import Final

from spoils.io.dicom_headers import SequenceParameters
from spoils.io.limits import MIN_T2_ECHO_MS, MIN_T2_REPETITION_MS
from spoils.messages import Message, message

__all__ = ["is_derived", "is_fat_saturated", "is_sequence_known", "kind_objection", "times_of"]

_TYPE_PATTERNS: Final = tuple(
    (id_, re.compile(pattern))
    for id_, pattern in (
        ("unsuited-localizer", r"LOCALI[SZ]ER|SURVEY|SCOUT"),
        ("unsuited-subtraction", r"SUBTRACT(ION)?|SUB"),
        ("unsuited-opposed-phase", r"OPP?|OOP|(OPP(OSED)?|OUT)[_ -]?(OF[_ -]?)?PHASE([_ ].*)?"),
        ("unsuited-fraction", r".*FRACTION.*|FF|PDFF|WF"),
        ("unsuited-phase", r"P|[PRI]_(SE|IR|FFE)|PHASE|PHASE[_ -]?(MAP|IMAGE)|R|REAL|I|IMAGINARY|VELOCITY"),
        ("unsuited-diffusion", r"DIFFUSION|TRACEW?|E?ADC|DTI|DWI|FA"),
        ("unsuited-map", r".*[_ -]MAP|(MAP|(T1|T2|R1|R2|B0|B1)MAP)([_ -].*)?|T2[_ -]?STAR|R2[_ -]?STAR"),
        ("unsuited-projection", r"PROJECTION IMAGE|(CSA )?MIP|MINIP|MAX_IP|MIN_IP"),
        ("unsuited-screen-capture", r"SCREEN[_ -]?(SAVE|SHOT|CAPTURE)"),
        ("unsuited-fat-image", r"F|FAT"),
    )
)
"""Terms of ImageType that rule an image out, by the message that says why; a term must match as a whole."""

_LETTERS_FROM: Final = 2
"""The first two terms of ImageType are pixel and examination; only later ones are the vendor's one-letter kinds."""

_WORDS: Final = (
    ("survey", "unsuited-localizer"),
    ("screen", "unsuited-screen-capture"),
    ("opposed", "unsuited-opposed-phase"),
    ("fraction", "unsuited-fraction"),
    ("map", "unsuited-map"),
    ("projection", "unsuited-projection"),
    ("echo-planar", "unsuited-diffusion"),
    ("single-shot", "unsuited-single-shot"),
)
"""Terms of the descriptions that rule an image out."""

_COMPONENTS: Final = frozenset({"PHASE", "REAL", "IMAGINARY"})
_WATER: Final = frozenset({"W", "WATER"})
_REFORMATTED: Final = re.compile(r"MPR|REFORMAT.*|CURVED.*|CPR|DERIVED")
_FAT_SATURATION_OPTIONS: Final = frozenset({"FS", "SFS", "FATSAT"})


def kind_objection(acquisition: SequenceParameters) -> Message | None:
    """Return why images acquired in this way are not suited, in a few words; None where they may be."""
    return _type_objection(acquisition) or _sequence_objection(acquisition) or _weighting_objection(acquisition)


def _type_objection(acquisition: SequenceParameters) -> Message | None:
    terms = acquisition.image_type
    if acquisition.component in _COMPONENTS:
        return message("unsuited-phase")
    kinds = [term for place, term in enumerate(terms) if len(term) > 1 or place >= _LETTERS_FROM]
    for id_, pattern in _TYPE_PATTERNS:
        if any(pattern.fullmatch(term) for term in kinds):
            return message(id_)
    return None


def _sequence_objection(acquisition: SequenceParameters) -> Message | None:
    words, kinds = acquisition.words, acquisition.kinds
    if "IR" in kinds or acquisition.inversion_time_ms or "inversion" in words:
        return message("unsuited-inversion-recovery")
    if "EP" in kinds or acquisition.is_diffusion:
        return message("unsuited-diffusion")
    if kinds and "SE" not in kinds and "GR" in kinds:
        return message("unsuited-gradient-echo")
    for term, id_ in _WORDS:
        if term in words:
            return message(id_)
    if "phase" in words and "M" not in acquisition.image_type:
        return message("unsuited-phase")
    return message("unsuited-gradient-echo") if "gradient" in words and "SE" not in kinds else None


def _weighting_objection(acquisition: SequenceParameters) -> Message | None:
    echo, repetition = acquisition.echo_time_ms, acquisition.repetition_time_ms
    short = (echo is not None and echo < MIN_T2_ECHO_MS) or (
        repetition is not None and repetition < MIN_T2_REPETITION_MS
    )
    if short:
        return message("unsuited-not-t2", times=[*times_of(acquisition)])
    if echo is None and "t2" not in acquisition.words and acquisition.words & {"t1", "pd"}:
        return message("unsuited-not-t2-described")
    return None


def times_of(acquisition: SequenceParameters) -> list[Message]:
    """Return TE and TR, as far as they are known; at least one message."""
    times = []
    if acquisition.echo_time_ms is not None:
        times.append(message("echo-time", milliseconds=acquisition.echo_time_ms))
    if acquisition.repetition_time_ms is not None:
        times.append(message("repetition-time", milliseconds=acquisition.repetition_time_ms))
    return times or [message("times-unknown")]


def is_sequence_known(acquisition: SequenceParameters) -> bool:
    """Say whether the header gives the weighting, by its times or its description."""
    return acquisition.echo_time_ms is not None or "t2" in acquisition.words


def is_fat_saturated(acquisition: SequenceParameters) -> bool:
    """Say whether fat was suppressed, or the image shows water alone."""
    return bool(
        acquisition.options & _FAT_SATURATION_OPTIONS
        or "fat-suppressed" in acquisition.words
        or _WATER & set(acquisition.image_type)
    )


def is_derived(acquisition: SequenceParameters) -> bool:
    """Say whether the images were computed from others, such as reformats of another plane."""
    reformatted = any(_REFORMATTED.fullmatch(term) for term in acquisition.image_type)
    return reformatted or "reformat" in acquisition.words
