"""What a reader must not overlook: red flags that were reported, levels of uncertain count, and a narrow canal.

Limits of the canal are in ``alarms.json``, with their source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from spoils.findings.base import DiscLevel, Finding, Wording
from spoils.findings.clinical import Clinical, Deficit, RedFlag
from spoils.findings.measured import measurement_of
from spoils.findings.names import red_flag_name
from spoils.findings.structures import CanalFinding, Flag
from spoils.messages import Message, message

__all__ = ["ABSOLUTE_STENOSIS", "RELATIVE_STENOSIS", "UNCERTAIN_COUNT", "Alarm", "alarms_of"]

ABSOLUTE_STENOSIS: Final = "canal-stenosis-absolute"
RELATIVE_STENOSIS: Final = "canal-stenosis-relative"
UNCERTAIN_COUNT: Final = "level-count-uncertain"


class Alarm(Finding):
    """Something that must not be overlooked: a stable ``code``, the disc level where it has one, and a sentence.

    ``priority`` is ``high`` for what may be urgent, such as absolute stenosis or a red flag, else ``medium``.
    """

    code: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    priority: Literal["high", "medium"]
    level: DiscLevel | None
    message: Annotated[str, Field(min_length=1)]
    wording: Wording = None


class _CanalLimits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    absolute_below_mm: float
    relative_up_to_mm: float
    source: str
    applies_to: str


class _Limits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    canal_ap: _CanalLimits


def alarms_of(canal: Iterable[CanalFinding], clinical: Clinical, flags: Iterable[Flag] = ()) -> list[Alarm]:
    """Return all alarms, those of high priority first, each kind from cranial to caudal.

    Args:
        canal: the canal at each disc.
        clinical: complaints and red flags of the patient.
        flags: what was noted of the whole study; levels that can be counted in more than one way are an alarm.

    >>> from spoils.findings.measured import Measurement
    >>> width = Measurement(value=5.8, unit="mm", method="slice 7")
    >>> narrow = CanalFinding(level="L4-L5", measurements={"ap_diameter_mm": width})
    >>> alarms_of([narrow], Clinical(odi=None, nrs=None))[0].message
    'Absolute canal stenosis at L4-L5: AP diameter 5.8 mm (below 10 mm).'
    """
    alarms = [*_red_flags(clinical), *_uncertain_count(flags), *_stenoses(canal)]
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
    limits = _limits().canal_ap
    absolute, relative = limits.absolute_below_mm, limits.relative_up_to_mm
    for finding in canal:
        found = measurement_of(finding.measurements, "ap_diameter_mm")
        if found is None:
            continue
        level, diameter = finding.level, found.value
        if diameter < absolute:
            words = message("alarm-stenosis-absolute", level=level, diameter=diameter, limit=absolute)
            yield _alarm(ABSOLUTE_STENOSIS, "high", level, words)
        elif diameter <= relative:
            words = message("alarm-stenosis-relative", level=level, diameter=diameter, low=absolute, high=relative)
            yield _alarm(RELATIVE_STENOSIS, "medium", level, words)


def _alarm(code: str, priority: Literal["high", "medium"], level: str | None, words: Message) -> Alarm:
    return Alarm(code=code, priority=priority, level=level, message=str(words), wording=words)


@cache
def _limits() -> _Limits:
    text = (resources.files("spoils.findings") / "alarms.json").read_text(encoding="utf-8")
    return _Limits.model_validate_json(text)
