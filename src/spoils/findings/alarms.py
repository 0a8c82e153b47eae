"""What a reader must not overlook: red flags that were reported, levels of uncertain count, and a narrow canal.

Limits of the canal are in ``alarms.json``, with their source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from spoils.findings.alignment import Alignment, LevelAlignment, VertebralShape, alignment_limits
from spoils.findings.base import BodyLevel, DiscLevel, Finding, Wording
from spoils.findings.canal import canal_limits, narrowest_diameter
from spoils.findings.clinical import Clinical, Deficit, RedFlag
from spoils.findings.measured import Measurement, measurement_of
from spoils.findings.names import red_flag_name
from spoils.findings.structures import CanalFinding, Flag
from spoils.messages import Message, message

__all__ = [
    "ABSOLUTE_STENOSIS",
    "LISTHESES",
    "RELATIVE_STENOSIS",
    "STENOSES",
    "UNCERTAIN_COUNT",
    "VERTEBRAL_DEFORMITY",
    "Alarm",
    "alarms_of",
]

ABSOLUTE_STENOSIS: Final = "canal-stenosis-absolute"
RELATIVE_STENOSIS: Final = "canal-stenosis-relative"
STENOSES: Final = frozenset((ABSOLUTE_STENOSIS, RELATIVE_STENOSIS))
LISTHESES: Final = frozenset(("anterolisthesis", "retrolisthesis"))
UNCERTAIN_COUNT: Final = "level-count-uncertain"
VERTEBRAL_DEFORMITY: Final = "vertebral-deformity"

Priority = Literal["high", "medium"]


class Alarm(Finding):
    """Something that must not be overlooked: a stable ``code``, the disc level or body where it is, and a sentence.

    ``priority`` is ``high`` for what may be urgent, such as absolute stenosis or a red flag, else ``medium``.
    """

    code: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    priority: Priority
    level: DiscLevel | BodyLevel | None
    message: Annotated[str, Field(min_length=1)]
    wording: Wording = None


_ROMAN: Final = ("", "I", "II", "III", "IV", "V")


def alarms_of(
    canal: Iterable[CanalFinding],
    clinical: Clinical,
    flags: Iterable[Flag] = (),
    alignment: Alignment | None = None,
) -> list[Alarm]:
    """Return all alarms, those of high priority first, each kind from cranial to caudal.

    Args:
        canal: the canal at each disc.
        clinical: complaints and red flags of the patient.
        flags: what was noted of the whole study; levels that can be counted in more than one way are an alarm.
        alignment: how the bodies stand to each other, where it was measured.

    >>> from spoils.findings.measured import Measurement
    >>> width = Measurement(value=5.8, unit="mm", method="slice 7")
    >>> narrow = CanalFinding(level="L4-L5", measurements={"ap_diameter_mm": width})
    >>> alarms_of([narrow], Clinical(odi=None, nrs=None))[0].message
    'Absolute canal stenosis at L4-L5: AP diameter 5.8 mm (below 10 mm).'
    """
    alarms = [*_red_flags(clinical), *_uncertain_count(flags), *_stenoses(canal)]
    if alignment is not None:
        alarms += [*_listheses(alignment.levels), *_deformities(alignment.vertebrae)]
    return sorted(alarms, key=lambda alarm: alarm.priority != "high")


def _red_flags(clinical: Clinical) -> Iterator[Alarm]:
    flags = list(clinical.red_flags)
    if clinical.deficit is Deficit.PROGRESSIVE and RedFlag.PROGRESSIVE_DEFICIT not in flags:
        flags.append(RedFlag.PROGRESSIVE_DEFICIT)
    for flag in flags:
        yield _alarm("red-flag", "high", None, message("alarm-red-flag", flag=red_flag_name(flag)))


def _uncertain_count(flags: Iterable[Flag]) -> Iterator[Alarm]:
    for flag in flags:
        if flag.code == UNCERTAIN_COUNT and flag.wording is not None:
            yield _alarm(UNCERTAIN_COUNT, "high", None, flag.wording)


def _stenoses(canal: Iterable[CanalFinding]) -> Iterator[Alarm]:
    limits = canal_limits()
    absolute, relative = limits.absolute_below_mm, limits.relative_up_to_mm
    for finding in canal:
        found = narrowest_diameter(finding.measurements)
        if found is None:
            continue
        level, diameter = finding.level, found.value
        if diameter < absolute:
            words = message("alarm-stenosis-absolute", level=level, diameter=diameter, limit=absolute)
            words = _on_other_slice(words, finding, found)
            yield _alarm(ABSOLUTE_STENOSIS, "high", level, words)
        elif diameter <= relative:
            words = message("alarm-stenosis-relative", level=level, diameter=diameter, low=absolute, high=relative)
            words = _on_other_slice(words, finding, found)
            yield _alarm(RELATIVE_STENOSIS, "medium", level, words)


def _on_other_slice(words: Message, finding: CanalFinding, found: Measurement) -> Message:
    """Return the sentence with the slice, counted from 1, where the canal is narrowest beside the graded slice."""
    graded = measurement_of(finding.measurements, "ap_diameter_mm")
    at = None if found.wording is None else found.wording.values.get("slice")
    if graded is None or not isinstance(at, int) or found.wording == graded.wording:
        return words
    return message("alarm-on-slice", alarm=words, slice=at + 1)


def _listheses(levels: Iterable[LevelAlignment]) -> Iterator[Alarm]:
    for found in levels:
        slip_mm = measurement_of(found.measurements, "slip_mm")
        percent = measurement_of(found.measurements, "slip_percent")
        if found.listhesis is None or slip_mm is None or percent is None:
            continue
        grade = found.listhesis.meyerding
        figures = {"slip": abs(slip_mm.value), "percent": abs(percent.value), "grade": _ROMAN[grade]}
        if found.listhesis.direction == "anterior":
            code, words = "anterolisthesis", message("alarm-anterolisthesis", level=found.level, **figures)
        else:
            code, words = "retrolisthesis", message("alarm-retrolisthesis", level=found.level, **figures)
        is_high = grade >= alignment_limits().listhesis.high_priority_from_grade
        yield _alarm(code, "high" if is_high else "medium", found.level, words)


def _deformities(bodies: Iterable[VertebralShape]) -> Iterator[Alarm]:
    limits = alignment_limits().vertebral_shape
    for body in bodies:
        if body.shape is None or body.genant is None or body.genant < limits.alarm_from_grade:
            continue
        loss = measurement_of(body.measurements, f"{body.shape}_loss_percent")
        if loss is not None:
            figures: dict[str, str | float | int] = {"level": body.level, "loss": loss.value, "grade": body.genant}
            is_high = body.genant >= limits.high_priority_from_grade
            yield _alarm(VERTEBRAL_DEFORMITY, "high" if is_high else "medium", body.level, _lost(body.shape, figures))


def _lost(shape: Literal["wedge", "biconcave", "crush"], figures: Mapping[str, str | float | int]) -> Message:
    match shape:
        case "wedge":
            return message("alarm-body-wedge", **figures)
        case "biconcave":
            return message("alarm-body-biconcave", **figures)
        case "crush":
            return message("alarm-body-crush", **figures)


def _alarm(code: str, priority: Priority, level: str | None, words: Message) -> Alarm:
    return Alarm(code=code, priority=priority, level=level, message=str(words), wording=words)
