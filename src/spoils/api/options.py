"""What may be given beside the images, as keyword arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, Final, Literal, TypedDict, get_args

from spoils.decision import Answers, OdiAnswer, Policy, clinical_of
from spoils.errors import UsageError
from spoils.findings import Clinical, Sex, quoted
from spoils.io import Selection, Spacing
from spoils.messages import Language, message
from spoils.pipeline import Patient
from spoils.segmentation import LevelHint

__all__ = [
    "AssessOptions",
    "ClinicalOptions",
    "LevelOptions",
    "SegmentOptions",
    "SelectionOptions",
    "clinical_from",
    "hint_from",
    "language_from",
    "patient_from",
    "require_known",
    "selection_from",
]

_HIGHEST_AGE: Final = 130
"""Years; as in the schema of the result."""


class ClinicalOptions(TypedDict, total=False):
    """What the patient and the examination report; what is left out is not known, which never means absent.

    Attributes:
        odi: Oswestry Disability Index, the total in percent (0 to 100) or the ten answers (0 to 5 each, None: not
            answered, a pair: two boxes ticked).
        nrs: pain, 0 to 10.
        nrs_back: pain of the back, 0 to 10, instead of ``nrs``; the higher of back and leg counts.
        nrs_leg: pain of the leg, 0 to 10.
        red_flags: any of ``cauda-equina``, ``fracture``, ``infection``, ``tumour``, ``progressive-deficit``.
        deficit: neurological deficit of the legs, ``none``, ``stable`` or ``progressive``.
        duration_weeks: how long the complaint has lasted.
        failed: treatments that did not help, any of ``drugs``, ``physiotherapy``, ``injection``, ``surgery``.
        refractory: the complaint persists although the treatment for this class was tried.
    """

    odi: float | Sequence[OdiAnswer] | None
    nrs: float | None
    nrs_back: float | None
    nrs_leg: float | None
    red_flags: Sequence[str]
    deficit: str | None
    duration_weeks: float | None
    failed: Sequence[str]
    refractory: bool


class LevelOptions(TypedDict, total=False):
    """A level that the user names; all others are counted from it. Give one of the two.

    Attributes:
        lowest_disc: level of the lowest disc that is segmented, such as ``L4-L5``.
        level_at: row and column of a pixel of the middle slice, and the level of the body or disc there, such as
            ``(210, 140, "L4")``. Pixels are counted from 0, rows to inferior, columns to posterior.
    """

    lowest_disc: str | None
    level_at: tuple[int, int, str] | None


class SelectionOptions(TypedDict, total=False):
    """Which images of a DICOM input are meant; without any, the newest study of the one patient.

    Attributes:
        patient: the patient's ID, or the name where no ID is the same.
        study: the study's UID, or its date as ``YYYY-MM-DD``.
        series_uid: the UID of the series; no other one is tried.
    """

    patient: str | None
    study: str | None
    series_uid: str | None


class SegmentOptions(LevelOptions, SelectionOptions, total=False):
    """What may be given to ``segment`` beside the images and their spacing."""


class AssessOptions(ClinicalOptions, LevelOptions, SelectionOptions, total=False):
    """Everything that may be given to ``assess`` beside the images.

    Attributes:
        spacing_mm: pixel spacing in mm where the source has none: one number for square pixels, (row, column) for a
            slice, (slice, row, column) for a volume.
        sex: ``M`` or ``F``, for reference values; overrides a DICOM header.
        age_years: age in whole years, for reference values; overrides a DICOM header.
        language: of the documents, ``en``, ``de`` or ``hi``.
        progress: called with the name of the stage and the share of the work done, 0 to 1.
    """

    spacing_mm: Spacing | None
    sex: Sex | None
    age_years: int | None
    language: Literal["en", "de", "hi"]
    progress: Callable[[str, float], None]


def require_known(options: Mapping[str, Any], allowed: type) -> None:
    """Refuse an option that does not exist, as Python does for any function.

    Raises:
        TypeError: there is no such option.
    """
    unknown = sorted(set(options) - set(allowed.__annotations__))
    if unknown:
        raise TypeError(f"unexpected keyword argument {unknown[0]!r}; known are {', '.join(allowed.__annotations__)}")


def clinical_from(options: Mapping[str, Any], policy: Policy) -> Clinical:
    """Return the checked and scored answers.

    Raises:
        UsageError: an answer is out of range, unknown, not scorable, or contradicts another.
    """
    odi = options.get("odi")
    items = None if odi is None or isinstance(odi, int | float) else list(odi)
    return clinical_of(
        Answers(
            odi_percent=odi if items is None else None,
            odi_items=items,
            nrs=options.get("nrs"),
            nrs_back=options.get("nrs_back"),
            nrs_leg=options.get("nrs_leg"),
            red_flags=tuple(options.get("red_flags") or ()),
            deficit=options.get("deficit"),
            duration_weeks=options.get("duration_weeks"),
            failed=tuple(options.get("failed") or ()),
            refractory=bool(options.get("refractory", False)),
        ),
        policy,
    )


def patient_from(options: Mapping[str, Any], policy: Policy) -> Patient:
    """Return what is known of the patient.

    Raises:
        UsageError: sex or age can't be used; or as ``clinical_from``.
    """
    sex, age = options.get("sex"), options.get("age_years")
    if sex not in (None, *get_args(Sex)):
        raise UsageError(message("option-value-unknown", option="sex", value=quoted(sex), allowed=[*get_args(Sex)]))
    is_whole = isinstance(age, Integral) and not isinstance(age, bool)
    if age is not None and not (is_whole and 0 <= int(age) <= _HIGHEST_AGE):
        allowed = message("whole-years", lowest=0, highest=_HIGHEST_AGE)
        raise UsageError(message("option-value-unknown", option="age_years", value=quoted(age), allowed=allowed))
    return Patient(clinical_from(options, policy), sex, None if age is None else int(age))


def language_from(options: Mapping[str, Any]) -> Language:
    """Return the language of the documents, English by default.

    Raises:
        UsageError: there is none in it.
    """
    wanted, known = options.get("language", Language.ENGLISH), [str(language) for language in Language]
    if wanted not in known:
        raise UsageError(message("option-value-unknown", option="language", value=quoted(wanted), allowed=[*known]))
    return Language(wanted)


def selection_from(options: Mapping[str, Any]) -> Selection:
    """Return which images of the input are meant."""
    return Selection(options.get("patient"), options.get("study"), options.get("series_uid"))


def hint_from(options: Mapping[str, Any]) -> LevelHint | None:
    """Return the level that the user names, or None.

    Raises:
        UsageError: both ways are used, or the level is not known.
    """
    lowest, place = options.get("lowest_disc"), options.get("level_at")
    if lowest is not None and place is not None:
        raise UsageError(message("level-given-twice"))
    if lowest is not None:
        return LevelHint(lowest)
    return None if place is None else LevelHint(place[2], (place[0], place[1]))
